"""Why a shop has its rating, down to the conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from shops.models import AuditEntry, Shop, User
from tests.screens_data import GOOD, LAST_ON, POOR, make_policy, make_shop, make_staff, make_user, place_chats, rate

pytestmark = pytest.mark.django_db

TALK = {"conversation": "c-00001", "turn": "m-1-1", "at": "1780110900000", "answered": "1780111799000"}


@pytest.fixture(autouse=True)
def _chats(monkeypatch: pytest.MonkeyPatch) -> None:
    place_chats(monkeypatch)


@pytest.fixture
def shop() -> Shop:
    shop = make_shop("s-1", name="Green House")
    rate(shop, make_policy(), [(35, GOOD), (40, POOR)])
    return shop


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff()
    client.force_login(user)
    return user


def test_the_list_shows_points_and_rate_and_leads_to_the_reasons(client: Client, shop: Shop, staff: User) -> None:
    rating = shop.ratings.get(on=LAST_ON)

    page = client.get(reverse("admin:shops_shop_changelist")).content.decode()

    assert f"{rating.points:.1f}" in page
    assert f"{rating.on_time / rating.settled * 100:.1f}%" in page
    assert reverse("admin:shops_shop_why", args=[shop.pk]) in page
    assert 'class="ol-pill ol-tone-worst">D<' in page


def test_the_list_can_be_ordered_by_points(client: Client, shop: Shop, staff: User) -> None:
    better = make_shop("s-0")
    rate(better, shop.ratings.get(on=LAST_ON).policy, [(3, GOOD)])
    url = reverse("admin:shops_shop_changelist")

    page = client.get(url, {"o": "5"}).content.decode()

    assert page.index(f"/shop/{shop.pk}/why/") < page.index(f"/shop/{better.pk}/why/")


def test_the_page_goes_down_to_the_turns(client: Client, shop: Shop, staff: User) -> None:
    page = client.get(reverse("admin:shops_shop_why", args=[shop.pk])).content.decode()

    for title in ("Slowest answers", "Unanswered turns", "Brushed-off turns", "What the points are made of"):
        assert title in page
    assert "/conversation/?conversation=c-00001&amp;turn=m-1-1&amp;at=1780110900000" in page


def test_a_past_rating_can_be_chosen(client: Client, shop: Shop, staff: User) -> None:
    on = LAST_ON - timedelta(days=45)

    page = client.get(reverse("admin:shops_shop_why", args=[shop.pk]), {"on": on.isoformat()}).content.decode()

    assert f"Judged on {on.isoformat()}" in page
    assert "A (good)" in page


def test_a_day_without_a_rating_is_said_so(client: Client, shop: Shop, staff: User) -> None:
    page = client.get(reverse("admin:shops_shop_why", args=[shop.pk]), {"on": "2030-01-01"}).content.decode()

    assert "The shop was not rated on 2030-01-01." in page


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-05-31T00:00"])
def test_a_day_that_is_no_date_is_not_found(client: Client, shop: Shop, staff: User, text: str) -> None:
    assert client.get(reverse("admin:shops_shop_why", args=[shop.pk]), {"on": text}).status_code == 404


def test_a_shop_that_was_never_rated_says_which_command_to_run(client: Client, staff: User) -> None:
    page = client.get(reverse("admin:shops_shop_why", args=[make_shop().pk])).content.decode()

    assert "python manage.py score --from" in page


def test_the_conversation_is_shown_in_the_shops_time_with_its_turn_marked(
    client: Client, shop: Shop, staff: User
) -> None:
    page = client.get(reverse("admin:shops_shop_conversation", args=[shop.pk]), TALK).content.decode()

    assert 'class="ol-bubble is-buyer is-turn" id="m-m-1-1"' in page
    assert 'class="ol-bubble is-agent is-answer" id="m-m-1-7"' in page
    assert 'class="ol-bubble is-buyer is-undelivered" id="m-m-1-6"' in page
    assert "11:15:00" in page  # 03:15 UTC in Asia/Shanghai
    assert "stopped by the shop&#x27;s rules" in page


def test_reading_a_conversation_is_noted_once_for_each_time(client: Client, shop: Shop, staff: User) -> None:
    url = reverse("admin:shops_shop_conversation", args=[shop.pk])

    client.get(url, TALK)
    client.get(url, TALK)

    assert (
        list(AuditEntry.objects.values_list("by", "action", "target"))
        == [(staff.pk, "read_conversation", "s-1/c-00001")] * 2
    )


@pytest.mark.parametrize(
    "query", [{}, {"conversation": "c-00001"}, {"conversation": "c-00001", "at": "-1"}, {**TALK, "at": "9" * 40}]
)
def test_an_address_that_names_no_instant_is_not_found(
    client: Client, shop: Shop, staff: User, query: dict[str, str]
) -> None:
    assert client.get(reverse("admin:shops_shop_conversation", args=[shop.pk]), query).status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["admin:shops_shop_why", "admin:shops_shop_conversation"])
def test_without_the_right_to_see_shops_neither_page_opens(client: Client, shop: Shop, name: str) -> None:
    desk = make_user("desk", is_staff=True)
    client.force_login(desk)
    assert client.get(reverse(name, args=[shop.pk]), TALK).status_code == 403

    desk.user_permissions.add(Permission.objects.get(codename="view_shop"))
    has_opened = client.get(reverse(name, args=[shop.pk]), TALK).status_code == 200
    assert has_opened == (name == "admin:shops_shop_why")


def test_reading_conversations_takes_a_right_of_its_own(client: Client, shop: Shop) -> None:
    desk = make_user("desk", is_staff=True)
    desk.user_permissions.add(Permission.objects.get(codename="view_shop"))
    client.force_login(desk)
    link = reverse("admin:shops_shop_conversation", args=[shop.pk])
    reasons = reverse("admin:shops_shop_why", args=[shop.pk])

    assert link not in client.get(reasons).content.decode()
    assert not AuditEntry.objects.exists()

    desk.user_permissions.add(Permission.objects.get(codename="read_conversation"))
    assert link in client.get(reasons).content.decode()
    assert client.get(link, TALK).status_code == 200
    assert AuditEntry.objects.get().by == desk


def test_members_of_shops_do_not_enter_the_back_office(client: Client, shop: Shop) -> None:
    client.force_login(make_user())

    answer = client.get(reverse("admin:shops_shop_why", args=[shop.pk]))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def test_the_shops_page_leads_to_the_reasons_and_the_scorecard(client: Client, shop: Shop, staff: User) -> None:
    page = client.get(reverse("admin:shops_shop_change", args=[shop.pk])).content.decode()

    assert f"/admin/shops/shop/{shop.pk}/explain" in page
    assert client.get(f"/admin/shops/shop/{shop.pk}/explain/").headers["Location"].endswith(f"/{shop.pk}/why/")
    answer = client.get(f"/admin/shops/shop/{shop.pk}/open-scorecard/")
    assert answer.headers["Location"] == "/shops/s-1/scorecard/"
