"""What an open case or complaint writes down for the facts: a protected buyer, and that the buyer took it further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Greatest

from shops.models import AfterSalesCase, Escalation, Protection, Shop


def open_protection(shop: Shop, buyer_id: str, *, source: str, reference: str, at: datetime) -> Protection:
    """Protect a buyer at a shop from an instant on, and note the escalation, each once per source and reference.

    One that had ended is open again; when it began and when the buyer took it further stays what it was.
    """
    protection, _made = Protection.objects.update_or_create(
        source=source,
        reference=reference,
        create_defaults={"shop": shop, "buyer_id": buyer_id, "starts_at": at},
        defaults={"ends_at": None},
    )
    Escalation.objects.get_or_create(
        source=source, reference=reference, defaults={"shop": shop, "buyer_id": buyer_id, "escalated_at": at}
    )
    return protection


def close_protection(*, source: str, reference: str, at: datetime) -> bool:
    """End a protection, never before it began; False where none was open."""
    open_ones = Protection.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), source=source, reference=reference)
    ends_at = Greatest(F("starts_at"), Value(at, output_field=DateTimeField()))
    return bool(open_ones.update(ends_at=ends_at))


def write_case_protections(cases: Sequence[AfterSalesCase], *, knows_closing: bool) -> None:
    """Protect the buyers of after-sales cases from opened_at to closed_at; one query for any number.

    Where the file does not say when cases close, the ends that are known stay as they are.
    """
    columns = ["shop", "buyer_id", "starts_at", *(["ends_at"] if knows_closing else [])]
    latest = {case.code: case for case in cases}
    Protection.objects.bulk_create(
        [
            Protection(
                shop_id=case.shop_id,
                buyer_id=case.buyer_id,
                source=Protection.Source.CASE,
                reference=case.code,
                starts_at=case.opened_at,
                ends_at=case.closed_at,
            )
            for case in latest.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "reference"],
        update_fields=columns,
    )
