"""The platform's sums by local date: what all shops' days come to.

A date's sums are kept in the cache under what the date was computed from, so that they are added up once for each time
that it is computed, and never out of date.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Sum
from redis.exceptions import RedisError

from shops.models import ComputedDay, ShopDay

logger = logging.getLogger(__name__)

KEPT_SECONDS: Final = 90 * 86_400
SUMS: Final = ("settled", "answered", "on_time", "pending")


@dataclass(frozen=True, slots=True)
class PlatformDay:
    """The sums of one local date, as charts of rates need them."""

    on: date
    settled: int
    answered: int
    on_time: int
    pending: int

    @property
    def answer_rate(self) -> float | None:
        """Answered of settled turns."""
        return self.answered / self.settled if self.settled else None

    @property
    def on_time_rate(self) -> float | None:
        """Turns answered within the target, of settled ones."""
        return self.on_time / self.settled if self.settled else None


@dataclass(frozen=True, slots=True)
class ComputedOn:
    """What a date was computed from, in a digest, and up to when that knew the log."""

    digest: str
    as_of: datetime
    is_final: bool


def computed_on(dates: Iterable[date]) -> dict[date, ComputedOn]:
    """What is known of how some dates were computed. One query."""
    rows = ComputedDay.objects.filter(on__in=set(dates)).order_by("on", "shard")
    by_date: dict[date, list[tuple[int, str, datetime, bool]]] = defaultdict(list)
    for on, *row in rows.values_list("on", "shard", "fingerprint", "as_of", "is_final"):
        by_date[on].append(tuple(row))  # type: ignore[arg-type]
    return {
        on: ComputedOn(
            sha256(repr([(shard, fingerprint) for shard, fingerprint, _as_of, _final in shards]).encode()).hexdigest(),
            max(as_of for _shard, _fingerprint, as_of, _final in shards),
            all(is_final for *_rest, is_final in shards),
        )
        for on, shards in by_date.items()
    }


def platform_days(dates: Iterable[date], known: Mapping[date, ComputedOn]) -> dict[date, PlatformDay]:
    """The sums of those of some dates that shops have days of, oldest first. At most one query."""
    wanted = sorted(set(dates))
    keys = {on: f"platform-day:{on}:{known[on].digest}" for on in wanted if on in known}
    kept = _read(list(keys.values()))
    found = {on: PlatformDay(*kept[key]) for on, key in keys.items() if key in kept}
    missing = [on for on in wanted if on not in found]
    if missing:
        summed = _add_up(missing)
        found |= summed
        _write({keys[on]: astuple(day) for on, day in summed.items() if on in keys})
    return {on: found[on] for on in wanted if on in found}


def _add_up(dates: list[date]) -> dict[date, PlatformDay]:
    sums = (Sum(name) for name in SUMS)
    rows = ShopDay.objects.filter(on__in=dates).order_by("on").values_list("on").annotate(*sums)
    return {on: PlatformDay(on, *counts) for on, *counts in rows}


def _read(keys: list[str]) -> dict[str, Any]:
    """What the cache holds; nothing where it does not answer."""
    try:
        return cache.get_many(keys)
    except (RedisError, OSError) as error:
        logger.warning("The cache does not answer, the days are added up anew: %s", error)
        return {}


def _write(values: dict[str, Any]) -> None:
    with suppress(RedisError, OSError):
        cache.set_many(values, timeout=KEPT_SECONDS)
