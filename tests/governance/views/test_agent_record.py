"""An agent's record: what it says, and who may read it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shops.models import Shop, User
from tests.screens_data import (
    GOOD,
    LAST_ON,
    POOR,
    make_member,
    make_policy,
    make_shop,
    make_staff,
    place_chats,
    rate,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chats(monkeypatch: pytest.MonkeyPatch) -> None:
    place_chats(monkeypatch)


@pytest.fixture
def shop() -> Shop:
    shop = make_shop("s-1", name="Green House")
    rate(shop, make_policy(), [(35, POOR)])
    return shop


@pytest.fixture
def worker(shop: Shop) -> User:
    return make_member(shop, "worker", "agent", shop.agents.get(code="a1"))


def url_of(agent: str, shop: str = "s-1") -> str:
    return reverse("agent_record", kwargs={"code": shop, "agent_code": agent})


def test_an_agent_reads_the_own_score_and_why(client: Client, shop: Shop, worker: User) -> None:
    score = shop.agents.get(code="a1").scores.get(on=LAST_ON)
    client.force_login(worker)

    page = client.get(url_of("a1")).content.decode()

    assert f"{score.points:.1f}" in page
    assert "below standard, proven" in page
    assert "Speed" in page
    assert "Really answered" not in page.split("<h3>Quality</h3>")[0].split("<h3>Speed</h3>")[0]


def test_the_record_lists_the_agents_bad_turns_in_the_shops_time(client: Client, worker: User) -> None:
    client.force_login(worker)

    page = client.get(url_of("a1")).content.decode()

    assert "2026-05-30 11:15:00" in page  # 03:15 UTC in Asia/Shanghai
    assert "c-00001" in page
    assert "14 min 59 s" in page  # 900 - 1 s


def test_no_colleague_is_named_on_an_agents_record(client: Client, worker: User) -> None:
    client.force_login(worker)

    assert "Agent 2 of Green House" not in client.get(url_of("a1")).content.decode()


def test_an_agent_finds_nobody_elses_record(client: Client, shop: Shop, worker: User) -> None:
    make_shop("s-2")
    client.force_login(worker)

    assert client.get(url_of("a2")).status_code == 404
    assert client.get(url_of("a1", "s-2")).status_code == 404
    assert client.get(url_of("nobody")).status_code == 404


def test_the_same_agent_id_at_another_shop_is_another_agent(client: Client, shop: Shop) -> None:
    other = make_shop("s-2")
    client.force_login(make_member(other, "worker-2", "agent", other.agents.get(code="a1")))

    assert client.get(url_of("a1", "s-2")).status_code == 200
    assert client.get(url_of("a1", "s-1")).status_code == 404


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
def test_the_shops_other_roles_may_read_every_record(client: Client, shop: Shop, worker: User, role: str) -> None:
    client.force_login(make_member(shop, "somebody", role))

    assert client.get(url_of("a1")).status_code == 200
    assert client.get(url_of("a2")).status_code == 200


def test_staff_may_read_it_and_strangers_must_sign_in(client: Client, shop: Shop) -> None:
    assert client.get(url_of("a1")).headers["Location"] == "/login/?next=/shops/s-1/agents/a1/"

    client.force_login(make_staff())
    assert client.get(url_of("a1")).status_code == 200


def test_an_agent_who_was_never_scored_is_told_so(client: Client) -> None:
    shop = make_shop("s-1")
    client.force_login(make_member(shop, "worker", "agent", shop.agents.get(code="a1")))

    assert "No score yet" in client.get(url_of("a1")).content.decode()


def test_the_record_costs_the_same_for_two_days_as_for_forty(client: Client) -> None:
    policy = make_policy()
    for code, days in (("few", 2), ("many", 40)):
        rate(make_shop(code), policy, [(days, GOOD)])
    client.force_login(make_staff())

    counts = []
    for code in ("few", "many"):
        with CaptureQueriesContext(connection) as queries:
            client.get(url_of("a1", code))
        counts.append(len(queries))

    assert counts[0] == counts[1]
