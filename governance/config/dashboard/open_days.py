"""Dates that can still change, and why. Looking takes time with many shops, so that it is done once in a while only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.core.cache import cache
from django.utils.translation import get_language, ngettext
from redis.exceptions import RedisError

from governance.config.dashboard.figures import Alert, list_url
from shops.actions.open_days import find_open_days
from shops.chat.log import LogError
from shops.models import ComputedDay, ControlTotal
from shops.views.figures import count_in_words

KEPT_SECONDS: Final = 120
SHOWN: Final = 8

Found = list[tuple[date, list[str], bool]]
"""Dates, why they are open, and whether a sender's control totals hold them back."""


@dataclass(frozen=True, slots=True)
class OpenDay:
    """One of them."""

    on: date
    why: list[str]
    url: str


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The section; the oldest dates first."""

    rows: list[OpenDay]
    url: str
    has_any: bool
    left_out: int = 0
    alerts: list[Alert] = field(default_factory=list)


def open_days(now: datetime) -> OpenDays:
    """Dates of the last weeks that are not final or will not stay as they are."""
    url = list_url(ComputedDay, is_final__exact=0)
    has_any = ComputedDay.objects.exists()
    try:
        found = _find(now) if has_any else []
    except LogError as error:
        return OpenDays([], url, has_any, alerts=[Alert(str(error), url, "worst")])
    rows = [OpenDay(on, why, list_url(ComputedDay, on=on.isoformat())) for on, why, _is_held in found[:SHOWN]]
    held = sum(is_held for _on, _why, is_held in found)
    alerts = []
    if held:
        told = ngettext(
            "%(count)s day is held back by control totals that the log does not match.",
            "%(count)s days are held back by control totals that the log does not match.",
            held,
        )
        alerts.append(Alert(told % {"count": count_in_words(held)}, list_url(ControlTotal)))
    return OpenDays(rows, url, has_any, len(found) - len(rows), alerts)


def _find(now: datetime) -> Found:
    key = f"open-days:{get_language()}"
    with suppress(RedisError, OSError):
        kept: Found | None = cache.get(key)
        if kept is not None:
            return kept
    found = [(day.on, day.reasons(now), bool(day.unmet_shops or day.missing_shops)) for day in find_open_days(now)]
    with suppress(RedisError, OSError):
        cache.set(key, found, timeout=KEPT_SECONDS)
    return found
