"""Staff make endpoints, see each secret once, and send again or skip deliveries; those without the right only look."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shops.actions.webhooks.queue import queue_deliveries
from shops.models import AuditEntry, Delivery, Event, User, WebhookEndpoint
from tests.shops.actions.webhooks.receiving import endpoint_at, happen, make_shops

pytestmark = pytest.mark.django_db
ENDPOINTS, DELIVERIES, EVENTS = (f"/admin/shops/{name}/" for name in ("webhookendpoint", "delivery", "event"))


@pytest.fixture
def staff() -> Client:
    return signed_in("manage_webhookendpoint")


def signed_in(*more: str) -> Client:
    user = User.objects.create_user(f"staff{len(more)}", is_staff=True)
    codes = ["view_webhookendpoint", "view_delivery", "view_event", *more]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def waiting() -> Delivery:
    (tea,) = make_shops("tea")
    endpoint_at("https://hooks.example.com/")
    happen(tea, 1, 2)
    queue_deliveries(timezone.now())
    return Delivery.objects.order_by("position").first()


def test_an_endpoint_is_made_and_its_secret_shown_once(staff) -> None:
    page = staff.post(
        f"{ENDPOINTS}make/",
        {"name": "Search", "url": "https://hooks.example.com/in", "event_types": ["privileges.changed"]},
    )

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.event_types) == ("https://hooks.example.com/in", ["privileges.changed"])
    assert re.search(r"whsec_[\w+/=]+", page.content.decode())[0] == endpoint.secret
    assert "no-store" in page["Cache-Control"]
    for path in (ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/change/", f"{ENDPOINTS}{endpoint.pk}/edit/"):
        answer = staff.get(path)
        assert answer.status_code == 200
        assert endpoint.secret not in answer.content.decode()
    entry = AuditEntry.objects.get(action="make_webhook")
    assert entry.by.username == "staff1"
    assert endpoint.secret not in str(entry.detail)


@pytest.mark.parametrize("url", ["http://hooks.example.com", "https://10.0.0.1/", "nonsense", ""])
def test_an_address_that_is_refused_is_told_at_its_field(staff, settings, url) -> None:
    settings.EMBEDDED = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    settings.SECURE_SSL_REDIRECT = False
    assert staff.post(f"{ENDPOINTS}make/", {"name": "Search", "url": url}).status_code == 200
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_rotated_paused_resumed_and_tried(staff) -> None:
    endpoint = endpoint_at("https://hooks.example.com/")
    old = endpoint.secret

    def act(deed: str, **fields: object) -> WebhookEndpoint:
        assert staff.get(f"{ENDPOINTS}{endpoint.pk}/{deed}/").status_code == 200
        assert staff.post(f"{ENDPOINTS}{endpoint.pk}/{deed}/", fields).status_code in {200, 302}
        endpoint.refresh_from_db()
        return endpoint

    assert act("edit", name="Find", url="https://find.example.com/", event_types=[]).name == "Find"
    act("rotate", overlap_hours=24)
    assert (endpoint.previous_secret, endpoint.secret != old) == (old, True)
    assert not act("pause").is_active
    act("test")
    assert not Event.objects.exists()  # nothing is sent to one that is paused
    assert act("resume").is_active
    act("test")
    assert Delivery.objects.get().event.type == "webhook.test"


def test_a_disabled_endpoint_says_why_on_its_page(staff) -> None:
    endpoint = endpoint_at("https://hooks.example.com/")
    WebhookEndpoint.objects.update(is_active=False, disabled_at=timezone.now(), disabled_reason="It answered 410 Gone.")

    assert "It answered 410 Gone." in staff.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()


def test_deliveries_are_sent_again_and_skipped_one_by_one_or_many(staff, waiting) -> None:
    path = f"{DELIVERIES}{waiting.pk}/"
    assert staff.get(f"{path}change/").status_code == 200
    staff.post(f"{path}skip/")
    waiting.refresh_from_db()
    assert waiting.state == "skipped"
    staff.post(f"{path}again/")
    waiting.refresh_from_db()
    assert waiting.state == "waiting"

    every = list(Delivery.objects.values_list("pk", flat=True))
    for action, expected in (("skip_selected", "skipped"), ("redeliver_selected", "waiting")):
        staff.post(DELIVERIES, {"action": action, "_selected_action": every})
        assert set(Delivery.objects.values_list("state", flat=True)) == {expected}


def test_without_the_right_everything_is_seen_and_nothing_done(waiting) -> None:
    client = signed_in()
    endpoint = waiting.endpoint
    for path in (
        ENDPOINTS,
        DELIVERIES,
        EVENTS,
        f"{ENDPOINTS}{endpoint.pk}/change/",
        f"{DELIVERIES}{waiting.pk}/change/",
    ):
        assert client.get(path).status_code == 200
    for path in (f"{ENDPOINTS}make/", f"{ENDPOINTS}{endpoint.pk}/pause/", f"{DELIVERIES}{waiting.pk}/skip/"):
        assert client.post(path).status_code == 403, path
    client.post(DELIVERIES, {"action": "skip_selected", "_selected_action": [waiting.pk]})

    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    assert WebhookEndpoint.objects.get().is_active


@pytest.mark.parametrize("path", [ENDPOINTS, DELIVERIES, EVENTS])
def test_lists_cost_the_same_for_two_rows_as_for_ten(staff, path, waiting) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert staff.get(path).status_code == 200
        return len(asked)

    staff.get(path)
    few = queries()
    for number in range(8):
        endpoint_at("https://hooks.example.com/", name=f"e{number}")
    happen(waiting.shop, *range(3, 11))
    queue_deliveries(timezone.now())
    assert queries() == few


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "-1"])
def test_a_row_that_is_none_is_not_found(staff, number) -> None:
    assert staff.get(f"{ENDPOINTS}{number}/pause/").status_code == 404
    assert staff.post(f"{DELIVERIES}{number}/skip/").status_code == 404
