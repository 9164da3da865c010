"""Compaction of the chat log: the batches of a day and shard become one sorted file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

from shops.actions.progress import Progress, Report, keep_quiet
from shops.chat.engine import EngineError
from shops.chat.folders import read_folder
from shops.chat.log import ChatLog, open_log
from shops.chat.rewriting import Rewritten, rewrite_day, tidy_day

MOST_BATCHES_TODAY: Final = 64
"""A day that still takes messages in is compacted when it has more batches than this; days before from two on."""


@dataclass
class Compacted:
    """What compaction of a shard did."""

    days: int = 0
    files_before: int = 0
    rows: int = 0
    repeats: int = 0
    """Copies of messages that are gone now."""
    files_waiting: int = 0
    """Replaced files that readers may still have open; a later run deletes them."""
    parts_set_aside: int = 0

    def to_counts(self) -> dict[str, int]:
        """The numbers, fit for JSON."""
        return asdict(self)


def days_to_compact(shard: int, *, as_of: datetime) -> list[date]:
    """The UTC days of a shard that have batches to put together, oldest first. Lists folders, opens no file."""
    log = open_log()
    today = as_of.astimezone(UTC).date()
    return [
        day
        for day in log.days()
        if len(read_folder(log.folder_of(day, shard)).batches) > (1 if day < today else MOST_BATCHES_TODAY)
    ]


def compact_shard(shard: int, *, as_of: datetime, report: Report = keep_quiet) -> Compacted:
    """Compact the days of a shard that need it, and delete the files that former rewritings replaced.

    Each day is a commit of its own: safe to be killed, to run twice and beside anything else.
    """
    log = open_log()
    compacted = Compacted()
    days = days_to_compact(shard, as_of=as_of)
    for number, day in enumerate(days):
        report(Progress("compact", number, len(days), day.isoformat()))
        done, broken = read_past_broken_parts(log, day, shard, partial(rewrite_day, log, day, shard))
        compacted.parts_set_aside += broken
        if done is not None:
            compacted.days += 1
            compacted.files_before += done.files_before
            compacted.rows += done.rows
            compacted.repeats += done.repeats
    for day in log.days():
        compacted.files_waiting += tidy_day(log, day, shard, now=as_of.timestamp())
    report(Progress("compact", len(days), len(days)))
    return compacted


def read_past_broken_parts(
    log: ChatLog, day: date, shard: int, rewrite: Callable[[], Rewritten | None]
) -> tuple[Rewritten | None, int]:
    """What a rewriting returns, once the parts that it cannot read are set aside; and how many those were."""
    aside = 0
    while True:
        try:
            return rewrite(), aside
        except EngineError as error:
            broken = log.find_unreadable(log.parts(day, day, shard))
            if not broken:
                raise
            for part, reason in broken:
                log.set_aside(part, f"{reason} ({error})"[:500])
            aside += len(broken)


def first_day_kept(as_of: datetime, days: int) -> date:
    """The oldest UTC day of which something is kept for `days` days."""
    return as_of.astimezone(UTC).date() - timedelta(days=days)
