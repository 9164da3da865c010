"""The desk's clock, and the policy by which complaints are taken."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.actions.errors import ComplaintError
from governance.actions.desk_clock import desk_clock
from governance.models import Policy
from governance.policy.sections.redress import RedressRules
from shops.chat.clock import ServiceClock, parse_hours

HOUR_SECONDS: Final = 3_600
REACHES_BACK: Final = timedelta(days=366)
"""How long before an instant deadlines may have begun whose end is asked for."""


def policy_at(at: datetime) -> Policy:
    """The policy in force on the platform's date. Raises ComplaintError where none is published."""
    policy = Policy.objects.in_force_on(timezone.localdate(at))
    if policy is None:
        raise ComplaintError(_("No policy is in force, so nobody can say by when this is answered. Publish one first."))
    return policy


class DeskClock:
    """When the desk works, around an instant. One query."""

    def __init__(self, redress: RedressRules, at: datetime) -> None:
        self._clock = desk_clock(redress, at - REACHES_BACK)
        self.day_seconds = _usual_day(redress)

    def due_at(self, start: datetime, seconds: float) -> datetime:
        """The instant at which the desk has worked so many seconds since `start`.

        A desk that never opens again would leave a complaint without a deadline: wall time counts then.
        """
        return self._clock.due_at(start, seconds) or start + timedelta(seconds=seconds)

    def seconds_left(self, at: datetime, due_at: datetime) -> int:
        """Seconds of the desk's time from an instant to a deadline, 0 once it is over."""
        return math.ceil(self._clock.elapsed_seconds(at, due_at))

    def started_by(self, at: datetime, seconds: float) -> datetime:
        """The latest instant from which the desk has worked so many seconds until `at`."""
        low, high = at - REACHES_BACK, at
        while high - low > timedelta(microseconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if self.due_at(middle, seconds) <= at else (low, middle)
        return low


def _usual_day(redress: RedressRules) -> float:
    """Seconds that the desk works on a day on which it is open, on average of a week."""
    weekly = parse_hours(redress.desk_hours) or {}
    # Monday, 1 January 2001, in a calendar without holidays and changes of the clock.
    monday = datetime(2001, 1, 1, tzinfo=ZoneInfo("UTC"))
    worked = ServiceClock("UTC", weekly).elapsed_seconds(monday, monday + timedelta(days=7))
    days = sum(1 for blocks in weekly.values() if blocks)
    return worked / days if days else 24.0 * HOUR_SECONDS
