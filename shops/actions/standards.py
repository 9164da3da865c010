"""The clock standard in force on a day."""

from __future__ import annotations

from datetime import date, timedelta

from shops.chat.standard import ClockStandard, read_clock_standard
from shops.models import Standard


class NoStandardError(Exception):
    """No policy was in force on the day; the message says what to do."""


def clock_standards(first: date, last: date) -> list[tuple[date, date, ClockStandard]]:
    """The spans of days (first, last, standard) between two days that obey one clock standard each. One query.

    Days before the first policy are measured by its clock: it is the only one there is. Raises NoStandardError where no
    policy starts on or before the last day.
    """
    rows = (
        Standard.objects.filter(section=Standard.Section.CLOCK, starts_on__lte=last)
        .order_by("starts_on", "id")
        .values_list("starts_on", "document")
    )
    newest = dict(rows)
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
        ends = cuts[number + 1] - timedelta(days=1) if number + 1 < len(cuts) else last
        begins = first if number == 0 else starts_on
        spans.append((begins, ends, read_clock_standard(newest[starts_on])))
    return spans
