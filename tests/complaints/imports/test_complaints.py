"""Complaints of another system: filed once each, with its ids, or rejected with the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from complaints.imports.complaints import Complaints
from complaints.models import Complaint
from shops.imports.rows import Row, RowError
from shops.models import Protection
from tests.builders import TEA, asks, at, make_shop, store
from tests.complaints.builders import make_redress_policy

NOW = at("12:00")
RECORD = {
    "complaint_id": "T-1",
    "kind": "no_answer",
    "shop_id": TEA,
    "buyer_id": "bo",
    "conversation_id": "",
    "message_id": "",
    "text": "Nobody answers.\nNobody.",
    "filed_at": "2026-05-04T10:00:00Z",
}


@pytest.fixture
def kind(db: None) -> Complaints:
    make_redress_policy()
    make_shop()
    return Complaints(NOW, timedelta(minutes=5))


def write(kind: Complaints, *records: dict[str, Any]) -> set[str]:
    with transaction.atomic():
        return kind.write([kind.read(Row(record)) for record in records]).new


@pytest.mark.django_db(transaction=True)
def test_a_complaint_of_another_system_is_filed_once() -> None:
    make_redress_policy()
    make_shop()
    store(asks(at("09:00"), text="Open?"))
    kind = Complaints(NOW, timedelta(minutes=5))

    assert write(kind, RECORD, RECORD) == {"T-1"}
    assert write(kind, RECORD | {"text": "Other words."}) == set()

    complaint = Complaint.objects.get()
    assert (complaint.imported_id, complaint.filed_at, complaint.text) == ("T-1", at("10:00"), RECORD["text"])
    assert complaint.evidence.get().kind == "conversation"
    assert Protection.objects.get().starts_at == at("10:00")


def test_two_ids_are_two_complaints_whatever_they_say(kind: Complaints) -> None:
    assert write(kind, RECORD, RECORD | {"complaint_id": "T-2"}) == {"T-1", "T-2"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "gossip"}, "unknown"),
        ({"shop_id": "nowhere"}, "import the shops first"),
        ({"buyer_id": ""}, "buyer_id is missing"),
        ({"text": " "}, "text is missing"),
        ({"text": "x" * 10_001}, "more than 10000"),
        ({"filed_at": "2026-05-04T13:00:00Z"}, "in the future"),
        ({"filed_at": "2019-05-04T13:00:00Z"}, "No policy is in force"),
    ],
)
def test_what_cannot_be_filed_is_rejected_with_the_reason(
    kind: Complaints, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(RowError, match=message):
        kind.read(Row(RECORD | changes))
