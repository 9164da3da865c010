"""What the engine needs from the web database beside calendars: stars, escalations and accepted templates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date
from typing import Any

import pyarrow as pa
from django.db.models import Count, F, Max, Min, Sum, Value
from django.db.models.functions import Concat, TruncDate

from shops.chat.clock import from_ms, to_ms
from shops.chat.measures import ESCALATION_SCHEMA, FEEDBACK_SCHEMA
from shops.models import Escalation, Feedback, ReplyTemplate, Shop


def load_buyers_word_between(
    starts_ms: int, ends_ms: int, as_of_ms: int, shop: Shop | None = None
) -> tuple[pa.Table, pa.Table]:
    """Feedback and escalations between two instants as known at as_of (milliseconds); two queries."""
    since, until = from_ms(starts_ms), from_ms(min(ends_ms, as_of_ms + 1))
    of_shop = {} if shop is None else {"shop": shop}
    feedback = Feedback.objects.filter(rated_at__gte=since, rated_at__lt=until, **of_shop).values_list(
        "shop__code", "agent__code", "buyer_id", "rated_at", "stars"
    )
    escalations = Escalation.objects.filter(escalated_at__gte=since, escalated_at__lt=until, **of_shop).values_list(
        "shop__code", "buyer_id", "source", "escalated_at"
    )
    return (
        _table(((*row[:3], to_ms(row[3]), row[4]) for row in feedback.iterator(20_000)), FEEDBACK_SCHEMA),
        _table(((*row[:3], to_ms(row[3])) for row in escalations.iterator(20_000)), ESCALATION_SCHEMA),
    )


def digest_buyers_word(starts_ms: int, ends_ms: int, as_of_ms: int) -> dict[date, str]:
    """What tells whether the feedback and escalations of a UTC day changed, by day, as known at as_of; two queries.

    Counts and sums over the rows instead of the rows themselves: cheap where there are millions of them.
    """
    since, until = from_ms(starts_ms), from_ms(min(ends_ms, as_of_ms + 1))
    feedback = (
        Feedback.objects.filter(rated_at__gte=since, rated_at__lt=until)
        .values_list(TruncDate("rated_at", tzinfo=UTC))
        .annotate(rows=Count("pk"), keys=Sum("pk"), said=Sum(F("pk") * F("stars")), agents=Sum("agent_id"))
    )
    escalations = (
        Escalation.objects.filter(escalated_at__gte=since, escalated_at__lt=until)
        .values_list(TruncDate("escalated_at", tzinfo=UTC))
        .annotate(
            rows=Count("pk"),
            keys=Sum("pk"),
            shops=Sum("shop_id"),
            buyers=Concat(Min("buyer_id"), Value(" "), Max("buyer_id")),
            newest=Max("escalated_at"),
        )
    )
    found: dict[date, str] = defaultdict(str)
    for rows in (feedback, escalations):
        for day, *sums in rows.order_by():
            found[day] += repr([str(value) for value in sums])
    return dict(found)


def load_templates(shops: Sequence[str]) -> list[tuple[str, str]]:
    """The accepted templates of some shops, as pairs of shop id and text key; one query."""
    wanted = set(shops)
    pairs = ReplyTemplate.objects.order_by("shop__code", "text_key").values_list("shop__code", "text_key")
    return [(shop, key) for shop, key in pairs if shop in wanted]


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
