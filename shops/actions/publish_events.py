"""Events for other systems, added in the transaction of whoever caused them, in one order without gaps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max

from shops.actions.upsert_rows import upsert_rows
from shops.models import Event, EventCounter

COLUMNS = ("position", "code", "type", "shop_id", "happened_at", "data")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What happened, to which shop (by primary key; None: to none) and when. `data` is JSON, sent to receivers."""

    type: Event.Type
    shop_id: int | None
    happened_at: datetime
    data: Mapping[str, Any]
    code: str = field(default_factory=lambda: f"evt_{uuid.uuid4().hex}")
    """Names the event for good: receivers drop what comes twice by it."""


def iso(moment: date | datetime | None) -> str | None:
    """A date or instant as events tell it: instants in UTC, ending in Z; None stays None."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if moment is None else moment.isoformat()


def publish_events(events: Sequence[NewEvent]) -> None:
    """Add events, in their order, to those that other systems read and are sent. Sends nothing itself.

    Called inside the transaction that causes them, as its last step: from here to its end nobody else can publish, so
    that positions are committed in their order, and a transaction that is rolled back leaves no gap.
    """
    if not events:
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Events are published in the transaction that causes them. Call publish_events inside transaction.atomic()."
        )
    first = _take_positions(len(events))
    rows = [
        (
            first + number,
            event.code,
            event.type.value,
            event.shop_id,
            connection.ops.adapt_datetimefield_value(event.happened_at),
            json.dumps(event.data, ensure_ascii=False),
        )
        for number, event in enumerate(events)
    ]
    upsert_rows(Event, COLUMNS, rows, key=("position",))


def newest_position() -> int:
    """The position of the newest event that is committed, 0 before the first. Every event up to it can be read."""
    return EventCounter.objects.values_list("position", flat=True).first() or 0


def _take_positions(count: int) -> int:
    """The first of so many positions; the counter stays locked until the transaction ends."""
    if not _advance(count):
        newest = Event.objects.aggregate(newest=Max("position"))["newest"] or 0
        EventCounter.objects.bulk_create([EventCounter(pk=1, position=newest)], ignore_conflicts=True)
        _advance(count)
    return EventCounter.objects.values_list("position", flat=True).get(pk=1) - count + 1


def _advance(count: int) -> int:
    return EventCounter.objects.filter(pk=1).update(position=F("position") + count)
