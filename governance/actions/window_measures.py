"""The window's measures that scores and ratings are judged by: read from the files of computed days, shard by shard."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from shops.actions.final_days import find_dates_left_out
from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import load_buyers_word_between
from shops.actions.settle_days import final_from
from shops.actions.standards import clock_standards
from shops.chat.calendars import CalendarBook
from shops.chat.days import DayFiles
from shops.chat.engine import connect
from shops.chat.log import ChatLog
from shops.chat.measures import SHOP, OtherWindows, Targets, compute_measures, load_buyers_word
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

SETTLED = MEASURE_COLUMNS.index("settled")


@dataclass(frozen=True, slots=True)
class ShopDates:
    """The dates of a window of some shops, rising, and those that were left out: final for others, but not for them."""

    dates: tuple[date, ...]
    left_out: tuple[date, ...] = ()
    """From the window's first date on."""


@dataclass(slots=True)
class Window:
    """What a rating day is judged by: the newest final dates up to it, and the measures of each shop and agent."""

    on: date
    dates: tuple[date, ...]
    """Of the shops that have none of their own; never empty."""
    shops: dict[str, Values] = field(default_factory=dict)
    agents: dict[tuple[str, str], Values] = field(default_factory=dict)
    """By shop id and agent id."""
    own_dates: tuple[ShopDates, ...] = ()
    group_of: dict[str, int] = field(default_factory=dict)
    """By shop id the place of its dates in `own_dates`, of the shops that have their own."""

    def dates_of(self, shop: str) -> ShopDates:
        """The dates that a shop is judged by; none of its own where no date was final for it."""
        group = self.group_of.get(shop)
        return ShopDates(self.dates) if group is None else self.own_dates[group]

    def add(self, other: Window) -> None:
        """Take in the shops of another shard."""
        groups = len(self.own_dates)
        self.shops |= other.shops
        self.agents |= other.agents
        self.own_dates += other.own_dates
        self.group_of = self.group_of | {shop: group + groups for shop, group in other.group_of.items()}

    def lengthen(self, longer: Window, below_turns: int) -> None:
        """Judge shops with fewer settled turns than so many, and their agents, by a longer window of the same day."""
        places: dict[ShopDates, int] = {}
        groups = len(self.own_dates)
        quiet = [shop for shop in longer.shops if self.shops.get(shop, NO_MEASURES)[SETTLED] < below_turns]
        group_of = {shop: groups + places.setdefault(longer.dates_of(shop), len(places)) for shop in quiet}
        self.shops |= {shop: longer.shops[shop] for shop in quiet}
        self.agents |= {whose: values for whose, values in longer.agents.items() if whose[0] in group_of}
        self.own_dates += tuple(places)
        self.group_of = self.group_of | group_of


