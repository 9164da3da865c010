"""Control totals in the back office: what waits for messages, and a difference accepted with a reason."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from shops.models import AuditEntry, ControlTotal, Shop, User
from tests.builders import LONG_AFTER, on

pytestmark = pytest.mark.django_db
LIST = "/admin/shops/controltotal/"


def client(*permissions: str) -> Client:
    user = User.objects.create_user(username="sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def totals() -> dict[str, ControlTotal]:
    """One of each state; the shop is called after it."""
    states = {
        "met": {"messages": 5, "counted": 5},
        "more": {"messages": 5, "counted": 7},
        "owed": {"messages": None, "counted": 5},
        "waiting": {"messages": 5, "counted": None},
        "accepted": {"messages": 5, "counted": 3, "accepted_at": LONG_AFTER},
    }
    return {
        name: ControlTotal.objects.create(shop=Shop.objects.create(code=name, name=name), on=on(0), **state)
        for name, state in states.items()
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("no", {"more", "owed", "waiting"}),
        ("differs", {"more"}),
        ("owed", {"owed"}),
        ("waits", {"waiting"}),
        ("accepted", {"accepted"}),
        ("yes", {"met"}),
    ],
)
def test_the_list_can_be_narrowed_to_what_waits_for_somebody(totals, choice, expected) -> None:
    page = client("view_controltotal").get(LIST, {"met": choice})

    assert {total.shop.code for total in page.context["cl"].result_list} == expected


def test_a_difference_is_accepted_with_a_reason_by_whom_may(totals) -> None:
    total = totals["more"]
    sam = client("view_controltotal", "change_controltotal")

    page = sam.get(f"{LIST}{total.pk}/accept/").content.decode()
    assert "more on 2026-05-04: the sender says 5 messages, the chat log holds 7." in page
    assert sam.post(f"{LIST}{total.pk}/accept/", {"why": " "}).status_code == 200  # asked again
    assert sam.post(f"{LIST}{total.pk}/accept/", {"why": "Two test messages"}).status_code == 302

    total.refresh_from_db()
    assert (total.is_met(), total.accepted_by.username, total.accepted_why) == (True, "sam", "Two test messages")
    assert AuditEntry.objects.filter(action="accept_total", by__username="sam").count() == 1


def test_what_is_met_cannot_be_accepted_and_says_so(totals) -> None:
    sam = client("view_controltotal", "change_controltotal")
    page = sam.post(f"{LIST}{totals['met'].pk}/accept/", {"why": "because"}, follow=True)

    assert "nothing to accept any more" in page.content.decode()
    assert not AuditEntry.objects.exists()


def test_who_may_only_look_neither_sees_the_button_nor_gets_past_it(totals) -> None:
    sam = client("view_controltotal")
    total = totals["more"]

    assert "/accept" not in sam.get(f"{LIST}{total.pk}/change/").content.decode()
    assert sam.post(f"{LIST}{total.pk}/accept/", {"why": "because"}).status_code == 403
    total.refresh_from_db()
    assert not total.is_met()


def test_no_such_total_is_not_found(totals) -> None:
    sam = client("view_controltotal", "change_controltotal")

    for key in ("999999", "x", "9" * 30):
        assert sam.get(f"{LIST}{key}/accept/").status_code in {302, 404}
