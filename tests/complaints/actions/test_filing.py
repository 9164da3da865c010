"""Filing: what is taken, by when it is answered, what is written down for the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from complaints.actions.errors import ComplaintError
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.models import Complaint
from shops.models import AuditEntry, Escalation, Event, Holiday, Protection, Shop
from tests.builders import asks, at, make_shop, on, store
from tests.complaints.builders import FILED_AT, make_complaint, make_redress_policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    make_redress_policy()
    return make_shop()


def new(shop: Shop, **changes: Any) -> NewComplaint:
    return replace(NewComplaint(shop=shop, kind="no_answer", text="Nobody answers.", buyer_id="bo"), **changes)


def test_a_complaint_is_written_down_and_told_once(shop: Shop) -> None:
    complaint = make_complaint(shop)

    assert complaint.code.startswith("C-")
    assert complaint.state == "received"
    assert [entry.kind for entry in complaint.entries.all()] == ["filed"]
    protection = Protection.objects.get()
    assert (protection.buyer_id, protection.source, protection.reference) == ("bo", "complaint", complaint.code)
    assert (protection.starts_at, protection.ends_at) == (FILED_AT, None)
    assert Escalation.objects.get().escalated_at == FILED_AT
    assert AuditEntry.objects.filter(action="file_complaint").count() == 1
    event = Event.objects.get(type="complaint.changed")
    assert event.data["complaint"] == complaint.code
    assert "bo" not in event.data.values()


def test_it_is_due_on_the_clock_of_the_desk(shop: Shop) -> None:
    # 63 hours of 9 a day: 8 on Monday from 10:00, 54 on six more days, 1 on Wednesday week.
    assert make_complaint(shop).due_at == at("10:00", 9)


def test_a_holiday_of_the_platform_puts_the_deadline_off(shop: Shop) -> None:
    Holiday.objects.create(date=on(1), name="Labour Day")

    assert make_complaint(shop).due_at == at("10:00", 10)


def test_a_flood_is_answered_day_by_day() -> None:
    make_redress_policy(flood_per_day=2)
    shop = make_shop()

    due = [make_complaint(shop, buyer_id=f"b{number}").due_at for number in range(5)]

    assert due == [at("10:00", 9), at("10:00", 9), at("10:00", 10), at("10:00", 10), at("10:00", 11)]


def test_the_same_again_is_the_open_one_with_what_was_added(shop: Shop) -> None:
    first = make_complaint(shop)

    assert make_complaint(shop).pk == first.pk
    assert make_complaint(shop, text="And again today.").pk == first.pk

    first.refresh_from_db()
    assert [(entry.kind, entry.text) for entry in first.entries.all()] == [
        ("filed", ""),
        ("buyer_added", "And again today."),
    ]
    assert first.version == 2
    assert Protection.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"kind": "brush_off"}, {"conversation_id": "c-2"}, {"buyer_id": "bea"}], ids=["kind", "talk", "buyer"]
)
def test_another_kind_conversation_or_buyer_is_another_complaint(shop: Shop, other: dict[str, Any]) -> None:
    assert make_complaint(shop).pk != make_complaint(shop, **other).pk


def test_a_report_by_a_third_party_protects_nobody_and_counts_as_no_escalation(shop: Shop) -> None:
    report = make_complaint(shop, standing="third_party", buyer_id="bo", name="A neighbour")

    assert report.buyer_id == ""
    assert not Protection.objects.exists()
    assert not Escalation.objects.exists()
    assert make_complaint(shop, standing="third_party").pk != report.pk


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "gossip"}, "is no kind of complaint"),
        ({"standing": "king"}, "is no standing"),
        ({"wish": "revenge"}, "is no wish"),
        ({"text": " \n\0"}, "is empty"),
        ({"text": "x" * 10_001}, "more than 10000 characters"),
        ({"buyer_id": ""}, "names no buyer"),
        ({"buyer_id": "b" * 129}, "more than 128"),
        ({"standing": "representative"}, "gives a name"),
        ({"email": "bo at home"}, "email address"),
        ({"happened_at": FILED_AT + timedelta(hours=1)}, "lies in the future"),
        ({"happened_at": FILED_AT.replace(tzinfo=None)}, "no time zone"),
    ],
)
def test_what_cannot_be_taken_is_said(shop: Shop, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComplaintError, match=message):
        file_complaint(new(shop, **changes), at=FILED_AT)

    assert not Complaint.objects.exists()


def test_an_agent_of_another_shop_is_refused(shop: Shop) -> None:
    other = make_shop("book-nook")

    with pytest.raises(ComplaintError, match="another shop"):
        file_complaint(new(shop, agent=other.agents.first()), at=FILED_AT)


def test_the_last_instant_to_complain_and_the_first_too_late(shop: Shop) -> None:
    happened_at = FILED_AT - timedelta(days=180)

    with pytest.raises(ComplaintError, match=r"more than 180 days ago.*consumer association"):
        file_complaint(new(shop, happened_at=happened_at), at=FILED_AT)
    assert file_complaint(new(shop, happened_at=happened_at + timedelta(seconds=1)), at=FILED_AT).pk


def test_without_a_policy_nothing_is_promised() -> None:
    with pytest.raises(ComplaintError, match="No policy is in force"):
        file_complaint(new(make_shop()), at=FILED_AT)


def test_a_script_stays_text(shop: Shop) -> None:
    said = "<script>alert(1)</script>"

    assert make_complaint(shop, text=said).text == said


def test_the_conversation_is_kept_by_itself(shop: Shop) -> None:
    store(asks(at("09:00"), text="Is it open?"))

    evidence = make_complaint(shop).evidence.get()

    assert (evidence.kind, evidence.side, evidence.media_type) == ("conversation", "staff", "application/json")


def test_a_log_that_cannot_be_read_stops_no_complaint(shop: Shop, settings: Any, tmp_path: Any) -> None:
    (tmp_path / "chatlog").write_text("no folder")

    complaint = make_complaint(shop)

    assert not complaint.evidence.exists()
    assert [entry.kind for entry in complaint.entries.all()] == ["filed", "note"]
