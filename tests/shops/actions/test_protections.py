"""Protections: from the opening of a case or complaint until its end, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shops.actions.protections import close_protection, open_protection
from shops.imports.events import Cases
from shops.imports.rows import Row
from shops.models import Escalation, Protection
from tests.builders import TEA, at, make_shop

pytestmark = pytest.mark.django_db
RECORD = {
    "case_id": "K-1",
    "shop_id": TEA,
    "buyer_id": "bo",
    "kind": "refund",
    "opened_at": "2026-05-04T10:00:00Z",
    "closed_at": "",
}


def import_case(**changes: str) -> None:
    kind = Cases(at("12:00", 3), timedelta(minutes=5))
    kind.write([kind.read(Row(RECORD | changes))])


def test_a_complaint_protects_once_and_escalates_once() -> None:
    shop = make_shop()
    for hour in ("10:00", "11:00"):
        open_protection(shop, "bo", source="complaint", reference="C-1", at=at(hour))

    assert Protection.objects.get().starts_at == at("10:00")
    assert Escalation.objects.get().escalated_at == at("10:00")


def test_a_protection_ends_once_and_can_begin_again() -> None:
    shop = make_shop()
    open_protection(shop, "bo", source="complaint", reference="C-1", at=at("10:00"))

    assert close_protection(source="complaint", reference="C-1", at=at("12:00"))
    assert not close_protection(source="complaint", reference="C-1", at=at("13:00"))
    assert Protection.objects.in_force_at(at("11:59:59")).exists()
    assert not Protection.objects.in_force_at(at("12:00")).exists()

    open_protection(shop, "bo", source="complaint", reference="C-1", at=at("14:00"))
    assert Protection.objects.get().ends_at is None


def test_a_protection_never_ends_before_it_began() -> None:
    open_protection(make_shop(), "bo", source="complaint", reference="C-1", at=at("10:00"))

    assert close_protection(source="complaint", reference="C-1", at=at("09:00"))
    assert Protection.objects.get().ends_at == at("10:00")


def test_an_open_case_protects_its_buyer_until_it_closes() -> None:
    make_shop()
    import_case()
    protection = Protection.objects.get()
    assert (protection.source, protection.reference, protection.ends_at) == ("case", "K-1", None)

    import_case(closed_at="2026-05-05T10:00:00Z")

    assert Protection.objects.get().ends_at == at("10:00", 1)
    assert Escalation.objects.count() == 1


def test_a_file_that_does_not_say_when_cases_close_leaves_the_end_alone() -> None:
    make_shop()
    import_case(closed_at="2026-05-05T10:00:00Z")
    kind = Cases(at("12:00", 3), timedelta(minutes=5))
    kind.write([kind.read(Row({name: value for name, value in RECORD.items() if name != "closed_at"}))])

    assert Protection.objects.get().ends_at == at("10:00", 1)
