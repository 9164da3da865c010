"""Deliveries: signed, in the order of each shop, repeated until taken, given up after three days."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from shops.actions.webhooks import sweep
from shops.actions.webhooks.endpoints import pause_endpoint, resume_endpoint, rotate_secret, send_test_event
from shops.actions.webhooks.redeliver import redeliver, skip_delivery
from shops.actions.webhooks.sweep import deliver_webhooks
from shops.models import AuditEntry, Delivery, Event, WebhookEndpoint
from shops.models.outbox import RETRY_AFTER
from tests.shops.actions.webhooks.receiving import endpoint_at, happen, make_shops

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def later(monkeypatch):
    """Sweep as if so much time had passed since the test began; pauses are exactly those of the list."""
    began = timezone.now()
    monkeypatch.setattr(sweep, "JITTER", 0)
    return lambda after=timedelta(): deliver_webhooks(clock=lambda: began + after)


def die(*_args):
    raise SystemExit


def states():
    return list(Delivery.objects.order_by("position").values_list("state", flat=True))


def test_a_receiver_can_verify_what_it_is_sent_with_the_standards_own_library(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint = endpoint_at(hooks.url)
    happen(tea, 1)

    assert deliver_webhooks().delivered == 1

    (request,) = hooks.requests
    event = Event.objects.get()
    body = Webhook(endpoint.secret).verify(request.body, request.headers)
    assert body == {
        "type": "privileges.changed",
        "timestamp": event.happened_at.isoformat().replace("+00:00", "Z"),
        "position": event.position,
        "data": {"shop_id": "tea", "number": 1},
    }
    assert request.headers["webhook-id"] == event.code
    assert request.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(request.body + b" ", request.headers)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_status, delivery.lease_until) == (
        "delivered", 1, 204, None,
    )  # fmt: skip


def test_while_a_secret_changes_over_both_sign_and_afterwards_only_the_new_one(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint = endpoint_at(hooks.url)
    old, now = endpoint.secret, timezone.now()
    new = rotate_secret(endpoint, now=now, overlap=timedelta(minutes=2), by=None).text
    happen(tea, 1, 2)

    deliver_webhooks()
    deliver_webhooks(clock=lambda: now + timedelta(minutes=2))

    assert new != old
    happen(tea, 3)
    deliver_webhooks(clock=lambda: now + timedelta(minutes=2))
    during, _second, after = hooks.requests
    for secret in (old, new):
        assert Webhook(secret).verify(during.body, during.headers)
    assert Webhook(new).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(after.body, after.headers)


def test_what_happened_before_an_endpoint_was_made_is_not_sent_to_it(hooks) -> None:
    (tea,) = make_shops("tea")
    happen(tea, 1)
    endpoint_at(hooks.url)
    happen(tea, 2)

    deliver_webhooks()

    assert hooks.told == [("tea", 2)]


def test_an_endpoint_is_told_only_of_what_it_wants(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url, "decision.taken")
    happen(tea, 1)
    happen(tea, 2, kind=Event.Type.DECISION_TAKEN)

    deliver_webhooks()
    deliver_webhooks()

    assert hooks.told == [("tea", 2)]


def test_a_failed_delivery_holds_back_the_later_ones_of_its_shop_and_no_other(hooks, later) -> None:
    tea, books = make_shops("tea", "books")
    endpoint_at(hooks.url)
    happen(tea, 1, 2)
    happen(books, 1, 2)
    hooks.answer = lambda request, _handler: 500 if request.told == ("tea", 1) else 204

    swept = later()

    assert (swept.delivered, swept.failed) == (2, 1)
    assert sorted(hooks.told) == [("books", 1), ("books", 2), ("tea", 1)]

    hooks.requests.clear()
    hooks.answer = lambda _request, _handler: 204
    later(RETRY_AFTER[0] - timedelta(seconds=1))
    assert hooks.told == []
    later(RETRY_AFTER[0])
    assert hooks.told == [("tea", 1), ("tea", 2)]
    assert states() == ["delivered"] * 4


def test_a_delivery_is_tried_ten_times_in_about_three_days_and_then_lets_the_next_pass(hooks, later) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url)
    happen(tea, 1, 2)
    hooks.answer = lambda request, _handler: 503 if request.told == ("tea", 1) else 204

    after = timedelta()
    later()
    for pause in RETRY_AFTER:
        assert states() == ["waiting", "waiting"]
        after += pause
        later(after)

    assert timedelta(days=3) < after < timedelta(days=3.5)
    assert hooks.told == [("tea", 1)] * 10 + [("tea", 2)]
    assert states() == ["given_up", "delivered"]
    assert len({request.headers["webhook-id"] for request in hooks.requests}) == 2
    first = Delivery.objects.order_by("position").first()
    assert (first.attempts, first.last_status, first.last_error) == (10, 503, "The answer was 503.")
    assert WebhookEndpoint.objects.get().is_active  # one was given up, and another taken after it


def test_pauses_differ_so_that_not_everything_comes_back_at_once() -> None:
    pauses = {sweep._pause(3) for _each in range(50)}

    assert len(pauses) > 40
    assert RETRY_AFTER[3] * 0.8 <= min(pauses)
    assert max(pauses) <= RETRY_AFTER[3] * 1.2


def test_an_endpoint_that_lets_five_in_a_row_be_given_up_is_disabled_and_says_why(hooks, later) -> None:
    shops = make_shops(*(f"s{number}" for number in range(6)))
    endpoint_at(hooks.url)
    for shop in shops:
        happen(shop, 1)
    later()
    Delivery.objects.all().update(attempts=len(RETRY_AFTER))
    Delivery.objects.order_by("position").filter(shop=shops[5]).update(next_attempt_at=timezone.now() + 300 * DAY)
    hooks.answer = lambda _request, _handler: 500
    Delivery.objects.all().update(state="waiting")
    Delivery.objects.filter(shop=shops[4]).update(next_attempt_at=timezone.now() + 200 * DAY)

    later(DAY)
    assert WebhookEndpoint.objects.get().is_active  # four
    later(250 * DAY)

    endpoint = WebhookEndpoint.objects.get()
    assert not endpoint.is_active
    assert endpoint.disabled_at is not None
    assert endpoint.disabled_reason == "5 deliveries in a row were given up. The last one: The answer was 500."
    assert AuditEntry.objects.get(action="disable_webhook").by is None

    hooks.requests.clear()
    later(400 * DAY)
    assert hooks.requests == []  # what is left waits

    hooks.answer = lambda _request, _handler: 204
    resume_endpoint(endpoint, now=timezone.now(), by=None)
    later(DAY)
    assert hooks.told == [("s5", 1)]


def test_410_disables_at_once_and_nothing_is_lost(hooks, later) -> None:
    tea, books = make_shops("tea", "books")
    endpoint = endpoint_at(hooks.url)
    happen(tea, 1)
    hooks.answer = lambda _request, _handler: 410
    later()

    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert "410" in endpoint.disabled_reason
    happen(books, 1)
    later(DAY)
    assert len(hooks.requests) == 1

    hooks.answer = lambda _request, _handler: 200
    resume_endpoint(endpoint, now=timezone.now(), by=None)
    later(DAY)
    assert sorted(hooks.told[1:]) == [("books", 1), ("tea", 1)]


def test_a_paused_endpoint_is_told_later_of_what_happened_meanwhile(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint = endpoint_at(hooks.url)
    pause_endpoint(endpoint, by=None)
    happen(tea, 1, 2)
    deliver_webhooks()
    assert hooks.requests == []

    resume_endpoint(endpoint, now=timezone.now(), by=None)
    deliver_webhooks()
    assert hooks.told == [("tea", 1), ("tea", 2)]


def test_a_redirect_is_not_followed(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url)
    happen(tea, 1)

    def redirect(_request, handler):
        handler.send_response(302)
        handler.send_header("location", hooks.url + "/elsewhere")
        handler.send_header("content-length", "0")
        handler.end_headers()

    hooks.answer = redirect
    deliver_webhooks()

    assert len(hooks.requests) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_status) == ("waiting", 302)
    assert "not followed" in delivery.last_error


@pytest.mark.parametrize("drip", [False, True])
def test_a_receiver_that_hangs_costs_one_attempt_and_no_other_endpoint(hooks, drip) -> None:
    """Without an answer at all, or with one whose head comes a byte at a time for ever."""
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url + "/slow")
    endpoint_at(hooks.url + "/fast", name="fast")
    happen(tea, 1)

    def hang(_request, handler):
        if handler.path.endswith("fast"):
            return 204
        for _step in range(40):
            time.sleep(0.1)
            if drip:
                handler.wfile.write(b"H")
        return None

    hooks.answer = hang
    began = time.monotonic()
    deliver_webhooks()

    assert time.monotonic() - began < 3.5
    by_name = {delivery.endpoint.name: delivery for delivery in Delivery.objects.select_related("endpoint")}
    assert by_name["fast"].state == "delivered"
    slow = by_name["search"]
    assert (slow.state, slow.attempts, slow.last_status) == ("waiting", 1, None)
    assert slow.last_error


def test_an_endless_body_after_a_good_answer_counts_as_taken(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url)
    happen(tea, 1)

    def pour(_request, handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _piece in range(10_000):
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            pass
        handler.close_connection = True

    hooks.answer = pour
    began = time.monotonic()
    deliver_webhooks()

    assert states() == ["delivered"]
    assert time.monotonic() - began < 3


def test_nobody_listening_is_an_attempt_that_failed(hooks) -> None:
    (tea,) = make_shops("tea")
    endpoint_at("http://127.0.0.1:9/")
    happen(tea, 1)

    deliver_webhooks()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.last_error.startswith("ConnectError")


def test_a_delivery_sent_but_not_noted_is_sent_again_with_the_same_id(hooks, monkeypatch) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url)
    happen(tea, 1)
    with monkeypatch.context() as killed:
        killed.setattr(sweep, "_note", die)
        with pytest.raises(SystemExit):
            deliver_webhooks()
    now = timezone.now()
    deliver_webhooks(clock=lambda: now)
    assert len(hooks.requests) == 1  # the lease still holds

    deliver_webhooks(clock=lambda: now + sweep.LEASE)

    assert len(hooks.requests) == 2
    assert hooks.requests[0].headers["webhook-id"] == hooks.requests[1].headers["webhook-id"]
    assert states() == ["delivered"]


def test_staff_send_again_and_skip(hooks, later) -> None:
    (tea,) = make_shops("tea")
    endpoint_at(hooks.url)
    happen(tea, 1, 2)
    hooks.answer = lambda request, _handler: 500 if request.told == ("tea", 1) else 204
    later()
    stuck = Delivery.objects.order_by("position").first()

    assert skip_delivery(stuck, by=None)
    later()
    assert states() == ["skipped", "delivered"]
    assert not skip_delivery(stuck, by=None)

    hooks.answer = lambda _request, _handler: 204
    redeliver(stuck, now=timezone.now(), by=None)
    later(timedelta(seconds=5))
    assert states() == ["delivered", "delivered"]
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"skip_webhook", "redeliver_webhook"}


def test_a_test_event_goes_to_one_endpoint_only(hooks) -> None:
    endpoint = endpoint_at(hooks.url)
    endpoint_at(hooks.url, name="other")
    send_test_event(endpoint, now=timezone.now(), by=None)

    deliver_webhooks()

    assert [request.data for request in hooks.requests] == [{"endpoint": "search"}]
    assert Event.objects.get().type == "webhook.test"


def test_a_sweep_costs_the_same_queries_for_an_endpoint_with_nothing_to_do(hooks, django_assert_num_queries) -> None:
    endpoint_at(hooks.url)

    with django_assert_num_queries(
        6
    ):  # the newest position, who is behind, who is active, and one claim in its transaction
        deliver_webhooks()
