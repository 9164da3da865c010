"""The log of requests, and their durations as a metric: one line and one observation for each, by its route."""

from __future__ import annotations

import time

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from governance.config.metrics import observe_request
from shops.models import ServiceToken


def route_of(request: HttpRequest) -> str:
    """The pattern that a request's path met, such as `shops/<code:code>/scorecard/`: it names nobody."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match is not None else "(no route)"


class RequestLog(RequestMiddleware):
    """One line a request: its id, who asked, by which route, the answer's code and how long it took."""

    def prepare(self, request: HttpRequest) -> None:
        """Take the time, and bind the request's id to every line until it is answered."""
        request._openline_started = time.perf_counter()  # type: ignore[attr-defined]  # noqa: SLF001
        super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Log the answer and count it."""
        seconds = time.perf_counter() - request._openline_started  # type: ignore[attr-defined]  # noqa: SLF001
        observe_request(request, response.status_code, seconds)
        structlog.contextvars.bind_contextvars(duration_ms=round(seconds * 1000, 1), **_who(request))
        super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The method and the route."""
        return f"{request.method} {route_of(request)}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Nothing: who asked is bound once it is known without another query."""


def _who(request: HttpRequest) -> dict[str, str]:
    """The account's or the token's name, where the request found out about it anyway."""
    token = getattr(request, "auth", None)
    if isinstance(token, ServiceToken):
        return {"token": str(token)}
    user = getattr(request, "_cached_user", None)
    return {"user": user.get_username()} if user is not None and user.is_authenticated else {}
