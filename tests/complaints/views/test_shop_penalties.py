"""A shop's points and penalties: the bar to the next node, the spans, what is owed, the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.views.shop_penalties import limits_in_words, state_of_penalty
from governance.actions.decide_violation import Ruling, decide_violation
from governance.models import Penalty
from governance.policy.reasons import Statement
from tests.builders import ANN, BOOKS, make_shop
from tests.complaints.views.cast import member, open_market, signed_in, staff

pytestmark = pytest.mark.django_db
PAGE = "/shops/tea-house/penalties/"


@pytest.fixture
def shop():
    return open_market()


def violate(shop, gravity="grave", clause="narrowing"):
    ruling = Ruling(facts=Statement("Facts", "事实"), words=Statement("Words of reason", "裁定理由"))
    return decide_violation(
        shop,
        clause=clause,
        gravity=gravity,
        occurred_on=timezone.localdate(),
        ruling=ruling,
        by=staff(f"sam-{shop.decisions.count()}"),
        at=timezone.now(),
    )


def test_points_penalties_and_the_next_node_are_told(shop) -> None:
    olga = member(shop)
    before = olga.get(PAGE).content.decode()
    assert "There are none." in before
    assert "No points were ever entered." in before

    decision = violate(shop)  # 3 points
    page = olga.get(PAGE).content.decode()
    assert "+3" in page
    assert f"/shops/tea-house/decisions/{decision.code}/" in page
    assert " more point" in page
    for penalty in Penalty.objects.filter(shop=shop):
        assert penalty.code in page
    chinese = olga.get(PAGE, headers={"accept-language": "zh-CN"})
    assert chinese.status_code == 200


def test_training_instead_of_points_is_listed_as_owed(shop) -> None:
    violate(shop, "mild", "no_answer")
    page = member(shop).get(PAGE).content.decode()
    assert "What the shop owes" in page
    assert "Training" in page
    assert "due by" in page


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("viewer", 200), ("agent", 404)])
def test_who_sees_the_penalties(shop, role, status) -> None:
    agent = {"agent": shop.agents.get(code=ANN)} if role == "agent" else {}
    assert member(shop, role, **agent).get(PAGE).status_code == status


def test_another_shops_people_and_staff_without_permission_find_nothing(shop) -> None:
    assert member(make_shop(BOOKS), name="boris").get(PAGE).status_code == 404
    assert signed_in(staff("nil", "shops.view_shop")).get(PAGE).status_code == 404
    assert signed_in(staff("pia", "shops.view_shop", "governance.view_penalty")).get(PAGE).status_code == 200


def test_a_penaltys_state_is_told_to_the_instant() -> None:
    now = timezone.now()
    penalty = Penalty(starts_at=now, ends_at=now + timedelta(days=1), may_list=False, keyword_limit=0)

    assert state_of_penalty(penalty, now - timedelta(microseconds=1))[0] == "still to come"
    assert state_of_penalty(penalty, now)[0] == "in force"
    assert state_of_penalty(penalty, now + timedelta(days=1))[0] == "over"
    penalty.suspended_at = penalty.paused_at = now
    assert state_of_penalty(penalty, now)[0] == "suspended while an appeal is open"
    penalty.reversed_at = now
    assert state_of_penalty(penalty, now)[0] == "taken back"
    assert limits_in_words(penalty) == ["keyword rules: at most 0", "no goods listed"]


def test_the_page_costs_the_same_queries_for_two_decisions_as_for_five(shop) -> None:
    olga = member(shop)
    violate(shop)
    violate(shop)
    olga.get(PAGE)
    with CaptureQueriesContext(connection) as two:
        olga.get(PAGE)
    for _number in range(3):
        violate(shop, "mild")
    with CaptureQueriesContext(connection) as five:
        olga.get(PAGE)
    assert len(two) == len(five)
