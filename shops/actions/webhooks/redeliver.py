"""Deliveries that staff send again or pass over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shops.models import AuditEntry, Delivery, User


@transaction.atomic
def redeliver(delivery: Delivery, *, now: datetime, by: User | None) -> None:
    """Send a delivery again, at once and with all attempts before it; its webhook-id stays, so receivers may drop it.

    Until it is taken or given up, later ones of its shop wait for it as for any other.
    """
    delivery = _locked(delivery)
    was = delivery.state
    delivery.state, delivery.attempts, delivery.next_attempt_at = Delivery.State.WAITING, 0, now
    delivery.delivered_at = None
    delivery.save(update_fields=["state", "attempts", "next_attempt_at", "delivered_at"])
    _keep("redeliver_webhook", delivery, by, was)


@transaction.atomic
def skip_delivery(delivery: Delivery, *, by: User | None) -> bool:
    """Send a waiting delivery no more, so that later ones of its shop go on; False for one that does not wait."""
    delivery = _locked(delivery)
    if delivery.state != Delivery.State.WAITING:
        return False
    delivery.state, delivery.lease_until = Delivery.State.SKIPPED, None
    delivery.save(update_fields=["state", "lease_until"])
    _keep("skip_webhook", delivery, by, Delivery.State.WAITING)
    return True


def _locked(delivery: Delivery) -> Delivery:
    return Delivery.objects.select_for_update(of=("self",)).select_related("endpoint", "event").get(pk=delivery.pk)


def _keep(action: str, delivery: Delivery, by: User | None, was: str) -> None:
    AuditEntry.objects.create(
        by=by,
        action=action,
        target=f"delivery of {delivery.event.code} to {delivery.endpoint}"[:300],
        detail={"was": was, "attempts": delivery.attempts},
    )
