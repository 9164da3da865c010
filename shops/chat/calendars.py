"""Which service clock each shop has: the distinct calendars of many shops, and clocks for a span of time. No Django.

A `CalendarKey` is all that a shop's clock depends on. Shops with equal keys share one clock, so that 50,000 shops need
a few dozen calendars.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shops.chat.clock import Blocks, ServiceClock, Weekly, from_ms, parse_hours, to_ms
from shops.chat.turns import Calendars


class CalendarKey(NamedTuple):
    """All that a shop's clock depends on. Stoppages are in milliseconds; an end of None is open."""

    timezone: str
    hours: tuple[tuple[date, str], ...]
    """(first day, weekly hours as text), by rising day."""
    overrides: tuple[tuple[date, str], ...]
    """(date, blocks as text; empty is closed)."""
    holidays: tuple[tuple[date, str], ...]
    """(date, the blocks that still count) of holidays on which the shop is not measured."""
    stoppages: tuple[tuple[int, int | None], ...]

    def trimmed(self, starts_ms: int, ends_ms: int) -> CalendarKey:
        """What of it matters between two instants."""
        first, last = _dates_around(starts_ms, ends_ms)
        in_force = [n for n, (starts_on, _) in enumerate(self.hours) if starts_on <= first]
        return self._replace(
            hours=tuple(row for row in self.hours[in_force[-1] if in_force else 0 :] if row[0] <= last),
            overrides=tuple(row for row in self.overrides if first <= row[0] <= last),
            holidays=tuple(row for row in self.holidays if first <= row[0] <= last),
            stoppages=tuple(
                (start, end) for start, end in self.stoppages if start < ends_ms and (end is None or end > starts_ms)
            ),
        )

    def clock(self, starts_ms: int, ends_ms: int, default_weekly: Weekly) -> ServiceClock:
        """The clock between two instants; `default_weekly` is in force before the first hours."""
        key = self.trimmed(starts_ms, ends_ms)
        first, _last = _dates_around(starts_ms, ends_ms)
        weeklies = [(date.min, default_weekly), *((day, parse_hours(text) or {}) for day, text in key.hours)]
        overrides: dict[date, Blocks] = {}
        day = first
        while len(weeklies) > 1 and day < weeklies[-1][0]:
            overrides[day] = _in_force(weeklies, day).get(day.weekday(), [])
            day += timedelta(days=1)
        overrides |= {day: day_blocks(text) for day, text in key.overrides}
        stoppages = [(from_ms(start), None if end is None else from_ms(end)) for start, end in key.stoppages]
        closed = {day: _complement(day_blocks(text)) for day, text in key.holidays}
        if closed:
            stoppages += ServiceClock(key.timezone, {}, closed).open_spans(from_ms(starts_ms), from_ms(ends_ms))
        return ServiceClock(key.timezone, weeklies[-1][1], overrides, stoppages)


@dataclass(frozen=True)
class CalendarBook:
    """The calendars of all shops."""

    keys: tuple[CalendarKey, ...]
    of_shop: Mapping[str, int]
    default_weekly: Weekly
    _digests: dict[tuple[CalendarKey, int, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, keys_of_shops: Iterable[tuple[str, CalendarKey]], default_weekly: Weekly) -> CalendarBook:
        """Number the distinct keys."""
        numbers: dict[CalendarKey, int] = {}
        of_shop = {shop: numbers.setdefault(key, len(numbers)) for shop, key in keys_of_shops}
        return cls(tuple(numbers), of_shop, default_weekly)

    def only(self, shops: Iterable[str]) -> CalendarBook:
        """The book of some of the shops."""
        return CalendarBook.of(((shop, self.keys[self.of_shop[shop]]) for shop in shops), self.default_weekly)

    def calendars(self, starts_ms: int, ends_ms: int) -> Calendars:
        """The clocks of a span of time."""
        return Calendars([key.clock(starts_ms, ends_ms, self.default_weekly) for key in self.keys], self.of_shop)

    def local_bounds(self, first: date, last: date) -> tuple[int, int]:
        """The earliest instant of local date `first` and the end of `last` in any shop's time zone, in milliseconds."""
        zones = {key.timezone for key in self.keys} or {"UTC"}
        starts = [_midnight_ms(first, zone) for zone in zones]
        ends = [_midnight_ms(last + timedelta(days=1), zone) for zone in zones]
        return min(starts), max(ends)

    def digest(self, starts_ms: int, ends_ms: int, shops: int | None = None) -> str:
        """A digest of which shop has which calendar between two instants, whatever else the book holds.

        `shops`: only the first so many of the book (None: all), so that shops which came later do not matter.
        """
        count = len(self.of_shop) if shops is None else shops
        members: dict[int, list[str]] = {}
        for shop, number in islice(self.of_shop.items(), count):
            members.setdefault(number, []).append(shop)
        total = 0
        for number, of_key in members.items():
            trimmed = self.keys[number].trimmed(starts_ms, ends_ms)
            known = (trimmed, number, count)
            if known not in self._digests:
                stem = hashlib.blake2b(repr(trimmed).encode(), digest_size=16)
                self._digests[known] = sum(_with(stem, shop) for shop in of_key)
            total += self._digests[known]
        return f"{total % 2**128:032x}:{sorted((day, blocks) for day, blocks in self.default_weekly.items())}"


def _in_force(weeklies: list[tuple[date, Weekly]], day: date) -> Weekly:
    """The weekly hours in force on a day, of rows by rising first day."""
    return next(weekly for starts_on, weekly in reversed(weeklies) if starts_on <= day)


def day_blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of one day: an empty text is a closed day, else HH:MM-HH:MM separated by commas."""
    weekly = parse_hours(text) if text.strip() else None
    return list(weekly[0]) if weekly else []


def _complement(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rest of the day; a block that runs past midnight ends with the day."""
    gaps, free_from = [], "00:00"
    for start, end in sorted(blocks):
        if start > free_from:
            gaps.append((free_from, start))
        free_from = max(free_from, "24:00" if end <= start else end)
    return [*gaps, (free_from, "24:00")] if free_from < "24:00" else gaps


def _dates_around(starts_ms: int, ends_ms: int) -> tuple[date, date]:
    """The local dates that a span can touch in any time zone, with a day to spare for blocks across midnight."""
    return (
        (from_ms(starts_ms) - timedelta(days=2)).date(),
        (from_ms(ends_ms) + timedelta(days=2)).date(),
    )


def _midnight_ms(day: date, zone: str) -> int:
    return to_ms(datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC))


def _with(stem: hashlib.blake2b, shop: str) -> int:
    digest = stem.copy()
    digest.update(shop.encode())
    return int.from_bytes(digest.digest())
