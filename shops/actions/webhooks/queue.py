"""Events become deliveries: one for each endpoint that wants them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from shops.actions.publish_events import newest_position
from shops.actions.upsert_rows import upsert_rows
from shops.models import Delivery, Event, WebhookEndpoint

BATCH: Final = 5_000
COLUMNS: Final = (
    *("endpoint_id", "event_id", "shop_id", "position"),
    *("state", "attempts", "next_attempt_at", "last_error"),
)


def queue_deliveries(now: datetime) -> int:
    """Give every active endpoint its deliveries of what happened since; return how many. Safe to run twice at once."""
    newest = newest_position()
    behind = WebhookEndpoint.objects.filter(is_active=True, queued_position__lt=newest).order_by("pk")
    return sum(_queue_for(pk, now) for pk in behind.values_list("pk", flat=True))


def _queue_for(endpoint_id: int, now: datetime) -> int:
    queued = 0
    while True:
        made, is_done = _queue_batch(endpoint_id, now)
        queued += made
        if is_done:
            return queued


@transaction.atomic
def _queue_batch(endpoint_id: int, now: datetime) -> tuple[int, bool]:
    """One batch; (how many, whether it was the last). An endpoint that another sweep is queueing for is left to it."""
    endpoint = WebhookEndpoint.objects.select_for_update(skip_locked=True).filter(pk=endpoint_id).first()
    if endpoint is None or not endpoint.is_active:
        return 0, True
    # Read before the events: all up to it are committed, so none is passed over.
    newest = newest_position()
    events = list(
        Event.objects.filter(position__gt=endpoint.queued_position, position__lte=newest)
        .order_by("position")
        .values_list("pk", "position", "shop_id", "type")[:BATCH]
    )
    wanted = [event for event in events if event[3] != Event.Type.TEST and endpoint.wants(event[3])]
    stamp = connection.ops.adapt_datetimefield_value(now)
    upsert_rows(
        Delivery,
        COLUMNS,
        [
            (endpoint_id, pk, shop_id, position, Delivery.State.WAITING.value, 0, stamp, "")
            for pk, position, shop_id, _type in wanted
        ],
        key=("endpoint_id", "event_id"),
        keep_existing=True,
    )
    is_done = len(events) < BATCH
    endpoint.queued_position = newest if is_done else events[-1][1]
    endpoint.save(update_fields=["queued_position"])
    return len(wanted), is_done
