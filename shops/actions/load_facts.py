"""What the engine needs from the web database beside calendars: stars, escalations and accepted templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from shops.chat.clock import from_ms, to_ms
from shops.chat.measures import ESCALATION_SCHEMA, FEEDBACK_SCHEMA
from shops.models import Escalation, Feedback, ReplyTemplate


def load_buyers_word_between(starts_ms: int, ends_ms: int, as_of_ms: int) -> tuple[pa.Table, pa.Table]:
    """Feedback and escalations between two instants as known at as_of (milliseconds); two queries."""
    until = from_ms(min(ends_ms, as_of_ms + 1))
    feedback = Feedback.objects.filter(rated_at__gte=from_ms(starts_ms), rated_at__lt=until).values_list(
        "shop__code", "agent__code", "buyer_id", "rated_at", "stars"
    )
    escalations = Escalation.objects.filter(escalated_at__gte=from_ms(starts_ms), escalated_at__lt=until).values_list(
        "shop__code", "buyer_id", "source", "escalated_at"
    )
    return (
        _table(((*row[:3], to_ms(row[3]), row[4]) for row in feedback.iterator(20_000)), FEEDBACK_SCHEMA),
        _table(((*row[:3], to_ms(row[3])) for row in escalations.iterator(20_000)), ESCALATION_SCHEMA),
    )


def load_templates(shops: Sequence[str]) -> list[tuple[str, str]]:
    """The accepted templates of some shops, as pairs of shop id and text key; one query."""
    wanted = set(shops)
    pairs = ReplyTemplate.objects.order_by("shop__code", "text_key").values_list("shop__code", "text_key")
    return [(shop, key) for shop, key in pairs if shop in wanted]


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
