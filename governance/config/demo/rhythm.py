"""The calendar of the demo: its dates, when buyers write, its big sale, its holiday and its two outages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000

HOUR_WEIGHTS = (2, 1, 0.6, 0.4, 0.4, 0.6, 1.5, 3, 6, 9, 11, 10, 8, 9, 11, 10.5, 9, 7, 7, 10, 13, 13, 9, 5)
"""How many contacts start in each hour of a shop's local day, relative to each other."""
HOURS_SO_FAR = tuple(accumulate(HOUR_WEIGHTS))
RUSH_HOURS = frozenset({10, 11, 14, 15, 20, 21})
NIGHT_HOURS = frozenset({20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7})
WEEKDAY_FACTORS = (0.95, 0.92, 0.95, 1.0, 1.05, 1.15, 1.2)
SALE_FACTOR = 3.0
AROUND_SALE_FACTOR = 1.5

SALES = ((6, 18), (11, 11), (12, 12))
HOLIDAYS = ((1, 1), (5, 1), (10, 1))
HOLIDAY_NAMES = {(1, 1): "元旦", (5, 1): "劳动节", (10, 1): "国庆节"}


def midnight_ms(day: date, timezone: ZoneInfo) -> int:
    """UTC milliseconds of the first instant of a local date."""
    return int(datetime.combine(day, time(), timezone).timestamp()) * 1000


@dataclass(frozen=True)
class Span:
    """[starts_ms, ends_ms) in UTC milliseconds."""

    starts_ms: int
    ends_ms: int

    def covers(self, instant_ms: int) -> bool:
        """True from the start (included) to the end (excluded)."""
        return self.starts_ms <= instant_ms < self.ends_ms


@dataclass(frozen=True)
class Calendar:
    """The dates of one demo; the last one is the day before `today`, and nothing is known after `as_of_ms`."""

    first_on: date
    days: int
    as_of_ms: int
    sale_on: date
    holiday_on: date
    holiday_name: str
    outage: Span
    local_outage: Span

    @property
    def last_on(self) -> date:
        """The newest date with messages."""
        return self.first_on + timedelta(days=self.days - 1)

    @property
    def as_of(self) -> datetime:
        """The instant at which the demo stops: the start of `today` in the platform's time zone."""
        return datetime.fromtimestamp(self.as_of_ms / 1000, UTC)

    def dates(self) -> list[date]:
        """Every date, oldest first."""
        return [self.first_on + timedelta(days=index) for index in range(self.days)]

    def demand_factor(self, day: date) -> float:
        """How many more contacts than usual a date has."""
        factor = WEEKDAY_FACTORS[day.weekday()]
        if day == self.sale_on:
            return factor * SALE_FACTOR
        if abs((day - self.sale_on).days) == 1:
            return factor * AROUND_SALE_FACTOR
        return factor


def make_calendar(today: date, days: int, timezone: ZoneInfo) -> Calendar:
    """The calendar of so many days ending the day before `today`.

    The sale and the holiday are the newest well-known ones in range (11.11, National Day), else fixed shares of it.
    """
    first_on = today - timedelta(days=days)
    holiday_on = _newest(HOLIDAYS, first_on, days) or first_on + timedelta(days=days // 3)
    outage_on = first_on + timedelta(days=(days * 6) // 10)
    local_outage_on = first_on + timedelta(days=(days * 8) // 10)
    return Calendar(
        first_on=first_on,
        days=days,
        as_of_ms=midnight_ms(today, timezone),
        sale_on=_newest(SALES, first_on, days) or first_on + timedelta(days=(days * 3) // 4),
        holiday_on=holiday_on,
        holiday_name=HOLIDAY_NAMES.get((holiday_on.month, holiday_on.day), "平台休息日"),
        outage=_span(outage_on, 14, 5, timezone),
        local_outage=_span(local_outage_on, 9, 6, timezone),
    )


def _newest(candidates: tuple[tuple[int, int], ...], first_on: date, days: int) -> date | None:
    """The newest date in the range whose month and day are among the candidates."""
    dates = (first_on + timedelta(days=index) for index in reversed(range(days)))
    return next((day for day in dates if (day.month, day.day) in candidates), None)


def _span(day: date, hour: int, hours: int, timezone: ZoneInfo) -> Span:
    starts_ms = midnight_ms(day, timezone) + hour * HOUR_MS
    return Span(starts_ms, starts_ms + hours * HOUR_MS)
