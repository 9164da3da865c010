"""Messages on their way from a file to the chat log: checked in batches, their shops and agents known or created."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils.translation import gettext as _

from shops.chat.clock import to_ms
from shops.chat.log import ChatLog
from shops.chat.messages import Checked, MessageFileError, check_messages
from shops.chat.standard import ClockStandard
from shops.imports.facts import Sink, Tally, record_import
from shops.imports.files import Batch, FileError, Source, merged_rejects
from shops.imports.shops import FIRST_DAY
from shops.models import Agent, ServiceHours, Shop

BATCH_ROWS: Final = 250_000
"""Every append writes a file for each UTC day and shard that the batch touches: batches should be large."""
NAMED: Final = 5
"""How many unknown shops or agents a report names."""
SEPARATOR: Final = "\x1f"
"""Between a shop and its agent in one key; ids hold no control characters."""


@dataclass(frozen=True)
class NewShops:
    """With what the shops are created that messages name and nobody knows."""

    timezone: str = "Asia/Shanghai"
    hours: str = ""  # "": the policy's
    category: str = ""


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
    _shop_ids: dict[str, int] = field(init=False)
    _shops: pa.Array = field(init=False)
    _agents: pa.Array = field(init=False)

    def __post_init__(self) -> None:
        self._shop_ids = dict(Shop.objects.values_list("code", "pk"))
        self._shops = pa.array(list(self._shop_ids), pa.string())
        known = Agent.objects.values_list("shop__code", "code")
        self._agents = pa.array([f"{shop}{SEPARATOR}{agent}" for shop, agent in known], pa.string())

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
                checked = self._checked(source, batch)
                strangers.update(checked.unknown_shops)
                if self.create is not None:
                    created["shops"] += self._create_shops(checked.good, self.create)
                agents = self._unknown_agents(checked.good)
                if self.create is not None:
                    created["agents"] += self._create_agents(agents)
                else:
                    unknown.update(agents.to_pylist())
                # Later batches are received later, so that the first of two copies of a message stays the first.
                appended = self.log.append(checked.good, to_ms(self.now) + number)
                tally.new += appended.rows
                tally.repeated += appended.repeated
                tally.rejected += len(batch.rejects) + len(checked.rejects)
                tally.read += batch.table.num_rows + len(batch.rejects)
                reject(merged_rejects(batch.rejects, checked.rejects))
                progress(batch.done)
        finally:
            tally.notes += _notes(strangers, unknown, created)
            record_import(source, "chat", tally)
        return tally

    def _checked(self, source: Source, batch: Batch) -> Checked:
        oldest = self.now - timedelta(days=self.standard.timings_retention_days)
        try:
            return check_messages(
                batch.table,
                first_row=1,
                numbers=batch.numbers,
                now_ms=to_ms(self.now),
                future_tolerance_ms=self.standard.future_tolerance_ms,
                oldest_ms=to_ms(oldest),
                known_shops=None if self.create else self._shops,
            )
        except MessageFileError as error:
            raise FileError(source.path, str(error)) from error

    def _create_shops(self, good: pa.Table, new: NewShops) -> int:
        """Create the shops that nobody knows; return how many."""
        named = pc.unique(good["shop_id"])
        codes = named.filter(pc.invert(pc.is_in(named, value_set=self._shops)))
        if not len(codes):
            return 0
        with transaction.atomic():
            Shop.objects.bulk_create(
                [
                    Shop(code=code, name=code, timezone=new.timezone, category=new.category)
                    for code in codes.to_pylist()
                ],
                ignore_conflicts=True,
                batch_size=5_000,
            )
            self._shop_ids = dict(Shop.objects.values_list("code", "pk"))
            if new.hours:
                hours = [
                    ServiceHours(shop_id=self._shop_ids[code], starts_on=FIRST_DAY, weekly=new.hours)
                    for code in codes.to_pylist()
                ]
                ServiceHours.objects.bulk_create(hours, ignore_conflicts=True, batch_size=5_000)
        self._shops = pa.concat_arrays([self._shops, codes])
        return len(codes)

    def _unknown_agents(self, good: pa.Table) -> pa.Array:
        """The keys (shop, SEPARATOR, agent) that nobody knows; bots have no record."""
        shop, agent = good["shop_id"].combine_chunks(), good["agent_id"].combine_chunks()
        keys = pc.binary_join_element_wise(shop, agent, SEPARATOR)
        keys = pc.unique(keys.filter(pc.and_(pc.is_valid(keys), pc.not_equal(good["sender"].combine_chunks(), "bot"))))
        return keys.filter(pc.invert(pc.is_in(keys, value_set=self._agents)))

    def _create_agents(self, keys: pa.Array) -> int:
        """Create agents by their keys; return how many."""
        if not len(keys):
            return 0
        pairs = [key.split(SEPARATOR) for key in keys.to_pylist()]
        Agent.objects.bulk_create(
            [Agent(shop_id=self._shop_ids[shop], code=agent) for shop, agent in pairs],
            ignore_conflicts=True,
            batch_size=5_000,
        )
        self._agents = pa.concat_arrays([self._agents, keys])
        return len(keys)


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
