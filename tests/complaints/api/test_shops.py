"""A shop's lists over HTTP: complaints without words, penalties with their spans, for members, tokens and staff."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from governance.actions.decide_violation import Ruling, decide_violation
from governance.policy.reasons import Statement
from tests.builders import ANN, BOOKS, make_shop
from tests.complaints.views.cast import WORDS, asked, complain, member, open_market, signed_in, staff
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
COMPLAINTS, PENALTIES = "/api/v1/shops/tea-house/complaints/", "/api/v1/shops/tea-house/penalties/"


@pytest.fixture
def shop():
    shop = open_market()
    sam = staff("sam", "complaints.work_complaint")
    asked(complain(shop), sam)
    complain(shop, "eve")
    decide_violation(
        shop,
        clause="narrowing",
        gravity="grave",
        occurred_on=timezone.localdate(),
        ruling=Ruling(facts=Statement("Facts", "事实"), words=Statement("Words", "理由")),
        by=sam,
        at=timezone.now(),
    )
    return shop


def test_complaints_are_listed_once_the_shop_was_asked_and_without_words(shop) -> None:
    answer = member(shop).get(COMPLAINTS)
    rows = answer.json()["results"]

    assert (answer.status_code, len(rows), rows[0]["state"]) == (200, 1, "awaiting_shop")
    assert WORDS not in answer.content.decode()
    assert "buyer_id" not in rows[0]


def test_penalties_are_listed_with_span_and_decision(shop) -> None:
    rows = member(shop).get(PENALTIES).json()["results"]

    assert [row["reference"] for row in rows] == list(shop.penalties.order_by("-pk").values_list("code", flat=True))
    assert rows
    assert all(row["decision"] == shop.decisions.get().code for row in rows)
    assert any(row["is_in_force"] for row in rows)


@pytest.mark.parametrize(("path", "scope"), [(COMPLAINTS, "notices:read"), (PENALTIES, "privileges:read")])
def test_who_reads_the_lists(shop, path, scope) -> None:
    agent = shop.agents.get(code=ANN)
    books = make_shop(BOOKS)

    assert Client().get(path, **make_token(scope)[1]).status_code == 200
    assert Client().get(path, **make_token(scope, shop=shop)[1]).status_code == 200
    assert Client().get(path, **make_token(scope, shop=books)[1]).status_code == 404
    assert Client().get(path, **make_token("chat:write")[1]).status_code == 403
    assert Client().get(path).status_code == 401
    assert member(shop, "viewer", "vera").get(path).status_code == 200
    assert member(shop, "agent", "ann", agent=agent).get(path).status_code == 404
    assert member(books, name="boris").get(path).status_code == 404
    assert signed_in(staff("nil", "shops.view_shop")).get(path).status_code == 404
    permissions = ("shops.view_shop", "complaints.view_complaint", "governance.view_penalty")
    assert signed_in(staff("rob", *permissions)).get(path).status_code == 200
