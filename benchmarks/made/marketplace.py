"""A synthetic marketplace for the benchmarks: shops, their agents and service hours; none of them is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from governance.policy.reading import load_preset
from shops.chat.calendars import CalendarBook, CalendarKey
from shops.chat.standard import ClockStandard

AGENTS_PER_SHOP = 3
FIRST_DAY = date(2026, 1, 5)
"""The local date on which the synthetic messages begin; a Monday."""
LOCAL_OFFSET_MS = 8 * 3_600_000
TIMEZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Manila", "Asia/Taipei")
"""All of them eight hours ahead of UTC, so that one day of messages is one local date."""
HOURS = (
    "mon-sun 08:00-23:00",
    "mon-fri 09:00-21:00; sat-sun 10:00-18:00",
    "mon-sun 09:00-24:00",
    "mon-sat 08:30-22:30",
)


@dataclass(frozen=True)
class Marketplace:
    """Shop codes in their order, and the number of the calendar that each has."""

    shops: Sequence[str]

    @classmethod
    def of_size(cls, shops: int) -> Marketplace:
        """A marketplace with that many shops."""
        return cls([f"shop-{number:06d}" for number in range(shops)])

    def book(self, standard: ClockStandard) -> CalendarBook:
        """The calendars: 20 distinct ones, each with an outage of the whole platform in them."""
        outage = (day_ms(FIRST_DAY) + 14 * 3_600_000, day_ms(FIRST_DAY) + 14 * 3_600_000 + 1_200_000)
        keys = [
            CalendarKey(timezone, ((date(2020, 1, 1), hours),), (), (), (outage,))
            for timezone in TIMEZONES
            for hours in HOURS
        ]
        return CalendarBook.of(
            ((shop, keys[number % len(keys)]) for number, shop in enumerate(self.shops)), standard.default_weekly
        )

    def agents(self) -> Mapping[str, Sequence[str]]:
        """The agents' codes by shop."""
        return {shop: [f"ag-{shop[5:]}-{number}" for number in range(AGENTS_PER_SHOP)] for shop in self.shops}


def clock_standard() -> ClockStandard:
    """The clock of the default preset, with all its word lists."""
    return load_preset("default").clock


def day_ms(day: date) -> int:
    """The start of a local date, in milliseconds."""
    return (day - date(1970, 1, 1)).days * 86_400_000 - LOCAL_OFFSET_MS
