"""Messages on their way from a file to the chat log: checked in batches, their shops and agents known or created."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa
from django.utils.translation import gettext as _

from shops.actions.erase_buyer import withhold_erased
from shops.chat.clock import to_ms
from shops.chat.log import ChatLog
from shops.chat.messages import Checked, MessageFileError, check_messages
from shops.chat.standard import ClockStandard
from shops.imports.directory import SEPARATOR, Directory, NewShops
from shops.imports.facts import Sink, Tally, record_import
from shops.imports.files import Batch, FileError, Source, merged_rejects

BATCH_ROWS: Final = 250_000
"""Every append writes a file for each UTC day and shard that the batch touches: batches should be large."""
NAMED: Final = 5
"""How many unknown shops or agents a report names."""


@dataclass
class ChatImport:
    """Imports chat files into a log. Shops and agents are looked up once, when it is made (two queries).

    Messages of unknown shops are rejected, those of unknown agents are kept and the agents reported; where `create`
    says with what, both are created instead.
    """

    log: ChatLog
    now: datetime
    standard: ClockStandard
    create: NewShops | None = None
    directory: Directory = field(default_factory=Directory.load)

    def run(self, source: Source, *, reject: Sink, progress: Callable[[int], None] = lambda _done: None) -> Tally:
        """Import one file. What was counted as new is on the disk; run again, it counts as repeated.

        Raises FileError where the file cannot be read on; the batches until then are kept.
        """
        tally = Tally()
        strangers: Counter[str] = Counter()
        created: Counter[str] = Counter()
        unknown: set[str] = set()
        try:
            for number, batch in enumerate(source.batches(BATCH_ROWS)):
                known_shops = None if self.create else self.directory.shops
                checked = check_batch(batch, known_shops, self.standard, self.now)
                strangers.update(checked.unknown_shops)
                if self.create is not None:
                    created["shops"] += self.directory.create_shops(checked.good, self.create)
                agents = self.directory.unknown_agents(checked.good)
                if self.create is not None:
                    created["agents"] += self.directory.create_agents(agents)
                else:
                    unknown.update(agents.to_pylist())
                # Later batches are received later, so that the first of two copies of a message stays the first.
                appended = self.log.append(withhold_erased(checked.good), to_ms(self.now) + number)
                tally.new += appended.rows
                tally.repeated += appended.repeated
                tally.rejected += len(batch.rejects) + len(checked.rejects)
                tally.read += batch.table.num_rows + len(batch.rejects)
                reject(merged_rejects(batch.rejects, checked.rejects))
                progress(batch.done)
        except MessageFileError as error:
            raise FileError(source.path, str(error)) from error
        finally:
            tally.notes += _notes(strangers, unknown, created)
            record_import(source, "chat", tally)
        return tally


def check_batch(batch: Batch, known_shops: pa.Array | None, standard: ClockStandard, now: datetime) -> Checked:
    """The messages of a batch that keep the contract under a clock standard, and the others.

    Raises MessageFileError where no row of it can be read.
    """
    return check_messages(
        batch.table,
        first_row=1,
        numbers=batch.numbers,
        now_ms=to_ms(now),
        future_tolerance_ms=standard.future_tolerance_ms,
        oldest_ms=to_ms(now - timedelta(days=standard.timings_retention_days)),
        known_shops=known_shops,
    )


def _notes(strangers: Counter[str], unknown: set[str], created: Counter[str]) -> list[str]:
    """What else there is to say about a file, a sentence each."""
    notes = []
    if strangers:
        notes.append(
            _(
                "Unknown shops: %(shops)d, messages rejected: %(messages)d (%(first)s). "
                "Import the shops, or use --create."
            )
            % {"shops": len(strangers), "messages": strangers.total(), "first": _first(sorted(strangers))}
        )
    if unknown:
        first = _first([key.replace(SEPARATOR, "/") for key in sorted(unknown)])
        notes.append(
            _(
                "Unknown agents: %(agents)d (%(first)s). Their messages are kept, but they get no scores. "
                "Import the agents, or use --create."
            )
            % {"agents": len(unknown), "first": first}
        )
    if created["shops"] or created["agents"]:
        notes.append(_("Created shops: %(shops)d, agents: %(agents)d.") % created)
    return notes


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
