"""Limits of how often and how much a caller sends, counted by minute in the cache that all processes share.

Without Redis each process has a cache of its own and counts for itself: the limits are then per process. Where Redis
does not answer nothing is counted and everybody is let in: messages that were refused could be lost, and a limit
protects only against haste. How often that happened is a metric, and logged once a pause.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.core.cache import cache
from prometheus_client import Counter
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shops.api.authentication import token_of
from shops.models import ServiceToken

logger = logging.getLogger(__name__)

MINUTE: Final = 60
PERSON_REQUESTS_PER_MINUTE: Final = 300
"""For whoever comes without a service token: by account, or by address."""
PAUSE_SECONDS: Final = 10
"""How long a process does without a cache that did not answer, so that requests need not wait for it one by one."""

UNCOUNTED: Final = Counter("openline_limits_uncounted", "Requests let in uncounted, since the cache did not answer")


class TokenThrottle(BaseThrottle):
    """Requests a minute: a token's own limit, or PERSON_REQUESTS_PER_MINUTE."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """True within the limit."""
        token = token_of(request)
        if token is not None:
            return _count(f"requests:token:{token.pk}", 1) <= token.requests_per_minute
        who = f"user:{request.user.pk}" if request.user and request.user.is_authenticated else self.get_ident(request)
        return _count(f"requests:{who}", 1) <= PERSON_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return _seconds_left()


def take_rows(token: ServiceToken, rows: int) -> None:
    """Count the rows of a request against the token's limit of this minute. Raises Throttled beyond it.

    A request larger than the whole limit is let in where it is the first of its minute, or it never could be sent.
    """
    counted = _count(f"rows:token:{token.pk}", rows)
    if counted > token.rows_per_minute and counted > rows:
        raise Throttled(wait=_seconds_left())


def _seconds_left() -> float:
    return MINUTE - time.time() % MINUTE


_paused_until = 0.0


def _count(name: str, amount: int) -> int:
    """Add to a counter of the present minute; return what it has come to, or 0 where the cache does not answer."""
    global _paused_until  # noqa: PLW0603 - one pause for the whole process
    if time.monotonic() < _paused_until:
        UNCOUNTED.inc()
        return 0
    key = f"throttle:{name}:{int(time.time() // MINUTE)}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return int(cache.incr(key, amount))
    except ValueError:  # The key was dropped between the two calls.
        return amount
    except (RedisError, OSError) as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        UNCOUNTED.inc()
        logger.warning("Limits are not counted for %d s: the cache does not answer: %s", PAUSE_SECONDS, error)
        return 0


def forget_pause() -> None:
    """Ask the cache again with the next request (tests, which take it away and bring it back)."""
    global _paused_until  # noqa: PLW0603 - see above
    _paused_until = 0.0
