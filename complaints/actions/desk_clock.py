"""The desk's clock: when the platform works, and until when that gives it time."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from complaints.actions.errors import ComplaintError
from governance.models import Policy
from governance.policy.sections.redress import RedressRules
from shops.chat.clock import ServiceClock, parse_hours
from shops.models import Holiday

HOUR_SECONDS = 3_600


def policy_at(at: datetime) -> Policy:
    """The policy by which complaints are taken at an instant. Raises ComplaintError where none is published."""
    policy = Policy.objects.in_force_on(at.date())
    if policy is None:
        raise ComplaintError(_("No policy is in force, so nobody can say by when this is answered. Publish one first."))
    return policy


def local_date(at: datetime) -> date:
    """The platform's date at an instant."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


class DeskClock:
    """When the desk works: the policy's hours in the platform's time zone, declared holidays left out. One query."""

    def __init__(self, redress: RedressRules) -> None:
        weekly = parse_hours(redress.desk_hours) or {}
        # A holiday's blocks say when shops still answer; the platform's desk is closed on it.
        closed: dict[date, list[tuple[str, str]]] = {day: [] for day in Holiday.objects.values_list("date", flat=True)}
        self._clock = ServiceClock(settings.TIME_ZONE, weekly, closed)
        self.day_seconds = _usual_day(weekly)

    def due_at(self, start: datetime, seconds: float) -> datetime:
        """The instant at which the desk has worked so many seconds since `start`.

        A desk that never opens again would leave a complaint without a deadline: wall time counts then.
        """
        return self._clock.due_at(start, seconds) or start + timedelta(seconds=seconds)

    def seconds_left(self, at: datetime, due_at: datetime) -> int:
        """Seconds of the desk's time from an instant to a deadline, 0 once it is over."""
        return math.ceil(self._clock.elapsed_seconds(at, due_at))


def _usual_day(weekly: dict[int, list[tuple[str, str]]]) -> float:
    """Seconds that the desk works on a day on which it is open, on average of a week."""
    # Monday, 1 January 2001, in a calendar without holidays and changes of the clock.
    monday = datetime(2001, 1, 1, tzinfo=ZoneInfo("UTC"))
    clock = ServiceClock("UTC", weekly)
    worked = clock.elapsed_seconds(monday, monday + timedelta(days=7))
    days = sum(1 for blocks in weekly.values() if blocks)
    return worked / days if days else 24.0 * HOUR_SECONDS
