"""Dates that can still change, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from governance.config.dashboard.figures import Alert, list_url
from shops.models import ComputedDay


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One of them."""

    on: date
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The section."""

    rows: list[OpenDay]
    url: str
    has_any: bool
    alerts: list[Alert] = field(default_factory=list)


def open_days(now: datetime) -> OpenDays:
    """Dates that are not final, the oldest first."""
    rows = [
        OpenDay(on, "", list_url(ComputedDay, on=on.isoformat()))
        for on in ComputedDay.objects.filter(is_final=False).order_by("on").values_list("on", flat=True).distinct()[:8]
    ]
    return OpenDays(rows, list_url(ComputedDay, is_final__exact=0), ComputedDay.objects.exists())
