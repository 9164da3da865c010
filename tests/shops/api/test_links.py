"""Links over HTTP: made by the chat window's system, opened by whoever holds them, withdrawn at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shops.models import BuyerLink, Shop
from tests.builders import asks, make_policy, make_shop, store
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
URL = "/api/v1/links/"


@pytest.fixture(autouse=True)
def shop():
    make_policy()
    return make_shop(hours="00:00-24:00")


def make(headers=None, **body):
    body = {"shop_id": "tea-house", "buyer_id": "bo"} | body
    headers = headers or make_token("links:write")[1]
    return Client().post(URL, body, content_type="application/json", **headers)


def test_a_link_leads_to_the_page_and_the_api_until_it_expires() -> None:
    store(asks(timezone.now() - timedelta(hours=30), text="Where is it?"))
    answer = make(valid_days=2)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC) < timedelta(days=2)
    assert Client().get(made["url"]).status_code == 200
    receipt = Client().get(f"/api/v1/receipts/{made['token']}/")
    assert receipt.status_code == 200, receipt.content
    assert receipt["Cache-Control"] == "no-store, private"
    told = receipt.json()
    assert (told["shop_id"], told["title"], told["questions"][0]["outcome"]) == (
        "tea-house", "Not answered", "unanswered",
    )  # fmt: skip
    assert told["questions"][0]["quote"] == "Where is it?"
    assert told["questions"][0]["counted"] == "counted"


def test_a_withdrawn_and_an_expired_link_are_gone_and_an_altered_one_never_was() -> None:
    headers = make_token("links:write")[1]
    made = make(headers).json()
    one, two = (Client().delete(f"{URL}{made['code']}/", **headers) for _ in range(2))
    gone = Client().get(f"/api/v1/receipts/{made['token']}/")
    other = make(headers).json()
    BuyerLink.objects.filter(code=other["code"]).update(expires_at=timezone.now())
    expired = Client().get(f"/api/v1/receipts/{other['token']}/")
    altered = Client().get(f"/api/v1/receipts/{made['token']}x/")

    assert (one.status_code, two.status_code) == (204, 204)
    assert (gone.status_code, expired.status_code, altered.status_code) == (410, 410, 404)
    assert gone.json() == expired.json()


def test_a_shops_own_token_makes_and_withdraws_links_of_its_shop_only(shop) -> None:
    other = Shop.objects.create(code="book-nook", name="Books")
    own = make_token("links:write", shop=shop)[1]
    foreign = make(shop_id="book-nook").json()

    assert make(own).status_code == 201
    assert make(own, shop_id="book-nook").status_code == 404
    assert Client().delete(f"{URL}{foreign['code']}/", **own).status_code == 404
    assert BuyerLink.objects.get(shop=other).revoked_at is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"shop_id": None}, "/shop_id"), ({"buyer_id": ""}, "/buyer_id"), ({"buyer_id": "a\0b"}, "/buyer_id"),
        ({"buyer_id": 7}, "/buyer_id"), ({"valid_days": 0}, "/valid_days"), ({"valid_days": 91}, "/valid_days"),
        ({"conversation_id": "x" * 129}, "/conversation_id"), ({"valid_days": 10**30}, "/valid_days"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body_is_told_by_its_field(body, pointer) -> None:
    answer = make(**body)

    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_nobody_without_the_scope_makes_links() -> None:
    assert make(make_token("chat:write")[1]).status_code == 403
    assert Client().post(URL, {}, content_type="application/json").status_code == 401
    assert not BuyerLink.objects.exists()
