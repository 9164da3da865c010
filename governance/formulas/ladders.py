"""Points that add up, fall away and cross nodes: the arithmetic of ladders. A balance is never stored, only computed.

So a reversal, which falls on the day of what it takes back, changes every balance since, also what was carried over.
Source: published-rules.md, point ladders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

Calendar = Literal["year", "quarter", "month"]
MONTHS_OF: dict[Calendar, int] = {"year": 12, "quarter": 3, "month": 1}


class Fallen(NamedTuple):
    """Points, negative where taken back, and the day that they fell on."""

    points: int
    fell_on: date


@dataclass(frozen=True, slots=True)
class Ladder:
    """One class of points. Without `calendar` and `rolling_days` points stay for good."""

    nodes: tuple[int, ...]
    """Rising."""
    calendar: Calendar | None = None
    rolling_days: int | None = None
    carry_at_least: int | None = None
    """A calendar period that ends with at least this carries something over; None: nothing is ever carried."""
    carried: int | None = None
    """What is carried; None: the whole balance."""
    repeat_every: int | None = None
    only_highest: bool = True
    """Of several nodes crossed at once only the highest counts."""


class Reached(NamedTuple):
    """A node that was reached: its balance, and the place among the ladder's nodes whose penalties it brings."""

    at: int
    place: int


def balance_on(ladder: Ladder, entries: Iterable[Fallen], day: date) -> int:
    """The points in force at the end of a day, never below 0. Entries of later days do not count, in any order."""
    fallen = [entry for entry in entries if entry.fell_on <= day]
    if ladder.rolling_days is not None:
        since = day - timedelta(days=ladder.rolling_days)
        return max(0, sum(entry.points for entry in fallen if entry.fell_on > since))
    if ladder.calendar is None:
        return max(0, sum(entry.points for entry in fallen))
    by_period: dict[int, int] = {}
    for entry in fallen:
        number = _period(ladder.calendar, entry.fell_on)
        by_period[number] = by_period.get(number, 0) + entry.points
    balance = 0
    previous: int | None = None
    for number in sorted({*by_period, _period(ladder.calendar, day)}):
        if previous is not None:
            # Without entries in between a balance is carried from period to period, or lost at the first end.
            for _ in range(min(number - previous, 2)):
                balance = _carried(ladder, balance)
        balance = max(0, balance + by_period.get(number, 0))
        previous = number
    return balance


def nodes_reached(ladder: Ladder, before: int, after: int) -> tuple[Reached, ...]:
    """The nodes above `before` up to `after`, rising; only the highest where the ladder says so."""
    reached = [Reached(at, place) for place, at in enumerate(ladder.nodes) if before < at <= after]
    last = ladder.nodes[-1]
    if ladder.repeat_every is not None and after > last:
        first = last + ladder.repeat_every * max(1, (before - last) // ladder.repeat_every + 1)
        reached += [Reached(at, len(ladder.nodes) - 1) for at in range(first, after + 1, ladder.repeat_every)]
    return tuple(reached[-1:]) if ladder.only_highest else tuple(reached)


def next_node(ladder: Ladder, balance: int) -> int | None:
    """The next balance that brings penalties; None above the last one."""
    above = next((at for at in ladder.nodes if at > balance), None)
    if above is None and ladder.repeat_every is not None:
        last = ladder.nodes[-1]
        return last + ladder.repeat_every * ((balance - last) // ladder.repeat_every + 1)
    return above


def nodes_of_each(steps: Sequence[tuple[Ladder, Fallen]]) -> list[tuple[Reached, ...]]:
    """What each of some entries reached when it fell, given those before it in order, each by a ladder of its own.

    Entries that were taken back are left out by the caller: so it says what would have been reached without them.
    """
    told = []
    before: list[Fallen] = []
    for ladder, entry in steps:
        had = balance_on(ladder, before, entry.fell_on)
        before.append(entry)
        told.append(nodes_reached(ladder, had, balance_on(ladder, before, entry.fell_on)))
    return told


def _carried(ladder: Ladder, balance: int) -> int:
    if ladder.carry_at_least is None or balance < ladder.carry_at_least:
        return 0
    return balance if ladder.carried is None else ladder.carried


def _period(calendar: Calendar, day: date) -> int:
    return (day.year * 12 + day.month - 1) // MONTHS_OF[calendar]
