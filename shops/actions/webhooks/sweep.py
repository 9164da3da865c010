"""The sweep: what is due is claimed, sent, noted; what failed comes again later, or is given up after three days."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from shops.actions.webhooks.queue import queue_deliveries
from shops.actions.webhooks.sending import Outcome, Parcel, send_parcels
from shops.models import AuditEntry, Delivery, Event, WebhookEndpoint
from shops.models.outbox import RETRY_AFTER

LEASE: Final = timedelta(minutes=10)
"""How long a claim holds; longer than a round can take. Whoever died in between leaves what it claimed to the next."""
PER_ROUND: Final = 100
"""How many deliveries of one endpoint are claimed at a time."""
GIVEN_UP_BEFORE_DISABLING: Final = 5
"""After so many given up in a row, with none taken in between, an endpoint is disabled."""
GONE: Final = 410
JITTER: Final = 0.2


@dataclass(slots=True)
class Swept:
    """What a sweep did."""

    queued: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0


def deliver_webhooks(*, clock: Callable[[], datetime] = timezone.now, for_seconds: float = 50) -> Swept:
    """Send what is due, until nothing is or the time is over. Any number of sweeps may run at once.

    At least once: a delivery that was sent but not noted, since the process died, is sent again after its lease, with
    the same webhook-id. An endpoint that does not answer at all is left alone for the rest of the sweep.
    """
    ends = time.monotonic() + for_seconds
    swept = Swept(queued=queue_deliveries(clock()))
    silent: set[int] = set()
    while time.monotonic() < ends:
        now = clock()
        claimed = _claim(now, silent)
        if not claimed:
            break
        by_endpoint = {endpoint: [_parcel(each, now) for each in rows] for endpoint, rows in claimed.items()}
        outcomes = send_parcels(by_endpoint, now)
        noted_at = clock()
        for endpoint, rows in claimed.items():
            for delivery in rows:
                outcome = outcomes[delivery.pk]
                if outcome is None or outcome.status is None:
                    silent.add(endpoint)
                _note(delivery, outcome, noted_at, swept)
    return swept


def _claim(now: datetime, silent: set[int]) -> dict[int, list[Delivery]]:
    """What is due, by endpoint, each with a lease that keeps other sweeps from it."""
    claimed = {}
    active = WebhookEndpoint.objects.filter(is_active=True).exclude(pk__in=silent).order_by("pk")
    for endpoint_id in active.values_list("pk", flat=True):
        with transaction.atomic():
            rows = list(
                Delivery.objects.due_at(now)
                .filter(endpoint=endpoint_id, endpoint__is_active=True)
                .select_for_update(skip_locked=True, of=("self",))
                .select_related("endpoint", "event")
                .order_by("next_attempt_at", "position")[:PER_ROUND]
            )
            lease = now + LEASE
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=lease)
        for row in rows:
            row.lease_until = lease
        if rows:
            claimed[endpoint_id] = rows
    return claimed


def _parcel(delivery: Delivery, now: datetime) -> Parcel:
    event, endpoint = delivery.event, delivery.endpoint
    return Parcel(delivery.pk, endpoint.url, endpoint.secrets_at(now), event.code, body_of(event))


def body_of(event: Event) -> str:
    """The body of every delivery of an event: the same text each time."""
    return json.dumps(
        {
            "type": event.type,
            "timestamp": event.happened_at.isoformat().replace("+00:00", "Z"),
            "position": event.position,
            "data": event.data,
        },
        ensure_ascii=False,
    )


@transaction.atomic
def _note(delivery: Delivery, outcome: Outcome | None, now: datetime, swept: Swept) -> None:
    """Keep what became of an attempt, unless the claim was lost meanwhile (its lease ran out, or staff stepped in)."""
    ours = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, lease_until=delivery.lease_until)
    if outcome is None:
        ours.update(lease_until=None)
        return
    values: dict[str, object] = {
        "attempts": delivery.attempts + 1,
        "last_attempt_at": now,
        "last_status": outcome.status,
        "last_error": outcome.error[:500],
        "lease_until": None,
    }
    endpoints = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id)
    if outcome.is_taken:
        if ours.update(**values, state=Delivery.State.DELIVERED, delivered_at=now):
            swept.delivered += 1
        endpoints.exclude(given_up_in_a_row=0).update(given_up_in_a_row=0)
        return
    swept.failed += 1
    if delivery.attempts < len(RETRY_AFTER):
        ours.update(**values, next_attempt_at=now + _pause(delivery.attempts))
    elif ours.update(**values, state=Delivery.State.GIVEN_UP):
        swept.given_up += 1
        endpoints.update(given_up_in_a_row=F("given_up_in_a_row") + 1)
    if outcome.status == GONE:
        _disable(delivery.endpoint_id, now, "The receiver answered 410 Gone: it wants no more webhooks.")
    elif endpoints.filter(given_up_in_a_row__gte=GIVEN_UP_BEFORE_DISABLING).exists():
        _disable(
            delivery.endpoint_id,
            now,
            f"{GIVEN_UP_BEFORE_DISABLING} deliveries in a row were given up. The last one: {outcome.error}",
        )


def _pause(attempts_before: int) -> timedelta:
    """How long until the next attempt, give or take a fifth, so that not all that failed together come together."""
    return RETRY_AFTER[attempts_before] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _disable(endpoint_id: int, now: datetime, reason: str) -> None:
    endpoints = WebhookEndpoint.objects.filter(pk=endpoint_id, is_active=True)
    if endpoints.update(is_active=False, disabled_at=now, disabled_reason=reason[:500]):
        name = WebhookEndpoint.objects.values_list("name", flat=True).get(pk=endpoint_id)
        AuditEntry.objects.create(
            by=None, action="disable_webhook", target=f"webhook endpoint {name}"[:300], detail={"reason": reason}
        )
