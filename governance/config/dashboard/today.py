"""Today so far, by the provisional figures of the hourly run, beside the same weekday of the last weeks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from governance.config.dashboard.figures import Alert, Figure, list_url
from governance.config.dashboard.platform_days import ComputedOn, PlatformDay, computed_on, platform_days
from shops.chat.clock import from_ms
from shops.chat.days import DayFiles
from shops.chat.engine import EngineError, connect
from shops.chat.log import LogError, open_log
from shops.models import Run, ShopDay
from shops.views.figures import count_in_words, decimal_in_words, rate_in_words, seconds_in_words

logger = logging.getLogger(__name__)

WEEKS: Final = 4
OPEN_DATES: Final = 3
"""Turns that wait are those of these newest local dates at most: a turn waits a day and time zones lie a day apart."""
FEW_TURNS: Final = 100
"""Fewer settled turns than these are compared with nothing."""
LARGE_DIFFERENCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Today:
    """The section. Without figures it says what to do instead."""

    on: date
    as_of: str
    figures: list[Figure]
    runs_url: str
    alerts: list[Alert] = field(default_factory=list)


def today(now: datetime) -> Today:
    """The rates of the platform's local date against the mean of the last WEEKS same weekdays, and who waits now."""
    on = timezone.localdate(now)
    before = [on - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    recent = [on - timedelta(days=days) for days in range(-1, OPEN_DATES - 1)]
    known = computed_on([on, *before, *recent])
    days = platform_days([on, *before, *recent], known)
    runs_url = list_url(Run, kind__exact=Run.Kind.HOURLY)
    present = days.get(on)
    if present is None:
        return Today(on, "", [], runs_url)
    usual = [days[day] for day in before if day in days and (day not in known or known[day].is_final)]
    figures = [
        _rate(_("Answered on time today"), present, present.on_time_rate, [day.on_time_rate for day in usual]),
        _rate(_("Answered today"), present, present.answer_rate, [day.answer_rate for day in usual]),
        _waiting([days[day] for day in recent if day in days], known, now),
        Figure(
            _("Turns settled today"),
            count_in_words(present.settled),
            _usual_turns(usual),
            list_url(ShopDay, on=on.isoformat()),
        ),
    ]
    as_of = known[on].as_of if on in known else None
    told = date_format(timezone.localtime(as_of), "H:i") if as_of else ""
    return Today(on, told, figures, runs_url)


def _rate(name: str, present: PlatformDay, rate: float | None, before: list[float | None]) -> Figure:
    """A rate of today; red or green where it lies far from the mean of the same weekdays."""
    url = list_url(ShopDay, on=present.on.isoformat())
    known = [each for each in before if each is not None]
    if rate is None or not known:
        return Figure(name, rate_in_words(rate), _("no same weekday to compare with yet"), url)
    mean = sum(known) / len(known)
    words = {
        "rate": rate_in_words(mean),
        "difference": f"{'+' if rate >= mean else '−'}{decimal_in_words(abs(rate - mean) * 100, 1)}",
    }
    note = _("%(difference)s points; same weekday: %(rate)s") % words
    is_far = present.settled >= FEW_TURNS and abs(rate - mean) >= LARGE_DIFFERENCE
    return Figure(name, rate_in_words(rate), note, url, ("best" if rate > mean else "worst") if is_far else "")


def _usual_turns(usual: list[PlatformDay]) -> str:
    if not usual:
        return _("so far")
    mean = sum(day.settled for day in usual) / len(usual)
    return _("so far; same weekday in all: %(count)s") % {"count": count_in_words(round(mean))}


def _waiting(days: list[PlatformDay], known: Mapping[date, ComputedOn], now: datetime) -> Figure:
    """The turns that wait for an answer and may still get one, and since when the first of them does."""
    open_days = [day for day in days if day.pending]
    count = sum(day.pending for day in open_days)
    filters = {"pending__gt": 0} | ({"on__gte": min(day.on for day in open_days).isoformat()} if open_days else {})
    oldest = _oldest([day.on for day in open_days], known) if open_days else None
    note = (
        _("the oldest for %(span)s") % {"span": seconds_in_words((now - oldest).total_seconds() // 60 * 60)}
        if oldest
        else ""
    )
    return Figure(_("Unanswered now"), count_in_words(count), note, list_url(ShopDay, **filters))


def _oldest(dates: Iterable[date], known: Mapping[date, ComputedOn]) -> datetime | None:
    """When the first of the waiting turns of some dates was opened; kept in the cache like the sums of the dates."""
    dates = sorted(dates)
    digest = sha256("".join(f"{on}{known[on].digest}" for on in dates if on in known).encode()).hexdigest()
    key = f"oldest-pending:{digest}"
    with suppress(RedisError, OSError):
        kept: int | None = cache.get(key)
        if kept is not None:
            return from_ms(kept) if kept else None
    found = _look_for_oldest(dates)
    with suppress(RedisError, OSError):
        cache.set(key, found or 0, timeout=86_400)
    return from_ms(found) if found else None


def _look_for_oldest(dates: list[date]) -> int | None:
    found: list[int] = []
    try:
        log = open_log()
        files = DayFiles(log.root)
        with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
            for shard in range(log.shards):
                files.attach(con, dates[0], dates[-1], shard)
                row = con.execute(
                    "select min(opened_ms) from turns where state = 'pending' and counted = 'counted'"
                ).fetchone()
                found += [row[0]] if row and row[0] is not None else []
    except (LogError, EngineError, OSError) as error:
        logger.warning("Since when turns wait cannot be read: %s", error)
    return min(found, default=None)
