"""Clients that come at the same time, against a real server: stored once, and every answer is true."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.utils import timezone

from shops.actions.service_tokens import TokenError, make_token, rotate_token
from shops.chat.log import open_log
from shops.imports.chat_batch import forget_people
from shops.models import Agent, IntakeBatch, ServiceToken, Shop
from tests.shops.api import calling

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite in memory has one writer at a time and lets nobody wait for it"
    ),
]
CLIENTS = 4


def at_once(*work):
    """Run functions in threads that start together; their results in order, exceptions included."""
    start, told = threading.Barrier(len(work)), [None] * len(work)

    def run(number):
        start.wait()
        try:
            told[number] = work[number]()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            told[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def post(server, route, headers, body):
    with closing(http.client.HTTPConnection(server.thread.host, server.thread.port, timeout=60)) as client:
        client.request("POST", f"/api/v1/{route}/", body, headers | {"Content-Type": "application/json"})
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def token(*scopes):
    return {"Authorization": calling.make_token(*scopes)[1]["HTTP_AUTHORIZATION"]}


@pytest.mark.parametrize("shards", [1, 3])
def test_the_same_batch_from_four_clients_is_stored_once(live_server, settings, shards) -> None:
    settings.CHAT_LOG_SHARDS = shards
    forget_people()
    for number in range(4):
        shop = Shop.objects.create(code=f"s{number}", name="Tea")
        Agent.objects.create(shop=shop, code="a")
    sent_at = datetime.now(UTC) - timedelta(hours=40)
    rows = [
        {
            "message_id": f"m{number}", "conversation_id": "c", "shop_id": f"s{number % 4}", "buyer_id": "b",
            "sender": "agent", "agent_id": "a", "sent_at": (sent_at + timedelta(minutes=number)).isoformat(),
        }
        for number in range(2_000)
    ]  # fmt: skip
    body, headers = json.dumps(rows).encode(), token("chat:write")

    told = at_once(*[lambda: post(live_server, "chat/messages", headers, body)] * CLIENTS)

    assert [status for status, _answer in told] == [200] * CLIENTS
    answers = [answer for _status, answer in told]
    assert all(answer["accepted"] + answer["repeated"] == 2_000 for answer in answers)
    assert sum(answer["accepted"] for answer in answers) == 2_000
    days = open_log().days()
    parts = open_log().parts(days[0], days[-1])
    assert sum(pq.read_metadata(part.path).num_rows for part in parts) == 2_000
    assert IntakeBatch.objects.count() == CLIENTS


def test_the_same_facts_from_four_clients_are_stored_once(live_server) -> None:
    Shop.objects.create(code="s1", name="Tea")
    rows = [
        {
            "case_id": f"k{number}",
            "shop_id": "s1",
            "buyer_id": "b",
            "kind": "refund",
            "opened_at": "2026-05-01T10:00:00Z",
        }
        for number in range(300)
    ]
    body, headers = json.dumps(rows).encode(), token("facts:write")

    told = at_once(*[lambda: post(live_server, "cases", headers, body)] * CLIENTS)

    # A client whose transaction met another's is told to come again, and comes again.
    assert {status for status, _answer in told} <= {200, 503}
    status, answer = post(live_server, "cases", headers, body)
    assert (status, answer["accepted"], answer["repeated"]) == (200, 0, 300)


def test_two_people_who_rotate_a_token_at_once_make_one_new_token() -> None:
    now = timezone.now()
    ends = now + timedelta(days=1)
    old = make_token("chat", ["chat:write"], now=now, expires_at=ends, by=None).token

    def rotate():
        return rotate_token(old, now=now, overlap=timedelta(hours=1), expires_at=ends, by=None)

    told = at_once(rotate, rotate)

    assert sum(isinstance(each, TokenError) for each in told) == 1
    assert ServiceToken.objects.filter(replaces=old).count() == 1
