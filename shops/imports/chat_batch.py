"""A batch of messages from another system: checked, and in the chat log before anybody is told so."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from shops.actions.erase_buyer import withhold_erased
from shops.chat.clock import to_ms
from shops.chat.log import Appended, ChatLog
from shops.chat.rejects import Reject
from shops.chat.standard import ClockStandard
from shops.imports.chat import check_batch
from shops.imports.directory import SEPARATOR, Directory
from shops.imports.files import Batch, merged_rejects

DIRECTORY_SECONDS: Final = 60
"""How long a process remembers who is known; a shop that it does not know is looked up at once."""


@dataclass(frozen=True)
class Taken:
    """What became of a batch: rows = new + repeated + rejected."""

    appended: Appended
    rejects: list[Reject]
    unknown_agents: list[tuple[str, str]]
    """(shop, agent): their messages are kept, but they have no scores until they are imported."""
    first_ms: int | None
    last_ms: int | None


def take_batch(
    batch: Batch, log: ChatLog, standard: ClockStandard, now: datetime, *, only_shop: str | None = None
) -> Taken:
    """Check a batch and append its good rows durably. The same batch again is the same batch.

    With `only_shop` messages of other shops are rejected. Raises MessageFileError for columns that are wrong, LogError
    where the log cannot be written: then the batch is to be sent again, whole, and completes what was begun.
    """
    batch, foreign = _without_others(batch, only_shop)
    directory = known_people()
    codes = batch.table["shop_id"].combine_chunks().cast(pa.string())
    directory.look_again(codes)
    checked = check_batch(batch, directory.shops_among(codes), standard, now)
    appended = log.append(withhold_erased(checked.good), to_ms(now))
    times = checked.good["sent_ms"]
    return Taken(
        appended,
        list(merged_rejects(batch.rejects, foreign, checked.rejects.without_records())),
        [tuple(key.split(SEPARATOR)) for key in directory.unknown_agents(checked.good).to_pylist()],
        pc.min(times).as_py(),
        pc.max(times).as_py(),
    )


def _without_others(batch: Batch, only_shop: str | None) -> tuple[Batch, list[Reject]]:
    if only_shop is None:
        return batch, []
    is_own = pc.fill_null(pc.equal(batch.table["shop_id"].combine_chunks().cast(pa.string()), only_shop), True)
    others = pc.indices_nonzero(pc.invert(is_own))
    reason = _("this token sends messages of shop %(shop)s only") % {"shop": only_shop}
    foreign = [Reject(number.as_py(), reason, {}) for number in batch.numbers.take(others)]
    return Batch(batch.table.filter(is_own), batch.numbers.filter(is_own), batch.done, batch.rejects), foreign


_remembered: tuple[float, Directory] | None = None
_lock = threading.Lock()


def known_people() -> Directory:
    """The directory of this process, at most DIRECTORY_SECONDS old."""
    global _remembered  # noqa: PLW0603 - one directory per process: 150,000 agents are not loaded for each batch
    with _lock:
        now = time.monotonic()
        if _remembered is None or now - _remembered[0] > DIRECTORY_SECONDS:
            _remembered = (now, Directory.load())
        return _remembered[1]


def forget_people() -> None:
    """Make the next batch load the directory anew (tests, whose databases begin empty)."""
    global _remembered  # noqa: PLW0603 - see above
    _remembered = None
