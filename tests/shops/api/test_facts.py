"""Cases, outages, feedback and control totals over HTTP: the good rows written, the bad ones told, again the same."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from shops.models import AfterSalesCase, ControlTotal, Escalation, Feedback, Outage, Shop
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db

FACTS = {
    "cases": {
        "case_id": "k1", "shop_id": "s1", "buyer_id": "b1", "kind": "refund", "opened_at": "2026-05-01T10:00:00Z",
    },
    "outages": {"outage_id": "o1", "starts_at": "2026-05-01T10:00:00Z", "ends_at": "2026-05-01T11:00:00Z"},
    "feedback": {
        "conversation_id": "c1", "shop_id": "s1", "buyer_id": "b1", "rated_at": "2026-05-01T10:00:00Z", "stars": 2,
    },
    "chat/totals": {"shop_id": "s1", "on": "2026-05-01", "messages": 7},
}  # fmt: skip


@pytest.fixture(autouse=True)
def shop():
    return Shop.objects.create(code="s1", name="Tea")


def send(route, rows, headers=None):
    headers = headers or make_token("facts:write", "chat:write")[1]
    return Client().post(f"/api/v1/{route}/", rows, content_type="application/json", **headers)


@pytest.mark.parametrize("route", FACTS)
def test_a_fact_is_written_once_however_often_it_is_sent(route) -> None:
    first, again = send(route, [FACTS[route]]), send(route, [FACTS[route]])

    assert first.status_code == 200, first.content
    assert (first.json()["accepted"], first.json()["repeated"]) == (1, 0)
    assert (again.json()["accepted"], again.json()["repeated"], again.json()["changed"]) == (0, 1, 0)


@pytest.mark.parametrize("route", FACTS)
def test_a_bad_row_is_told_and_spoils_no_other(route) -> None:
    bad = {name: value for name, value in FACTS[route].items() if name not in {"shop_id", "outage_id"}}
    answer = send(route, [bad, FACTS[route], {"nonsense": 1}]).json()

    assert (answer["rows"], answer["accepted"], answer["rejected"]) == (3, 1, 2)
    assert [reject["index"] for reject in answer["rejects"]] == [0, 2]
    assert answer["more_rejects"] == 0


def test_what_was_sent_is_what_is_kept() -> None:
    for route, fact in FACTS.items():
        send(route, [fact])

    assert AfterSalesCase.objects.get().opened_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert Escalation.objects.get().reference == "k1"
    assert Outage.objects.get().hits_all_shops
    assert Feedback.objects.get().stars == 2
    total = ControlTotal.objects.get()
    assert (total.on, total.messages, total.counted, total.is_met()) == (date(2026, 5, 1), 7, None, False)


def test_a_corrected_control_total_replaces_the_first_and_keeps_what_was_counted() -> None:
    send("chat/totals", [FACTS["chat/totals"]])
    ControlTotal.objects.update(counted=8)
    answer = send("chat/totals", [FACTS["chat/totals"] | {"messages": 8}]).json()

    assert answer["changed"] == 1
    assert ControlTotal.objects.get().is_met()


@pytest.mark.parametrize("route", FACTS)
def test_only_the_right_tokens_may_state_facts(route, shop) -> None:
    wrong = make_token("links:write")[1]
    own = make_token("facts:write", "chat:write", shop=shop)[1]

    assert send(route, [FACTS[route]], wrong).status_code == 403
    assert send(route, [FACTS[route]], own).status_code == 403