@dataclass(frozen=True, slots=True)
class WindowBasis:
    """What the windows of rating days rest on beside the files of days; the same for every shard."""

    book: CalendarBook
    window_days: int
    targets: Mapping[date, Targets]
    """By local date: a turn is judged by the targets of its own date, whatever those of the rating day are."""
    final: Sequence[date]
    """The dates that are final as far as turns go, rising."""
    left_out: Mapping[str, tuple[date, ...]]
    """By shop id the dates that are not final for the shop, rising."""
    longest_resolution_ms: int

    @classmethod
    def load(cls, days: Sequence[date], standard: ClockStandard, window_days: int, as_of_ms: int) -> WindowBasis:
        """The basis of rating days (rising, at least one) that obey one standard; ten queries.

        A date is final by the standard that it was measured by, not by that of the rating day.
        """
        book = load_calendars(standard)
        earliest = days[0] - timedelta(days=window_days + LONGEST_SETTLING_DAYS)
        targets: dict[date, Targets] = {}
        final: list[date] = []
        longest = 0
        for starts_on, ends_on, mine in clock_standards(earliest, days[-1]):
            longest = max(longest, mine.resolution_ms)
            judged_by = Targets.from_standard(mine)
            for number in range((ends_on - starts_on).days + 1):
                day = starts_on + timedelta(days=number)
                targets[day] = judged_by
                if as_of_ms >= final_from(book, day, mine):
                    final.append(day)
        return cls(book, window_days, targets, final, find_dates_left_out(earliest, days[-1]), longest)

    def dates_of(self, on: date, left_out: Collection[date] = ()) -> ShopDates:
        """The newest final dates up to a rating day, without those left out."""
        reach = on - timedelta(days=self.window_days + LONGEST_SETTLING_DAYS)
        mine = self.final[bisect_left(self.final, reach) : bisect_right(self.final, on)]
        dates = tuple(day for day in mine if day not in left_out)[-self.window_days :]
        first = dates[0] if dates else reach
        return ShopDates(dates, tuple(day for day in mine if day in left_out and day >= first))


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
            whole.add(window)
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
    reading = _Reading(log, shard, basis, as_of_ms)
    dates_of = {day: dates for day in days if (dates := basis.dates_of(day).dates)}
    turns = _turns_per_day(reading.files, shard, dates_of)
    for chunk in _chunks(dates_of, turns, CHUNK_TURNS // chunk_shards):
        yield from reading.read([Window(day, dates_of[day]) for day in chunk])


def lengthen_windows(windows: Iterable[Window], longer: Iterable[Window], below_turns: int) -> Iterator[Window]:
    """The windows of rising days, with the longer windows of the same days for shops with few turns."""
    following = iter(longer)
    for window in windows:
        match = next((other for other in following if other.on == window.on), None)
        if match is not None:
            window.lengthen(match, below_turns)
        yield window


def _turns_per_day(files: DayFiles, shard: int, dates_of: Mapping[date, tuple[date, ...]]) -> Mapping[date, int]:
    manifests = (
        (day, files.read_manifest(day, shard)) for day in {day for dates in dates_of.values() for day in dates}
    )
    return {day: 0 if manifest is None else manifest.rows["turns"] for day, manifest in manifests}


def _chunks(
    dates_of: Mapping[date, tuple[date, ...]], turns: Mapping[date, int], most_turns: int
) -> Iterator[list[date]]:
    chunk: list[date] = []
    weight = 0
    for day, dates in dates_of.items():
        size = sum(turns[date_] for date_ in dates)
        if chunk and weight + size > most_turns:
            yield chunk
            chunk, weight = [], 0
        chunk.append(day)
        weight += size
    if chunk:
        yield chunk


class _Reading:
    """Reading the windows of one shard. Shops for which the same dates are not final form a group."""

    def __init__(self, log: ChatLog, shard: int, basis: WindowBasis, as_of_ms: int) -> None:
        self.files, self.shard, self.basis, self.as_of_ms = DayFiles(log.root), shard, basis, as_of_ms
        shops = log.shops_in(shard, basis.book.of_shop)
        self.book = basis.book.only(shops)
        self.groups: dict[tuple[date, ...], int] = {}
        """By the dates left out the number of the group, from 0."""
        self.group_of = {
            shop: self.groups.setdefault(basis.left_out[shop], len(self.groups))
            for shop in shops
            if shop in basis.left_out
        }

    def read(self, windows: Sequence[Window]) -> Sequence[Window]:
        """Fill the windows of some rating days, computed together."""
        if not self.book.of_shop:
            return windows
        for window in windows:
            window.own_dates = tuple(self.basis.dates_of(window.on, left_out) for left_out in self.groups)
            window.group_of = self.group_of
        own = [
            (g + 1, window.on, day)
            for window in windows
            for g, mine in enumerate(window.own_dates)
            for day in mine.dates
        ]
        pairs = [(window.on, day) for window in windows for day in window.dates]
        covered = {day for _on, day in pairs} | {day for _group, _on, day in own}
        first, last = min(covered), max(covered)
        starts, ends = self.book.local_bounds(first, last)
        until = ends + self.basis.longest_resolution_ms + 1
        others = OtherWindows({shop: group + 1 for shop, group in self.group_of.items()}, own)
        by_day = {window.on: window for window in windows}
        with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
            self.files.attach(con, first, last, self.shard)
            put_calendars(con, self.book.calendars(starts, until), Span(starts, starts, until, until), 0)
            load_buyers_word(con, *load_buyers_word_between(starts, until, until))
            for row in compute_measures(con, pairs, self.basis.targets, self.as_of_ms, others):
                _put(row, by_day[date.fromisoformat(row["on_date"])])
        return windows


def _put(row: Mapping[str, Any], window: Window) -> None:
    values = tuple(row[name] for name in MEASURE_COLUMNS)
    if row["agent_id"] == SHOP:
        window.shops[row["shop_id"]] = values
    else:
        window.agents[row["shop_id"], row["agent_id"]] = values
