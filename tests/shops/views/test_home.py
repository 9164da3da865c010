"""Where people land, and the list of a member's shops."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from shops.models import Member
from tests.screens_data import PASSWORD, make_member, make_shop, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page(client: Client) -> None:
    make_user("owner")

    asked = client.get(reverse("shops"), follow=True)
    assert asked.redirect_chain == [("/login/?next=/shops/", 302)]

    signed_in = client.post("/login/?next=/shops/", {"username": "owner", "password": PASSWORD, "next": "/shops/"})
    assert signed_in.headers["Location"] == "/shops/"


def test_a_wrong_password_is_refused_with_a_message(client: Client) -> None:
    make_user("owner")

    answer = client.post(reverse("login"), {"username": "owner", "password": "wrong"})

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_signing_out_takes_a_post(client: Client) -> None:
    client.force_login(make_user())

    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == "/login/"


def test_staff_go_to_the_back_office_and_members_to_their_shops(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get(reverse("home")).headers["Location"] == "/admin/"

    client.force_login(make_user())
    assert client.get(reverse("home")).headers["Location"] == "/shops/"


def test_a_member_of_one_shop_goes_straight_to_its_scorecard(client: Client) -> None:
    client.force_login(make_member(make_shop("one/shop"), "owner"))

    assert client.get(reverse("shops")).headers["Location"] == "/shops/one~2Fshop/scorecard/"


def test_the_list_holds_ones_own_shops_and_no_others(client: Client) -> None:
    make_shop("other")
    user = make_member(make_shop("mine-1"), "owner")
    Member.objects.create(user=user, shop=make_shop("mine-2"), role="viewer")
    client.force_login(user)

    page = client.get(reverse("shops")).content.decode()

    assert "mine-1" in page
    assert "mine-2" in page
    assert "other" not in page


def test_somebody_without_a_shop_is_told_what_to_do(client: Client) -> None:
    client.force_login(make_user())

    assert "Ask the owner of your shop" in client.get(reverse("shops")).content.decode()


def test_the_list_costs_the_same_for_two_shops_as_for_ten(client: Client, django_assert_num_queries: object) -> None:
    user = make_user()
    client.force_login(user)
    for number in range(2):
        Member.objects.create(user=user, shop=make_shop(f"s-{number}"), role="owner")
    with django_assert_num_queries(4):  # type: ignore[operator]  # session, user, shops with privileges, unread notices
        client.get(reverse("shops"))
    for number in range(2, 10):
        Member.objects.create(user=user, shop=make_shop(f"s-{number}"), role="owner")
    with django_assert_num_queries(4):  # type: ignore[operator]
        client.get(reverse("shops"))


def test_every_page_speaks_the_chosen_language(client: Client) -> None:
    chosen = client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/login/"})

    assert chosen.headers["Location"] == "/login/"
    assert '<html lang="zh-hans"' in client.get("/login/").content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/shops/none/scorecard/"])
def test_a_page_that_is_not_there_is_said_so_in_the_sites_looks(client: Client, address: str) -> None:
    client.force_login(make_user())

    answer = client.get(address)

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_the_sites_looks() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "a", "password": "b"})

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
