"""Limits of how often and how much a caller sends, counted by minute in the cache that all processes share.

Without Redis each process has a cache of its own and counts for itself: the limits are then per process.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shops.api.authentication import token_of
from shops.models import ServiceToken

MINUTE = 60
PERSON_REQUESTS_PER_MINUTE = 300
"""For whoever comes without a service token: by account, or by address."""


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
        return MINUTE - time.time() % MINUTE


def take_rows(token: ServiceToken, rows: int) -> None:
    """Count the rows of a request against the token's limit of this minute. Raises Throttled beyond it.

    A request larger than the whole limit is let in where it is the first of its minute, or it never could be sent.
    """
    counted = _count(f"rows:token:{token.pk}", rows)
    if counted > token.rows_per_minute and counted > rows:
        raise Throttled(wait=MINUTE - time.time() % MINUTE)


def _count(name: str, amount: int) -> int:
    """Add to a counter of the present minute; return what it has come to."""
    key = f"throttle:{name}:{int(time.time() // MINUTE)}"
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        return int(cache.incr(key, amount))
    except ValueError:  # The key was dropped between the two calls.
        return amount
