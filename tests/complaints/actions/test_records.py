"""Records and people's data: links, readings, snapshots, evidence files, export, erasure, second opinions."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from complaints.actions import evidence_store
from complaints.actions.access import find_by_access, revoke_access, sign_access
from complaints.actions.blind_reviews import agreement, give_verdict
from complaints.actions.deciding import decide_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import EvidenceError, add_evidence, read_evidence
from complaints.actions.evidence_file import make_evidence_file
from complaints.actions.hearing import withdraw_complaint
from complaints.actions.personal_data import erase_complaints, export_buyer, retain_complaints
from complaints.actions.reading import record_reading
from complaints.actions.snapshot import read_snapshot, snapshot_conversation
from complaints.models import BlindReview, Complaint, EvidenceFile
from shops.models import AuditEntry, Escalation, User
from tests.builders import answers, asks, at, make_shop, store
from tests.complaints.builders import (
    FILED_AT,
    investigate,
    make_complaint,
    make_investigator,
    make_redress_policy,
    no_violation,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 of Bo %%EOF"


@pytest.fixture
def carol() -> User:
    return make_investigator()


def add(complaint: Complaint, content: bytes = PDF) -> Any:
    return add_evidence(complaint, side="buyer", name="bo.pdf", content=content, at=FILED_AT)


def test_a_link_opens_its_complaint_and_no_other() -> None:
    complaint = make_complaint()
    token = sign_access(complaint)

    assert find_by_access(token) == complaint
    for wrong in (f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}", f"x{token}", "", "." * 10, "x" * 10_000, "\x00"):
        assert find_by_access(wrong) is None


def test_a_revoked_link_opens_nothing_and_the_new_one_does(carol: User) -> None:
    complaint = make_complaint()
    token = sign_access(complaint)

    revoke_access(complaint, by=carol, at=FILED_AT)

    assert find_by_access(token) is None
    assert find_by_access(sign_access(complaint)) == complaint
    assert AuditEntry.objects.get(action="revoke_access").by == carol


def test_a_reading_says_what_for(carol: User) -> None:
    complaint = make_complaint()
    record_reading(complaint, by=carol, purpose="Investigation")

    entry = AuditEntry.objects.get(action="read_complaint")
    assert (entry.by, entry.detail["purpose"]) == (carol, "Investigation")
    with pytest.raises(ComplaintError, match="purpose"):
        record_reading(complaint, by=carol, purpose="  ")


def test_a_snapshot_holds_the_buyers_own_talk_in_order() -> None:
    store(asks(at("09:00"), text="Open?"), answers(at("09:05"), text="Yes"), asks(at("09:06"), "bea", text="Mine"))

    evidence = make_complaint().evidence.get()

    assert [(each["sender"], each["text"]) for each in read_snapshot(evidence)] == [
        ("buyer", "Open?"),
        ("agent", "Yes"),
    ]
    assert hashlib.sha256(read_evidence(evidence)).hexdigest() == evidence.sha256


def test_a_later_snapshot_is_another_row_only_where_something_was_said() -> None:
    store(asks(at("09:00"), text="Open?"))
    complaint = make_complaint()

    assert snapshot_conversation(complaint, at=at("12:00")) == complaint.evidence.get()
    store(asks(at("12:30"), text="Hello?"))
    assert snapshot_conversation(complaint, at=at("13:00")) != complaint.evidence.first()
    assert complaint.evidence.count() == 2


def test_an_uploaded_file_is_no_snapshot() -> None:
    with pytest.raises(EvidenceError, match="no conversation"):
        read_snapshot(add(make_complaint()))


def test_an_evidence_file_holds_everything_with_its_hash(carol: User) -> None:
    store(asks(at("09:00"), text="Open?"))
    complaint = investigate(make_complaint(), carol)
    add(complaint)
    complaint.refresh_from_db()
    complaint = decide_complaint(
        complaint.pk, version=complaint.version, verdict=no_violation(), by=carol, at=at("11:10")
    )

    content, row = make_evidence_file(complaint, at=at("12:00"))

    assert row.sha256 == hashlib.sha256(content).hexdigest()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, sha256 in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == sha256
        assert json.loads(archive.read("decision.json"))["kind"] == "no_violation"
        assert json.loads(archive.read("receipts.json"))[0]["outcome"] == "waiting"
        course = json.loads(archive.read("complaint.json"))["course"]
    assert [each["kind"] for each in manifest["evidence"]] == ["conversation", "pdf"]
    assert "note" not in {step["what"] for step in course}
    assert make_evidence_file(complaint, at=at("12:00"))[1] == row
    assert EvidenceFile.objects.count() == 1


def test_a_buyers_data_are_exported(carol: User) -> None:
    complaint = make_complaint(email="bo@example.com")
    make_complaint(buyer_id="bea")

    data = export_buyer("bo")

    assert json.loads(json.dumps(data)) == data
    assert [each["reference"] for each in data["complaints"]] == [complaint.code]
    assert data["complaints"][0]["email"] == "bo@example.com"
    assert export_buyer("bo", make_shop("book-nook"))["complaints"] == []


@pytest.mark.django_db(transaction=True)
def test_a_buyers_data_are_erased_and_the_record_stays(carol: User) -> None:
    complaint = make_complaint(email="bo@example.com", name="Bo")
    evidence = add(complaint)
    token = sign_access(complaint)
    withdraw_complaint(complaint, at=at("11:00"))

    assert erase_complaints("bo", by=carol, at=at("12:00")) == 1
    assert erase_complaints("bo", by=carol, at=at("12:00")) == 0

    complaint.refresh_from_db()
    evidence.refresh_from_db()
    assert {complaint.buyer_id, complaint.text, complaint.name, complaint.email} == {""}
    assert set(complaint.entries.values_list("text", flat=True)) == {""}
    assert complaint.entries.count() == 4
    assert (evidence.name, evidence.erased_at) == ("", at("12:00"))
    assert not evidence_store.path_of(evidence.sha256).exists()
    with pytest.raises(EvidenceError, match="erased"):
        read_evidence(evidence)
    assert find_by_access(token) is None
    assert Escalation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_content_that_another_complaint_needs_is_not_removed(carol: User) -> None:
    one, two = make_complaint(), make_complaint(buyer_id="bea")
    add(one)
    kept = add(two)
    withdraw_complaint(one, at=at("11:00"))

    erase_complaints("bo", by=carol, at=at("12:00"))

    assert read_evidence(kept) == PDF


def test_what_is_still_open_is_not_erased(carol: User) -> None:
    make_complaint()

    with pytest.raises(ComplaintError, match="is not over"):
        erase_complaints("bo", by=carol, at=at("12:00"))
    with pytest.raises(ComplaintError, match="Name the buyer"):
        erase_complaints("", by=carol, at=at("12:00"))


def test_old_complaints_are_erased_when_the_policy_says() -> None:
    make_redress_policy(evidence_kept_days=30)
    withdraw_complaint(make_complaint(), at=at("11:00"))

    assert retain_complaints(at("11:00") + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert retain_complaints(at("11:00") + timedelta(days=30)) == 1
    assert Complaint.objects.get().text == ""


def test_second_opinions_are_given_once_by_another_and_counted(carol: User) -> None:
    dan = make_investigator("dan")
    reviews = [
        BlindReview.objects.create(complaint=make_complaint(buyer_id=buyer), decided_by=carol, drawn_at=FILED_AT)
        for buyer in ("bo", "bea", "ben")
    ]
    given = {"clause": "", "reason": "I see it so.", "at": FILED_AT}
    assert agreement().rate is None

    with pytest.raises(ComplaintError, match="Somebody else"):
        give_verdict(reviews[0].pk, verdict="no_violation", by=carol, **given)  # type: ignore[arg-type]
    give_verdict(reviews[0].pk, verdict="no_violation", by=dan, **given)  # type: ignore[arg-type]
    give_verdict(reviews[1].pk, verdict="violation", by=dan, **(given | {"clause": "no_answer"}))  # type: ignore[arg-type]

    assert (agreement().drawn, agreement().reviewed, agreement().agreed, agreement().rate) == (3, 2, 1, 0.5)
    with pytest.raises(ComplaintError, match="given already"):
        give_verdict(reviews[0].pk, verdict="violation", by=dan, **given)  # type: ignore[arg-type]


def test_what_staff_added_is_not_handed_to_the_complainant(carol: User) -> None:
    complaint = make_complaint()
    add(complaint)
    add_evidence(complaint, side="staff", name="intern.pdf", content=b"%PDF-1.7 of Carol %%EOF", at=FILED_AT, by=carol)

    content, _row = make_evidence_file(complaint, at=at("12:00"))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {each["name"] for each in json.loads(archive.read("manifest.json"))["evidence"]} == {"bo.pdf"}
