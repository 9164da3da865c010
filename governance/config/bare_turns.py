"""The turns of chat files alone: no web database, one calendar of hours for every shop.

The files go through the same checks, log and SQL as in production, in a temporary folder that is gone afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from shops.chat.calendars import CalendarBook, CalendarKey
from shops.chat.clock import DAY_MS, parse_hours, to_ms
from shops.chat.engine import Connection, connect, rows
from shops.chat.log import ChatLog
from shops.chat.messages import COLUMNS, MessageFileError, check_messages
from shops.chat.rejects import Reject
from shops.chat.turns import Span, TurnRules, compute_turns, load_calendars, load_messages, load_rules
from shops.imports.calendar import Outages
from shops.imports.facts import read_records
from shops.imports.files import FileError, merged_rejects
from shops.imports.opening import open_source
from shops.imports.rows import Row, RowError

BATCH_ROWS = 250_000
FUTURE_TOLERANCE_MS = 600_000
FIRST_DAY = date(1970, 1, 1)

TURN_QUERY = """
select
    conversation_id, shop_id, buyer_id, opened_ms as opened_at, opened_by_message, answered_ms as answered_at,
    answered_by, answered_by_message, wait_ms / 1000.0 as wait_seconds, effective_ms as effective_answered_at, owner,
    state, counted, first_of_contact
from turns
order by shop_id, conversation_id, opened_ms, opened_by_message
"""
"""The fields of interfaces.md; instants are still milliseconds."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The one calendar: an IANA time zone, weekly hours as text, and outages (shop ids or none for all, from, to)."""

    timezone: str
    weekly: str
    outages: Sequence[tuple[frozenset[str], int, int | None]] = ()

    def key_for(self, shop: str) -> CalendarKey:
        """The calendar of one shop."""
        stoppages = tuple((start, end) for shops, start, end in self.outages if not shops or shop in shops)
        return CalendarKey(self.timezone, ((FIRST_DAY, self.weekly),), (), (), stoppages)


@dataclass
class Tally:
    """What became of the rows of the files."""

    read: int = 0
    repeated: int = 0
    rejected: int = 0
    shops: set[str] = field(default_factory=set)


@contextmanager
def turns_of(
    files: Sequence[Path],
    hours: Hours,
    rules: TurnRules,
    as_of: datetime,
    *,
    reject: Callable[[Path, str, list[Reject]], None],
    progress: Callable[[int], None] = lambda _rows: None,
) -> Iterator[tuple[Connection, Tally]]:
    """A connection with the table turns of the files (TURN_QUERY reads it), and what became of their rows.

    `reject` hears of the rows that were not taken: file, "row" or "line", rejects. Raises FileError where a file cannot
    be read at all; then nothing was computed.
    """
    sources = [open_source(path, COLUMNS) for path in files]
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="openline-turns-") as folder:
        log = ChatLog(Path(folder))
        received = 0
        for source in sources:
            unit = "row" if source.unit == "rows" else "line"
            for batch in source.batches(BATCH_ROWS):
                try:
                    checked = check_messages(
                        batch.table,
                        first_row=1,
                        numbers=batch.numbers,
                        now_ms=to_ms(datetime.now(as_of.tzinfo)),
                        future_tolerance_ms=FUTURE_TOLERANCE_MS,
                        oldest_ms=None,
                    )
                except MessageFileError as error:
                    raise FileError(source.path, str(error)) from error
                received += 1
                appended = log.append(checked.good, received)
                tally.read += batch.table.num_rows + len(batch.rejects)
                tally.repeated += appended.repeated
                tally.rejected += len(batch.rejects) + len(checked.rejects)
                tally.shops.update(pc.unique(checked.good["shop_id"]).to_pylist())
                reject(source.path, unit, list(merged_rejects(batch.rejects, checked.rejects)))
                progress(tally.read)
        with connect() as con:
            _compute(con, log, hours, rules, to_ms(as_of), tally.shops)
            yield con, tally


def read_outages(path: Path) -> list[tuple[frozenset[str], int, int | None]]:
    """The outages of a file (interfaces.md): shop ids (none: all), start and end in milliseconds.

    Raises FileError for a file, or any row of it, that cannot be read: a calendar with a hole would judge wrongly.
    """
    outages = []
    for batch in open_source(path, Outages.columns).batches(BATCH_ROWS):
        problems = [f"{reject.row}: {reject.reason}" for reject in batch.rejects]
        for number, record in read_records(batch):
            try:
                row = Row(record)
                ends_at = row.optional_instant("ends_at")
                codes = frozenset(filter(None, (code.strip() for code in row.text("shop_ids", 1_000_000).split(";"))))
                outages.append((codes, to_ms(row.instant("starts_at")), None if ends_at is None else to_ms(ends_at)))
            except RowError as error:
                problems.append(f"{number}: {error}")
        if problems:
            raise FileError(path, f"line {'; line '.join(problems[:5])}. Correct it and run this again.")
    return outages


def _compute(con: Connection, log: ChatLog, hours: Hours, rules: TurnRules, as_of_ms: int, shops: set[str]) -> None:
    book = CalendarBook.of(((shop, hours.key_for(shop)) for shop in sorted(shops)), parse_hours(hours.weekly) or {})
    days = log.days() or [FIRST_DAY]
    starts = (days[0] - FIRST_DAY).days * DAY_MS
    ends = ((days[-1] - FIRST_DAY).days + 1) * DAY_MS
    span = Span(starts, starts, ends, as_of_ms)
    load_rules(con, rules, as_of_ms)
    load_calendars(con, book.calendars(starts, ends + rules.window_ms), span, rules.window_ms)
    load_messages(con, [part.path for part in log.parts(days[0], days[-1])], span)
    compute_turns(con)


def as_record(row: dict[str, Any], instant: Callable[[int], Any]) -> dict[str, Any]:
    """A row of TURN_QUERY with its instants written by `instant`."""
    return {
        name: instant(value)
        if name in {"opened_at", "answered_at", "effective_answered_at"} and value is not None
        else value
        for name, value in row.items()
    }


def read_turns(con: Connection) -> Iterator[dict[str, Any]]:
    """The turns, by shop, conversation and opening; instants in milliseconds."""
    return rows(con, TURN_QUERY)
