"""The service clock of the platform's own desk: the policy's desk hours, without the platform's holidays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from governance.policy.sections.redress import RedressRules
from shops.chat.calendars import CalendarKey
from shops.chat.clock import ServiceClock, parse_hours, to_ms
from shops.models import Holiday

REACH: Final = timedelta(days=1_500)
"""How far ahead holidays matter: 2,000 hours of the desk are about a year, and desks may be open on few days."""


def desk_clock(rules: RedressRules, since: datetime) -> ServiceClock:
    """The clock of the desk from an instant on, in the platform's time zone. One query."""
    holidays = Holiday.objects.filter(date__gte=since.date() - timedelta(days=1)).order_by("date")
    key = CalendarKey(settings.TIME_ZONE, (), (), tuple(holidays.values_list("date", "blocks")), ())
    return key.clock(to_ms(since), to_ms(since + REACH), parse_hours(rules.desk_hours) or {})


def desk_due_at(rules: RedressRules, since: datetime, hours: float) -> datetime:
    """The instant at which so many hours of the desk have passed; wall time where it never opens long enough."""
    return desk_clock(rules, since).due_at(since, hours * 3_600) or since + timedelta(hours=hours)
