"""The window's measures that scores and ratings are judged by: read from the files of computed days, shard by shard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import load_buyers_word_between
from shops.actions.settle_days import final_from
from shops.actions.standards import clock_standards
from shops.chat.calendars import CalendarBook
from shops.chat.days import DayFiles
from shops.chat.engine import connect
from shops.chat.log import ChatLog
from shops.chat.measures import SHOP, Targets, compute_measures, load_buyers_word
from shops.chat.standard import ClockStandard
from shops.chat.turns import Span
from shops.chat.turns import load_calendars as put_calendars
from shops.models.measures import MEASURE_COLUMNS

CHUNK_TURNS = 3_000_000
"""Rating days are computed together while their windows hold fewer turns than this; a single day always is."""
LONGEST_SETTLING_DAYS = 40

Values = tuple[Any, ...]
"""The measures in the order of MEASURE_COLUMNS."""

NO_MEASURES: Values = tuple(
    None if name.startswith(("response_", "priced_", "first_", "effective_")) and name != "effective_on_time" else 0
    for name in MEASURE_COLUMNS
)
"""The measures of somebody about whom the window says nothing."""


@dataclass(slots=True)
class Window:
    """What a rating day is judged by: the newest final dates up to it, and the measures of each shop and agent."""

    on: date
    dates: tuple[date, ...]
    shops: dict[str, Values] = field(default_factory=dict)
    agents: dict[tuple[str, str], Values] = field(default_factory=dict)
    """By shop id and agent id."""


@dataclass(frozen=True, slots=True)
class WindowBasis:
    """What the windows of rating days rest on beside the files of days; the same for every shard."""

    book: CalendarBook
    dates_of: Mapping[date, tuple[date, ...]]
    """By rating day the dates of its window, rising."""

    @classmethod
    def load(cls, days: Sequence[date], standard: ClockStandard, window_days: int, as_of_ms: int) -> WindowBasis:
        """The basis of rating days (rising, at least one) that obey one standard; eight queries."""
        book = load_calendars(standard)
        return cls(book, final_dates(book, days, window_days, as_of_ms))


def read_windows(
    log: ChatLog, days: Sequence[date], standard: ClockStandard, window_days: int, as_of_ms: int
) -> Iterator[Window]:
    """The windows of rating days (rising) that obey one standard, in order; a day without a final date has none.

    All shards after each other, in this process: see `read_shard_windows`.
    """
    if not days:
        return
    basis = WindowBasis.load(days, standard, window_days, as_of_ms)
    by_shard = [
        read_shard_windows(log, shard, days, standard, window_days, as_of_ms, basis=basis, chunk_shards=log.shards)
        for shard in range(log.shards)
    ]
    for windows in zip(*by_shard, strict=True):
        whole = windows[0]
        for window in windows[1:]:
            whole.shops |= window.shops
            whole.agents |= window.agents
        yield whole


def read_shard_windows(
    log: ChatLog,
    shard: int,
    days: Sequence[date],
    standard: ClockStandard,
    window_days: int,
    as_of_ms: int,
    *,
    basis: WindowBasis | None = None,
    chunk_shards: int = 1,
) -> Iterator[Window]:
    """The windows of rating days (rising) over the shops of one shard; a day without a final date has none.

    Windows are computed together in chunks, so that quiet days cost little; nothing is kept between chunks. `basis`:
    loaded before, where several shards are read. `chunk_shards`: how many shards share the turns that a chunk may hold.
    """
    if not days:
        return
    basis = basis or WindowBasis.load(days, standard, window_days, as_of_ms)
    files = DayFiles(log.root)
    turns = _turns_per_day(files, shard, basis.dates_of)
    days = [day for day in days if basis.dates_of[day]]
    for chunk in _chunks(days, basis.dates_of, turns, CHUNK_TURNS // chunk_shards):
        windows = {day: Window(day, basis.dates_of[day]) for day in chunk}
        _read_shard(log, shard, basis.book, standard, windows, as_of_ms)
        yield from windows.values()


def final_dates(
    book: CalendarBook, days: Sequence[date], window_days: int, as_of_ms: int
) -> Mapping[date, tuple[date, ...]]:
    """For each rating day (rising, at least one) the newest `window_days` dates up to it that are final, rising.

    A date is final by the standard that it was measured by, not by that of the rating day. One query.
    """
    final: list[date] = []
    found: dict[date, tuple[date, ...]] = {}
    wanted = set(days)
    earliest = days[0] - timedelta(days=window_days + LONGEST_SETTLING_DAYS)
    for starts_on, ends_on, standard in clock_standards(earliest, days[-1]):
        for number in range((ends_on - starts_on).days + 1):
            day = starts_on + timedelta(days=number)
            if as_of_ms >= final_from(book, day, standard):
                final.append(day)
            if day in wanted:
                found[day] = tuple(final[-window_days:])
    return found


def _turns_per_day(files: DayFiles, shard: int, dates_of: Mapping[date, tuple[date, ...]]) -> Mapping[date, int]:
    manifests = (
        (day, files.read_manifest(day, shard)) for day in {day for dates in dates_of.values() for day in dates}
    )
    return {day: 0 if manifest is None else manifest.rows["turns"] for day, manifest in manifests}


def _chunks(
    days: Sequence[date], dates_of: Mapping[date, tuple[date, ...]], turns: Mapping[date, int], most_turns: int
) -> Iterator[list[date]]:
    chunk: list[date] = []
    weight = 0
    for day in days:
        size = sum(turns[date_] for date_ in dates_of[day])
        if chunk and weight + size > most_turns:
            yield chunk
            chunk, weight = [], 0
        chunk.append(day)
        weight += size
    if chunk:
        yield chunk


def _read_shard(
    log: ChatLog,
    shard: int,
    book: CalendarBook,
    standard: ClockStandard,
    windows: Mapping[date, Window],
    as_of_ms: int,
) -> None:
    shops = log.shops_in(shard, book.of_shop)
    if not shops:
        return
    mine = book.only(shops)
    covered = defaultdict(list)
    for window in windows.values():
        for day in window.dates:
            covered[window.on].append(day)
    first = min(dates[0] for dates in covered.values())
    last = max(dates[-1] for dates in covered.values())
    starts, ends = mine.local_bounds(first, last)
    until = ends + standard.resolution_ms + 1
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
        DayFiles(log.root).attach(con, first, last, shard)
        put_calendars(con, mine.calendars(starts, until), Span(starts, starts, until, until), 0)
        load_buyers_word(con, *load_buyers_word_between(starts, until, until))
        pairs = [(on, day) for on, dates in covered.items() for day in dates]
        for row in compute_measures(con, pairs, Targets.from_standard(standard), as_of_ms):
            values = tuple(row[name] for name in MEASURE_COLUMNS)
            window = windows[date.fromisoformat(row["on_date"])]
            if row["agent_id"] == SHOP:
                window.shops[row["shop_id"]] = values
            else:
                window.agents[row["shop_id"], row["agent_id"]] = values
