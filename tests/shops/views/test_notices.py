"""Notices: who sees which, who marks them as read, and the count in the head of every page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from shops.models import Agent, Member, Notice, Shop, User
from tests.builders import ANN, BEA, BOOKS, at, make_shop
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea() -> Shop:
    return make_shop()


def member(shop: Shop, role: str, agent: Agent | None = None) -> Client:
    user = User.objects.create_user(f"{role}-{shop.code}-{agent or ''}")
    Member.objects.create(user=user, shop=shop, role=role, agent=agent)
    client = Client()
    client.force_login(user)
    return client


def tell(shop: Shop, reference: str, agent: Agent | None = None, kind: str = "decision") -> Notice:
    return Notice.objects.create(
        shop=shop, agent=agent, kind=kind, reference=reference, created_at=at("10:00"),
        title_en=f"About {reference}", title_zh_hans=f"关于{reference}",
        text_en=f"Text of {reference}\nand more", text_zh_hans=f"{reference}的正文",
    )  # fmt: skip


def seen(client: Client, path: str = "/notices/") -> set[str]:
    page = client.get(path).content.decode()
    return {notice.reference for notice in Notice.objects.all() if f"Text of {notice.reference}<br>" in page}


def test_each_role_sees_its_own(tea) -> None:
    ann, bea = tea.agents.get(code=ANN), tea.agents.get(code=BEA)
    tell(tea, "shop")
    tell(tea, "ann", ann)
    tell(tea, "bea", bea)
    tell(make_shop(BOOKS), "other")

    assert seen(member(tea, "owner")) == {"shop", "ann", "bea"}
    assert seen(member(tea, "manager")) == {"shop", "ann", "bea"}
    assert seen(member(tea, "viewer")) == {"shop"}
    assert seen(member(tea, "agent", ann)) == {"ann"}


def test_what_shop_and_agent_are_told_alike_is_listed_once_for_the_owner(tea) -> None:
    ann = tea.agents.get(code=ANN)
    tell(tea, "both", ann)
    tell(tea, "both")

    page = member(tea, "owner").get("/notices/").content.decode()
    assert page.count("Text of both<br>") == 1


def test_the_head_of_every_page_counts_what_is_unread_and_the_owner_reads_for_the_shop(tea) -> None:
    ann = tea.agents.get(code=ANN)
    first = tell(tea, "one")
    tell(tea, "two")
    tell(tea, "hers", ann)
    owner, agent, viewer = member(tea, "owner"), member(tea, "agent", ann), member(tea, "viewer")

    def count(client: Client) -> str:
        page = client.get("/notices/").content.decode()
        return page.split('site-bell-count">')[1][0] if "site-bell-count" in page else ""

    assert (count(owner), count(agent), count(viewer)) == ("2", "1", "")

    owner.post("/notices/read/", {"notice": first.pk})
    assert count(owner) == "1"
    assert "Read by owner-" in owner.get("/notices/").content.decode()
    owner.post("/notices/read/")
    assert (count(owner), count(agent)) == ("", "1")  # what is hers only she can read
    first.refresh_from_db()
    assert first.read_by.username == f"owner-{tea.code}-"


@pytest.mark.parametrize("role", ["viewer", "owner"])
def test_nobody_marks_what_is_not_addressed_to_them(tea, role) -> None:
    other = tell(make_shop(BOOKS), "other")
    hers = tell(tea, "hers", tea.agents.get(code=ANN))
    shops = tell(tea, "shops")
    client = member(tea, role)
    for notice in (other, hers, *([shops] if role == "viewer" else [])):
        client.post("/notices/read/", {"notice": notice.pk})
    client.post("/notices/read/", {"notice": "x"})

    assert not Notice.objects.exclude(read_at=None).exists()


def test_notices_are_in_the_readers_language(tea) -> None:
    tell(tea, "one")
    with translation.override("zh-hans"):
        page = member(tea, "owner").get("/notices/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert "one的正文" in page
    assert "Text of one" not in page


def test_a_long_list_is_read_page_by_page_at_the_same_cost(tea, django_assert_max_num_queries) -> None:
    client = member(tea, "owner")
    for number in range(45):
        tell(tea, f"n{number:02d}")
    pages, path, older = [], "/notices/", 'href="/notices/?before='
    for _page in range(3):
        with django_assert_max_num_queries(5):  # session, user, the notices, whose they are, the count
            page = client.get(path).content.decode()
        pages.append(page.count("site-notice-text"))
        path = "/notices/?before=" + page.partition(older)[2].split('"')[0]
    assert pages == [20, 20, 5]
    assert older not in page


def test_visitors_sign_in_first_and_staff_have_their_own_list(tea) -> None:
    assert Client().get("/notices/").status_code == 302
    assert Client().post("/notices/read/").url.startswith("/login/")
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff"))
    assert staff.get("/notices/").url == "/admin/shops/notice/"
    assert member(tea, "owner").get("/notices/read/").status_code == 405


def test_the_api_tells_a_shops_notices_by_pages_to_those_who_may_see_them(tea, django_assert_num_queries) -> None:
    for number in range(5):
        tell(tea, f"n{number}")
    tell(tea, "hers", tea.agents.get(code=ANN))
    headers = make_token("notices:read", shop=tea)[1]
    path = f"/api/v1/shops/{tea.code}/notices/"

    first = Client().get(f"{path}?page_size=4", **headers).json()
    with django_assert_num_queries(3):  # the token, the shop, the page
        rest = Client().get(first["next"], **headers).json()

    assert [each["reference"] for each in first["results"] + rest["results"]] == ["hers", "n4", "n3", "n2", "n1", "n0"]
    assert (first["results"][0]["agent_id"], first["results"][1]["agent_id"]) == (ANN, None)
    assert rest["next"] is None
    agent = member(tea, "agent", tea.agents.get(code=BEA))
    assert agent.get(path).json()["results"] == []
    stranger = member(make_shop(BOOKS), "owner")
    assert stranger.get(path).status_code == 404
    assert Client().get(path, **make_token("chat:write")[1]).status_code == 403
    assert Client().get(path).status_code == 401
