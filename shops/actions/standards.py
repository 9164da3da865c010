"""The clock standard in force on a day, and the rows that a policy's clock and peak calendar become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from shops.chat.standard import ClockStandard, read_clock_standard
from shops.models import Standard

ONE_DAY = timedelta(days=1)


class NoStandardError(Exception):
    """No policy was in force on the day; the message says what to do."""


def clock_standards(first: date, last: date) -> list[tuple[date, date, ClockStandard]]:
    """The spans of days (first, last, standard) between two days that obey one clock standard each. One query.

    A day obeys the version that started newest on or before it (of two from one day the later one) and of its rows the
    newest up to the day: a peak of a version that was replaced before it came does not count. Days before the first
    policy are measured by its first clock: it is the only one there is. Raises NoStandardError where no policy starts
    on or before the last day.
    """
    rows = (
        Standard.objects.filter(section=Standard.Section.CLOCK, starts_on__lte=last)
        .order_by("policy_version", "starts_on")
        .values_list("policy_version", "starts_on", "document")
    )
    newest = _rows_that_count(rows)
    if not newest:
        raise NoStandardError(
            f"No policy is in force on {last}. Publish one that starts on or before that day: "
            f"manage.py publish_policy default --from {first}"
        )
    starts = sorted(newest)
    in_force = [day for day in starts if day <= first] or starts[:1]
    cuts = [in_force[-1], *(day for day in starts if day > max(first, in_force[-1]))]
    spans = []
    for number, starts_on in enumerate(cuts):
        ends = cuts[number + 1] - ONE_DAY if number + 1 < len(cuts) else last
        begins = first if number == 0 else starts_on
        spans.append((begins, ends, read_clock_standard(newest[starts_on])))
    return spans


def write_clock_standards(
    clock: ClockStandard, peaks: Iterable[tuple[date, date, ClockStandard]], *, starts_on: date, policy_version: int
) -> None:
    """Write down what days obey from `starts_on`: the clock, and on the days of each peak the peak's.

    `peaks` are (first, last, clock), both days included, none overlapping; what lies before `starts_on` is left out.
    """
    days: dict[date, ClockStandard] = {starts_on: clock}
    for first, last, standard in sorted(peaks, key=lambda peak: peak[0]):
        if last >= starts_on:
            days[max(first, starts_on)] = standard
            days[last + ONE_DAY] = clock
    Standard.objects.bulk_create(
        Standard(
            section=Standard.Section.CLOCK,
            starts_on=day,
            document=standard.model_dump(mode="json"),
            policy_version=policy_version,
        )
        for day, standard in sorted(days.items())
    )


def _rows_that_count(rows: Iterable[tuple[int, date, Mapping[str, Any]]]) -> dict[date, Mapping[str, Any]]:
    """The document from each day on which another one begins to count, from rows by version and day."""
    versions: dict[int, dict[date, Mapping[str, Any]]] = {}
    for version, starts_on, document in rows:
        versions.setdefault(version, {})[starts_on] = document
    began = {min(mine): version for version, mine in sorted(versions.items())}
    counting: dict[date, Mapping[str, Any]] = {}
    for starts_on, ends_on in pairwise([*sorted(began), date.max]):
        mine = versions[began[starts_on]]
        counting |= {day: document for day, document in mine.items() if day < ends_on}
    return counting
