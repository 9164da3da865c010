"""The scorecard: what it says, and who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shops.models import Member, Privileges, Shop, User
from tests.screens_data import (
    BRILLIANT,
    GOOD,
    LAST_ON,
    POOR,
    QUIET,
    make_member,
    make_policy,
    make_shop,
    make_staff,
    make_user,
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
    rate(shop, make_policy(), [(35, GOOD), (40, POOR)])
    return shop


def read(client: Client, shop: Shop, user: User) -> str:
    client.force_login(user)
    answer = client.get(reverse("scorecard", kwargs={"code": shop.code}))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_says_the_grade_the_points_and_since_when(client: Client, shop: Shop) -> None:
    rating = shop.ratings.get(on=LAST_ON)
    page = read(client, shop, make_member(shop, "owner"))

    assert rating.grade == "D"
    assert "D (poor)" in page
    assert f"since {rating.since_on.isoformat()}" in page
    assert f"{rating.points:.2f}" in page
    assert "The points lie within this grade." in page


def test_it_says_what_would_raise_the_grade(client: Client, shop: Shop) -> None:
    rating = shop.ratings.get(on=LAST_ON)
    answered = next(line for line in rating.lines if line["key"] == "answered")
    page = read(client, shop, make_member(shop, "owner"))

    assert answered["raise_to"]["target"] > 0
    assert f"{answered['raise_to']['target']} more good cases would have reached the target." in page


def test_it_names_the_window_and_the_policy(client: Client, shop: Shop) -> None:
    first_on = (LAST_ON - timedelta(days=29)).isoformat()

    assert (
        f"Judged on {LAST_ON.isoformat()} by the days from {first_on} to {LAST_ON.isoformat()}, "
        "under version 1 of the policy “General marketplace”."
    ) in read(client, shop, make_member(shop, "owner"))


def test_it_says_what_the_shop_may_do_and_what_was_taken(client: Client, shop: Shop) -> None:
    page = read(client, shop, make_member(shop, "owner"))

    assert "May stop messages by up to 5 keyword rules" in page
    assert "May not join campaigns" in page
    assert "Taken away: keyword limit, blocked buyer limit, search weight" in page


def test_every_chart_has_its_data_and_its_table(client: Client, shop: Shop) -> None:
    page = read(client, shop, make_member(shop, "owner"))

    for key in ("history", "rates", "waits"):
        assert f'<script id="chart-{key}" type="application/json">' in page
        assert f'data-source="chart-{key}"' in page
    assert page.count("Show as a table") == 4  # three charts and the dimensions


def test_the_best_shop_is_told_that_every_target_is_reached(client: Client) -> None:
    shop = make_shop()
    rate(shop, make_policy(), [(40, BRILLIANT)])

    assert "S (outstanding)" in read(client, shop, make_member(shop, "owner"))


def test_a_shop_without_messages_has_dashes_and_no_grade(client: Client) -> None:
    shop = make_shop()
    rate(shop, make_policy(), [(5, QUIET)])
    page = read(client, shop, make_member(shop, "owner"))

    assert "Not graded yet" in page
    assert "Too few turns to judge by: 0 of the 30 that a grade takes." in page


def test_a_shop_that_was_never_rated_is_told_so(client: Client) -> None:
    shop = make_shop()

    assert "No rating yet" in read(client, shop, make_member(shop, "owner"))


@pytest.mark.parametrize("role", ["owner", "manager", "viewer"])
def test_members_see_their_own_shop(client: Client, shop: Shop, role: str) -> None:
    assert "Green House" in read(client, shop, make_member(shop, "somebody", role))


def test_members_of_another_shop_find_nothing(client: Client, shop: Shop) -> None:
    client.force_login(make_member(make_shop("s-2"), "neighbour"))

    assert client.get(reverse("scorecard", kwargs={"code": shop.code})).status_code == 404


def test_strangers_are_asked_to_sign_in(client: Client, shop: Shop) -> None:
    url = reverse("scorecard", kwargs={"code": shop.code})

    assert client.get(url).headers["Location"] == f"/login/?next={url}"


def test_staff_with_the_right_may_read_it_and_others_not(client: Client, shop: Shop) -> None:
    assert "Green House" in read(client, shop, make_staff())

    client.force_login(make_user("desk", is_staff=True))
    assert client.get(reverse("scorecard", kwargs={"code": shop.code})).status_code == 404


def test_an_agent_is_sent_to_the_own_record(client: Client, shop: Shop) -> None:
    agent = shop.agents.get(code="a1")
    client.force_login(make_member(shop, "worker", "agent", agent))

    answer = client.get(reverse("scorecard", kwargs={"code": shop.code}))

    assert answer.headers["Location"] == "/shops/s-1/agents/a1/"


def test_an_owner_here_who_is_an_agent_elsewhere_sees_the_whole_shop_here_only(client: Client, shop: Shop) -> None:
    elsewhere = make_shop("s-2", name="Elsewhere")
    user = make_member(shop, "owner")
    Member.objects.create(user=user, shop=elsewhere, role="agent", agent=elsewhere.agents.get(code="a1"))

    assert "Green House" in read(client, shop, user)
    answer = client.get(reverse("scorecard", kwargs={"code": "s-2"}))
    assert answer.headers["Location"] == "/shops/s-2/agents/a1/"


def test_the_page_costs_the_same_for_two_agents_and_days_as_for_many(client: Client) -> None:
    policy = make_policy()
    small, large = make_shop("small", agents=2), make_shop("large", agents=30)
    rate(small, policy, [(2, GOOD)])
    rate(large, policy, [(40, GOOD)])
    client.force_login(make_staff())

    counts = []
    for code in ("small", "large"):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("scorecard", kwargs={"code": code}))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_names_cannot_smuggle_markup_into_the_page_or_its_charts(client: Client) -> None:
    shop = make_shop("<b>", name="</script><script>alert(1)</script>", agents=1)
    rate(shop, make_policy(), [(3, GOOD)])
    Privileges.objects.filter(shop=shop).update(grade="</script>")

    assert "<script>alert(1)" not in read(client, shop, make_member(shop, "owner"))
