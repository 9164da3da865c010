"""What types cannot say about the peak calendar: days in order, none of them twice, a clock that fits together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from governance.policy.problems import Flaw, Path
from governance.policy.sections.peaks import Peak
from shops.chat.standard import ClockStandard

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

LONGEST_DAYS: Final = 92
"""A peak longer than a quarter is no peak but another clock."""
YEARS: Final = (2000, 2100)


def flaws_of_peaks(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the peak calendar."""
    for number, peak in enumerate(document.peaks):
        yield from _days(peak, ("peaks", number))
        yield from _clock(peak, document.clock, ("peaks", number, "clock"))
    order = sorted(enumerate(document.peaks), key=lambda entry: entry[1].first_on)
    for (_, before), (number, peak) in pairwise(order):
        if peak.first_on <= before.last_on:
            yield Flaw(
                ("peaks", number, "first_on"),
                f'"{peak.title.en}" starts on {peak.first_on}, while "{before.title.en}" lasts until {before.last_on}.',
                "Let every day belong to one peak only.",
            )


def _days(peak: Peak, path: Path) -> Iterator[Flaw]:
    days = (peak.last_on - peak.first_on).days + 1
    if days < 1:
        what = f"The peak ends on {peak.last_on}, before it starts on {peak.first_on}."
        yield Flaw((*path, "last_on"), what, "Swap the two dates.")
    elif days > LONGEST_DAYS:
        what = f"The peak lasts {days} days; a peak has at most {LONGEST_DAYS}."
        yield Flaw((*path, "last_on"), what, "Shorten it, or change the clock itself.")
    for name, day in (("first_on", peak.first_on), ("last_on", peak.last_on)):
        if not YEARS[0] <= day.year <= YEARS[1]:
            yield Flaw((*path, name), f"{day} is no day of this century.", "Correct the year.")


def _clock(peak: Peak, clock: ClockStandard, path: Path) -> Iterator[Flaw]:
    if not peak.clock.model_dump(exclude_none=True):
        yield Flaw(path, "Nothing is different on these days.", "Add target_seconds, or remove the peak.")
    try:
        peak.clock.over(clock)
    except ValidationError as error:
        for detail in error.errors():
            told = detail.get("ctx", {})
            yield Flaw(
                path,
                f"With the rest of the clock this does not fit together: {told.get('what', detail['msg'])}",
                str(told.get("remedy", "Compare it with `clock`.")),
            )
