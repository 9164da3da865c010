"""A real receiver of webhooks on this machine, which answers as a test tells it, and a marketplace that has news."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import transaction
from django.utils import timezone

from shops.actions.publish_events import NewEvent, publish_events
from shops.actions.webhooks.endpoints import make_endpoint
from shops.models import Event, Shop, WebhookEndpoint


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)["data"]

    @property
    def told(self) -> tuple[str, int]:
        """(shop, number) of an event that `happen` made."""
        return self.data["shop_id"], self.data["number"]


@dataclass
class Receiver:
    """What came in, and how the next requests are answered: by `answer`, a status or something that acts itself."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    answer: Callable[[Received, BaseHTTPRequestHandler], int | None] = lambda _request, _handler: 204

    @property
    def told(self) -> list[tuple[str, int]]:
        return [request.told for request in self.requests]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    state, lock = Receiver(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = Received({name.lower(): value for name, value in self.headers.items()}, body)
            with lock:
                state.requests.append(request)
            status = state.answer(request, self)
            if status is not None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_shops(*codes: str) -> list[Shop]:
    return [Shop.objects.create(code=code, name=code.title()) for code in codes]


def endpoint_at(url: str, *types: str, name: str = "search") -> WebhookEndpoint:
    return make_endpoint(name, url, types, now=timezone.now(), by=None).endpoint


def happen(shop: Shop | None, *numbers: int, kind: Event.Type = Event.Type.PRIVILEGES_CHANGED) -> None:
    """Events of one shop that only carry a number, in one transaction."""
    code, pk = (shop.code, shop.pk) if shop else ("", None)
    with transaction.atomic():
        publish_events([NewEvent(kind, pk, timezone.now(), {"shop_id": code, "number": number}) for number in numbers])
