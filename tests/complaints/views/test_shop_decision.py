"""A decision for those whom it is about: reasons, what follows, and the appeal of the shop or the agent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.actions.decide_violation import Ruling, decide_violation
from governance.models import Appeal, Decision
from governance.policy.reasons import Statement
from tests.builders import ANN, BEA, BOOKS, make_shop
from tests.complaints.views.cast import member, open_market, signed_in, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_market()


def violate(shop, gravity="grave", agent=None, at=None):
    now = at or timezone.now()
    return decide_violation(
        shop,
        clause="narrowing",
        gravity=gravity,
        occurred_on=timezone.localdate(now),
        ruling=Ruling(
            facts=Statement("Facts seen", "已查事实"),
            words=Statement("Words of reason", "裁定理由"),
            private_note="Secret",
        ),
        agent=agent,
        by=staff("judge"),
        at=now,
    )


def place(decision):
    return f"/shops/{decision.shop.code}/decisions/{decision.code}/"


def test_reasons_facts_clause_and_what_follows_are_told_in_both_languages(shop) -> None:
    decision, olga = violate(shop), member(shop)
    page = olga.get(place(decision)).content.decode()

    for words in (
        "Words of reason",
        "Facts seen",
        "Serving a buyer worse after a case",
        "Points: +3",
        "You can appeal",
    ):
        assert words in page, words
    assert "Secret" not in page
    chinese = olga.get(place(decision), headers={"accept-language": "zh-CN"}).content.decode()
    assert "裁定理由" in chinese
    assert "已查事实" in chinese


def test_the_shop_appeals_once_and_reads_how_it_stands(shop) -> None:
    decision, olga = violate(shop), member(shop)

    assert olga.post(place(decision), {"text": " "}).status_code == 422
    assert olga.post(place(decision), {"text": "We did answer"}).status_code == 302
    appeal = Appeal.objects.get()
    assert (appeal.who, appeal.filed_by.username, appeal.shop) == ("shop", "olga", shop)
    page = olga.get(place(decision)).content.decode()
    assert "We did answer" in page
    assert "You can appeal" not in page
    again = olga.post(place(decision), {"text": "Again"})
    assert again.status_code == 422
    assert Appeal.objects.count() == 1


def test_after_the_last_day_there_is_no_form_and_no_appeal(shop) -> None:
    decision, olga = violate(shop, at=timezone.now() - timedelta(days=182)), member(shop)

    assert "You can appeal" not in olga.get(place(decision)).content.decode()
    assert olga.post(place(decision), {"text": "Too late"}).status_code == 422
    assert not Appeal.objects.exists()


def test_the_agent_concerned_reads_and_appeals_and_the_other_one_finds_nothing(shop) -> None:
    ann, bea = shop.agents.get(code=ANN), shop.agents.get(code=BEA)
    decision = violate(shop, agent=ann)
    hers, others = member(shop, "agent", "ann", agent=ann), member(shop, "agent", "bea", agent=bea)

    page = hers.get(place(decision)).content.decode()
    assert "Words of reason" in page
    assert "Points: +3" not in page
    assert hers.post(place(decision), {"text": "It was not me"}).status_code == 302
    assert (Appeal.objects.get().who, Appeal.objects.get().agent) == ("agent", ann)
    assert others.get(place(decision)).status_code == 404
    assert others.post(place(decision), {"text": "x"}).status_code == 404


def test_viewers_and_staff_read_but_do_not_appeal(shop) -> None:
    decision = violate(shop)
    viewer = member(shop, "viewer", "vera")
    reader = signed_in(staff("rob", "shops.view_shop", "governance.view_decision"))

    for client in (viewer, reader):
        page = client.get(place(decision))
        assert page.status_code == 200
        assert "You can appeal" not in page.content.decode()
        assert client.post(place(decision), {"text": "x"}).status_code == 404
    assert signed_in(staff("nil", "shops.view_shop")).get(place(decision)).status_code == 404


def test_held_decisions_and_another_shops_are_not_found(shop) -> None:
    held = violate(shop, "severe")
    olga = member(shop)
    assert Decision.objects.held().get() == held
    assert olga.get(place(held)).status_code == 404
    books = make_shop(BOOKS)
    boris = member(books, name="boris")
    assert boris.get(place(held)).status_code == 404
    assert boris.get(f"/shops/book-nook/decisions/{held.code}/").status_code == 404
    assert Client().get(place(held)).status_code == 302
    assert olga.get("/shops/tea-house/decisions/D-none/").status_code == 404
    assert olga.get("/shops/tea-house/decisions/D%00/").status_code == 404
