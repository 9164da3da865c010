"""Lets probes in before anything asks which host they called or whether they came by https."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from governance.config.health import healthz, metrics, readyz

PROBES: Final[dict[str, Callable[[HttpRequest], HttpResponse]]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class Probes:
    """Answers probes at once: they call machines by their inner addresses, without https, and need no session.

    People come with a cookie and take the usual way, on which their session is looked up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The probe's answer, or whatever comes next."""
        probe = PROBES.get(request.path)
        return self.get_response(request) if probe is None or request.COOKIES else probe(request)
