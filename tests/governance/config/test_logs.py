"""Logs: one event a line, of whom and what, without secrets and without what buyers wrote."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from governance.config.logging import MASK, configure_logs
from governance.config.request_log import RequestLog
from tests.screens_data import make_shop, make_user
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db

TEXT = "我的订单号是 8842，请尽快回复"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What production would write."""
    yield from _written(is_readable=False)


@pytest.fixture
def readable() -> Iterator[io.StringIO]:
    """What a trial would write."""
    yield from _written(is_readable=True)


def _written(*, is_readable: bool) -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    wanted = configure_logs(is_readable=is_readable, level="INFO")
    formatter = dict(wanted["formatters"]["events"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel("INFO")
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def events(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_id_route_account_and_time(client: Client, lines: io.StringIO) -> None:
    client.force_login(make_user("clerk"))
    client.get("/shops/?q=secret-search")
    (event,) = events(lines)
    assert event["event"] == "request_finished"
    assert event["request"] == "GET /shops/"
    assert event["user"] == "clerk"
    assert event["code"] == 200
    assert event["level"] == "info"
    assert event["duration_ms"] > 0
    assert len(event["request_id"]) == 36
    assert "secret-search" not in lines.getvalue()


def test_two_requests_have_two_ids(client: Client, lines: io.StringIO) -> None:
    client.get("/login/")
    client.get("/login/")
    first, second = events(lines)
    assert first["request_id"] != second["request_id"]


def test_neither_a_token_nor_what_a_buyer_wrote_is_logged(client: Client, lines: io.StringIO) -> None:
    make_shop("tea-house")
    token, headers = make_token("chat:write")
    row = {
        "message_id": "m-1", "conversation_id": "c-1", "shop_id": "tea-house", "buyer_id": "buyer-4711",
        "sender": "buyer", "sent_at": "2026-05-04T10:00:00Z", "text": TEXT,
    }  # fmt: skip
    answer = client.post("/api/v1/chat/messages/", json.dumps([row]), content_type="application/json", **headers)
    assert answer.json()["accepted"] == 1
    client.post("/api/v1/chat/messages/", f'[{{"text": "{TEXT}"', content_type="application/json", **headers)

    written = lines.getvalue()
    assert str(token) in written  # who it was is told, by the public part
    for hidden in ("a-secret-of-tests", TEXT, "buyer-4711"):
        assert hidden not in written


def test_a_buyers_link_is_logged_as_a_route(client: Client, lines: io.StringIO) -> None:
    client.get("/r/abcdefghijklmnop/")
    client.get("/api/v1/receipts/abcdefghijklmnop/")
    assert [event["request"] for event in events(lines)] == ["GET /r/<str:token>/", "GET /api/v1/receipts/<str:token>/"]
    assert "abcdefghijklmnop" not in lines.getvalue()


def test_the_routine_of_probes_is_not_logged(client: Client, lines: io.StringIO) -> None:
    for address in ("/healthz", "/readyz"):
        client.get(address)
    assert lines.getvalue() == ""


def test_a_failure_is_logged_once_with_its_trace_and_without_values(lines: io.StringIO) -> None:
    request = RequestFactory().get("/shops/", {"q": "x"})

    def fail(_request: Any) -> Any:
        try:
            raise IntegrityError("duplicate key\nDETAIL:  Key (email)=(lin@example.org) already exists.")  # noqa: TRY301
        except IntegrityError:
            got_request_exception.send(sender=None, request=request)
        return HttpResponse(status=500)

    RequestLog(fail)(request)
    failed = [event for event in events(lines) if event["event"] == "request_failed"]
    assert failed
    assert "IntegrityError" in failed[0]["exception"]
    assert "lin@example.org" not in lines.getvalue()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Authorization: Bearer key00001.abc-DEF", f"Authorization: Bearer {MASK}"),
        ("postgres://openline:hunter2@db:5432/x", f"postgres://openline:{MASK}@db:5432/x"),
        ("redis://:hunter2@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        ("GET /r/AbCd12/ and /api/v1/links/XyZ/", f"GET /r/{MASK}/ and /api/v1/links/{MASK}/"),
        ("signed with whsec_MfKQ9r8GKYqrTwjU=", f"signed with whsec_{MASK}"),
        ("https://example.org:8000/shops/", "https://example.org:8000/shops/"),
        ("16 shards were settled", "16 shards were settled"),
    ],
)
def test_what_looks_like_a_secret_is_masked(lines: io.StringIO, said: str, left: str) -> None:
    logging.getLogger("anything").warning(said)
    structlog.get_logger("anything").warning("told", note=said, password="hunter2")
    plain, told = events(lines)
    assert plain["event"] == left
    assert told["note"] == left
    assert told["password"] == MASK


def test_what_code_binds_stands_on_every_line_of_it(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(run=7, step="settle 2026-05-04 3"):
        logging.getLogger("shops.actions").info("settled %d days", 2)
    (event,) = events(lines)
    assert (event["run"], event["step"], event["event"]) == (7, "settle 2026-05-04 3", "settled 2 days")


def test_a_trial_reads_sentences_with_traces(readable: io.StringIO) -> None:
    try:
        int("no such day")
    except ValueError:
        logging.getLogger("shops").exception("It failed")
    assert "It failed" in readable.getvalue()
    assert "ValueError: invalid literal" in readable.getvalue()


def test_production_writes_json_and_a_trial_does_not() -> None:
    assert settings.LOGGING["root"]["level"] == "INFO"
    renderers = [
        type(configure_logs(is_readable=is_readable, level="INFO")["formatters"]["events"]["processors"][-1]).__name__
        for is_readable in (False, True)
    ]
    assert renderers == ["JSONRenderer", "ConsoleRenderer"]
