"""What agents and shops read of decisions: their own, with reasons, once they take effect."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.actions.decide import decide
from governance.actions.judge_agents import judge_agents
from governance.actions.override_decision import withdraw_decision
from governance.actions.review_decision import release_decision
from governance.models import Decision
from governance.policy.reasons import Statement
from shops.models import Shop, User
from tests.screens_data import LAST_ON, POOR, make_member, make_policy, make_shop, make_staff, place_chats, rate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chats(monkeypatch: pytest.MonkeyPatch) -> None:
    place_chats(monkeypatch)


@pytest.fixture
def shop() -> Shop:
    shop = make_shop("s-1", name="Green House")
    rate(shop, make_policy(), [(40, POOR)])
    judge_agents(LAST_ON, at=timezone.now().replace(year=2026, month=6, day=1))
    return shop


@pytest.fixture
def worker(client: Client, shop: Shop) -> User:
    worker = make_member(shop, "worker", "agent", shop.agents.get(code="a1"))
    client.force_login(worker)
    return worker


def record(client: Client, agent: str = "a1") -> str:
    return client.get(reverse("agent_record", kwargs={"code": "s-1", "agent_code": agent})).content.decode()


def test_an_agent_reads_the_reasons_of_the_own_decision(client: Client, worker: User) -> None:
    mine, others = (Decision.objects.get(agent__code=code) for code in ("a1", "a2"))

    page = record(client)

    assert "Coaching notice" in page
    assert f"name {mine.code}" in page
    assert others.code not in page


def test_an_agent_reads_the_reasons_in_the_own_language(client: Client, worker: User) -> None:
    client.cookies["django_language"] = "zh-hans"
    assert "依据条款：辅导提醒" in record(client)


def test_a_held_decision_is_on_no_page_of_agent_or_shop_before_its_release(client: Client, shop: Shop) -> None:
    held = decide(
        shop.agents.get(code="a1"),
        clause="off_duty",
        facts_first_on=LAST_ON,
        facts_last_on=LAST_ON,
        words=Statement("Insults.", "辱骂。"),
        by=make_staff("dan"),
        at=timezone.now(),
    )
    client.force_login(make_member(shop, "owner"))
    scorecard = reverse("scorecard", kwargs={"code": "s-1"})
    assert held.code not in record(client) + client.get(scorecard).content.decode()

    release_decision(held.pk, by=make_staff(), at=timezone.now(), reason="Right.")

    assert held.code in record(client)
    page = client.get(scorecard).content.decode()
    assert held.code in page
    assert "until 20" in page


def test_the_shop_reads_the_decisions_about_its_agents_by_name(client: Client, shop: Shop) -> None:
    client.force_login(make_member(shop, "owner"))

    page = client.get(reverse("scorecard", kwargs={"code": "s-1"})).content.decode()

    assert all(f"<strong>Agent {number} of Green House</strong>" in page for number in (1, 2))


def test_a_withdrawn_decision_stays_on_the_record_as_withdrawn(client: Client, shop: Shop, worker: User) -> None:
    mine = Decision.objects.get(agent__code="a1")
    words = Statement("There was an outage.", "当天平台故障。")
    withdraw_decision(mine.pk, words=words, by=make_staff(), at=timezone.now())

    page = record(client)

    assert "There was an outage." in page
    assert ">withdrawn</span>" in page
