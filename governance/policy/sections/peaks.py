"""The peak calendar: other targets and deadlines on named days."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from governance.policy.sections.base import Section, Title
from shops.chat.standard import ClockStandard, WholeNumber


def _as_date(value: object) -> object:
    """A date out of its ISO form; nothing else is one."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif type(value) is date:
        return value
    raise PydanticCustomError(
        "unsound",
        "{what}",
        {"what": f"{value!r:.60} is not a date.", "remedy": "Write it as 2026-11-11.", "field": None},
    )


Day = Annotated[date, BeforeValidator(_as_date)]


class PeakClock(Section):
    """What of the clock is different on a peak's days; None leaves it as it is."""

    answer_window_hours: WholeNumber | None = Field(default=None, ge=1, le=720)
    target_seconds: WholeNumber | None = Field(default=None, ge=1)
    cap_seconds: WholeNumber | None = Field(default=None, ge=1)
    off_hours_answer_seconds: WholeNumber | None = Field(default=None, ge=1)

    def over(self, clock: ClockStandard) -> ClockStandard:
        """The clock of a peak's days. Raises pydantic.ValidationError where it does not fit together."""
        return ClockStandard.model_validate(clock.model_dump() | self.model_dump(exclude_none=True))


class Peak(Section):
    """Named days with a clock of their own: local dates of each shop, both included."""

    title: Title
    first_on: Day
    last_on: Day
    clock: PeakClock
