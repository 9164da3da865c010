"""Tokens in the back office: a secret is shown once, rotation leaves no gap, only managers change anything."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shops.actions.buyer_links import make_link
from shops.models import AuditEntry, BuyerLink, IntakeBatch, ServiceToken, Shop, User
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
LIST = "/admin/shops/servicetoken/"
SECRET = re.compile(r"[0-9a-f]{16}\.[\w-]{43}")
WANTED = {
    "name": "Chat system", "scopes": ["chat:write"], "shop": "", "days": 30,
    "requests_per_minute": 60, "rows_per_minute": 1_000,
}  # fmt: skip


def client(*permissions, superuser=False):
    user = User.objects.create_user(username="sam", is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def manager():
    return client("view_servicetoken", "manage_servicetoken", "view_buyerlink")


def secret_on(page):
    return SECRET.search(page.content.decode())


def test_a_secret_is_on_one_page_once_and_opens_the_api(manager) -> None:
    page = manager.post(f"{LIST}make/", WANTED)
    text = secret_on(page).group()

    assert "no-store" in page["Cache-Control"]
    token = ServiceToken.objects.get()
    assert (token.name, token.scopes, token.rows_per_minute, token.created_by.username) == (
        "Chat system", ["chat:write"], 1_000, "sam",
    )  # fmt: skip
    entry = AuditEntry.objects.get(action="make_token")
    assert entry.by == token.created_by
    secret = text.partition(".")[2]
    for later in (
        manager.get(LIST),
        manager.get(f"{LIST}{token.pk}/change/"),
        manager.get(f"{LIST}{token.pk}/change/"),
    ):
        assert later.status_code == 200
        assert secret not in later.content.decode()
    assert secret not in str(entry.detail) + entry.target
    assert Client().post("/api/v1/chat/messages/", "[]", "application/json", headers=bearer(text)).status_code == 200


def bearer(text):
    return {"authorization": f"Bearer {text}"}


def works(text):
    return Client().post("/api/v1/chat/messages/", "[]", "application/json", headers=bearer(text)).status_code == 200


def test_rotating_lets_both_work_and_then_the_new_one_only(manager) -> None:
    old = secret_on(manager.post(f"{LIST}make/", WANTED)).group()
    token = ServiceToken.objects.get()
    page = manager.post(f"{LIST}{token.pk}/rotate/", {"overlap_hours": 24, "days": 30})
    new = secret_on(page).group()

    assert works(old)
    assert works(new)
    ServiceToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert not works(old)
    assert works(new)
    made = ServiceToken.objects.get(replaces=token)
    assert (made.scopes, made.rows_per_minute, made.shop) == (token.scopes, 1_000, None)


def test_revoking_works_at_once_and_is_in_the_trail(manager) -> None:
    text = secret_on(manager.post(f"{LIST}make/", WANTED)).group()
    token = ServiceToken.objects.get()
    manager.post(f"{LIST}{token.pk}/revoke/", {})
    assert works(text)  # not confirmed

    manager.post(f"{LIST}{token.pk}/revoke/", {"is_meant": "on"})
    assert not works(text)
    assert AuditEntry.objects.get(action="revoke_token").by.username == "sam"


def test_whoever_only_may_look_makes_rotates_and_revokes_nothing() -> None:
    browser = client("view_servicetoken", "view_buyerlink")
    token, _headers = make_token("chat:write")

    assert browser.get(LIST).status_code == 200
    assert "servicetoken/make" not in browser.get(LIST).content.decode()
    for path in ("make/", f"{token.pk}/rotate/", f"{token.pk}/revoke/"):
        assert browser.post(f"{LIST}{path}", WANTED | {"is_meant": "on", "overlap_hours": 1}).status_code == 403
    assert client_without_view().get(LIST).status_code == 403
    assert ServiceToken.objects.count() == 1
    assert ServiceToken.objects.get().revoked_at is None


def client_without_view():
    user = User.objects.create_user(username="eve", is_staff=True)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize(
    "change", [{"scopes": ["root"]}, {"scopes": []}, {"days": 0}, {"days": 10**9}, {"shop": "nobody"}, {"name": ""}]
)
def test_a_form_that_makes_no_sense_makes_no_token(manager, change) -> None:
    assert manager.post(f"{LIST}make/", WANTED | change).status_code == 200
    assert not ServiceToken.objects.exists()


def test_a_token_that_was_replaced_cannot_be_replaced_again(manager) -> None:
    manager.post(f"{LIST}make/", WANTED)
    token = ServiceToken.objects.get()
    rotation = {"overlap_hours": 24, "days": 30}
    manager.post(f"{LIST}{token.pk}/rotate/", rotation)
    again = manager.post(f"{LIST}{token.pk}/rotate/", rotation, follow=True)

    assert "was replaced before" in again.content.decode()
    assert ServiceToken.objects.count() == 2


@pytest.mark.parametrize("number", ["0", "99999999999999999999999", "x", "%00"])
def test_a_token_that_does_not_exist_is_not_found(manager, number) -> None:
    assert manager.get(f"{LIST}{number}/rotate/").status_code == 404


def test_the_list_says_who_sends_how_much_and_loses_what(manager) -> None:
    token, _headers = make_token("chat:write", expires_at=timezone.now() + timedelta(days=3))
    for ago, rows in ((1, 1_000), (2, 3_000), (25, 500_000)):
        IntakeBatch.objects.create(
            token=token, received_at=timezone.now() - timedelta(hours=ago), rows=rows, accepted=rows - 100, repeated=0,
            rejected=100, seconds=1, reasons=[{"index": 1, "reason": "<b>"}],
        )  # fmt: skip
    page = manager.get(LIST).content.decode()

    assert "4,000" in page
    assert "5.0%" in page  # 200 / 4,000
    assert "expiring soon" in page
    assert "A system" not in manager.get(f"{LIST}?state=over").content.decode()
    assert "A system" in manager.get(f"{LIST}?state=soon").content.decode()


def test_batches_are_told_with_their_losses_and_their_hours() -> None:
    browser = client(superuser=True)
    token, _headers = make_token("chat:write")
    batch = IntakeBatch.objects.create(
        token=token, received_at=timezone.now(), rows=10, accepted=7, repeated=0, rejected=3, seconds=1,
        reasons=[{"index": 4, "reason": "shop <b> is unknown"}],
    )  # fmt: skip
    listing = browser.get("/admin/shops/intakebatch/").content.decode()
    page = browser.get(f"/admin/shops/intakebatch/{batch.pk}/change/").content.decode()

    assert "30.0%" in listing
    assert ": 10 / 3</title>" in listing
    assert "shop &lt;b&gt; is unknown" in page
    assert browser.get("/admin/shops/intakebatch/?lost=none").content.decode().count("30.0%") == 0


def test_a_buyers_link_is_withdrawn_by_a_person_once_it_is_confirmed(manager) -> None:
    shop, now = Shop.objects.create(code="s1", name="Tea"), timezone.now()
    link = make_link(shop, "bo", now=now, expires_at=now + timedelta(days=1), made_by=None)
    url = f"/admin/shops/buyerlink/{link.pk}/withdraw/"
    manager.post(url)
    assert BuyerLink.objects.get().revoked_at is None

    manager.post(url, {"is_meant": "on"})
    assert BuyerLink.objects.get().revoked_at is not None
    assert AuditEntry.objects.get(action="revoke_link").by.username == "sam"
    assert link.code not in manager.get(reverse("admin:shops_buyerlink_changelist")).content.decode()
