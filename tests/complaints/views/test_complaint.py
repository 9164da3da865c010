"""The buyer's page of a complaint: how it stands, by when who acts, what can be added, the decision and the appeal."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.actions.access import revoke_access
from complaints.actions.desk import add_note, take_complaint
from complaints.actions.evidence import add_evidence
from complaints.actions.hearing import ask_buyer, shop_replies
from complaints.models import Complaint, Entry, EvidenceFile
from governance.models import Appeal
from shops.models import User
from tests.complaints.views.cast import (
    address,
    asked,
    complain,
    decided,
    open_market,
    picture,
    staff,
)

pytestmark = pytest.mark.django_db
PAPER = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def shop():
    return open_market()


@pytest.fixture
def complaint(shop):
    return complain(shop)


@pytest.fixture
def sam():
    return staff("sam", "complaints.work_complaint")


def read(complaint, **headers):
    return Client(headers=headers).get(address(complaint))


def test_the_page_tells_the_step_the_deadline_and_what_was_said_in_both_languages(complaint) -> None:
    english, chinese = read(complaint), read(complaint, accept_language="zh-CN")
    page = english.content.decode()

    assert english.status_code == 200
    assert "We decide by" in page
    assert 'aria-current="step"' in page
    assert complaint.code in page
    assert "&lt;b&gt;where" in page
    assert "<script" not in page
    assert (english["Referrer-Policy"], "no-store" in english["Cache-Control"]) == ("no-referrer", True)
    assert not english.cookies
    assert chinese["Content-Language"] == "zh-hans"


def test_what_is_for_staff_or_the_shop_only_is_not_on_the_page(complaint, sam) -> None:
    asked(complaint, sam, words="A question for the shop")
    add_note(complaint.pk, text="A private note", by=sam, at=timezone.now())
    internal = add_evidence(complaint, side="staff", name="internal.pdf", content=PAPER, at=timezone.now(), by=sam)
    reply = add_evidence(complaint, side="shop", name="till.pdf", content=PAPER, at=timezone.now(), by=sam)
    page = read(complaint).content.decode()

    assert "The shop can reply until" in page
    assert "A private note" not in page
    assert "internal.pdf</a>" not in page
    assert "till.pdf</a>" in page
    assert Client().get(address(complaint, f"evidence/{internal.pk}/")).status_code == 404
    assert Client().get(address(complaint, f"evidence/{reply.pk}/")).status_code == 200
    assert "sam" not in page.replace("same", "")


def test_an_altered_a_revoked_and_an_ended_link_tell_nothing(complaint) -> None:
    link = address(complaint)
    token = link.split("/")[2]
    altered = ("A" if token[0] != "A" else "B") + token[1:]
    assert Client().get(f"/c/{altered}/").status_code == 404
    Complaint.objects.update(access_ends_at=timezone.now())
    assert Client().get(link).status_code == 410
    Complaint.objects.update(access_ends_at=None)
    revoke_access(complaint, by=None, at=timezone.now())
    refused = Client().get(link)
    assert refused.status_code == 404
    assert complaint.code not in refused.content.decode()


def test_the_buyer_adds_words_and_files_and_answers_what_was_asked(complaint, sam) -> None:
    now = timezone.now()
    take_complaint(complaint.pk, by=sam, at=now)
    complaint.refresh_from_db()
    ask_buyer(complaint.pk, version=complaint.version, words="On which day?", by=sam, at=now)
    assert "please answer by" in read(complaint).content.decode()

    answer = Client(enforce_csrf_checks=True).post(
        address(complaint, "add/"), {"text": "It was on Monday", "evidence": [picture("more.png")]}
    )
    assert answer.status_code == 302, answer.content.decode()
    page = read(complaint).content.decode()
    assert "It was on Monday" in page
    assert "more.png" in page
    assert "please answer by" not in page


def test_a_refused_addition_comes_back_with_its_words(complaint) -> None:
    program = SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + b"\0" * 200, "image/jpeg")
    empty = Client().post(address(complaint, "add/"), {"text": " "})
    refused = Client().post(address(complaint, "add/"), {"text": "My words", "evidence": [program]})

    assert (empty.status_code, refused.status_code) == (422, 422)
    assert "There is nothing to add yet" in empty.content.decode()
    assert "My words" in refused.content.decode()
    assert not complaint.entries.filter(kind=Entry.Kind.BUYER_ADDED).exists()


def test_withdrawing_asks_first_and_then_ends_it(complaint) -> None:
    question = Client().get(address(complaint, "withdraw/"))
    complaint.refresh_from_db()
    assert (question.status_code, complaint.state) == (200, "received")

    assert Client().post(address(complaint, "withdraw/")).status_code == 302
    complaint.refresh_from_db()
    assert complaint.state == "withdrawn"
    page = read(complaint).content.decode()
    assert "Withdrawn" in page
    assert "Add it" not in page
    again = Client().post(address(complaint, "withdraw/"))
    assert again.status_code == 409
    assert Client().post(address(complaint, "add/"), {"text": "Too late"}).status_code == 422


def test_a_decision_is_read_with_its_reasons_and_can_be_appealed_while_the_right_lasts(complaint, sam) -> None:
    decided(complaint, sam)
    page = read(complaint).content.decode()
    assert "Our answer" in page
    assert "Words of reason" in page
    assert "裁定理由" in read(complaint, accept_language="zh-CN").content.decode()
    assert "You can appeal until" in page

    assert Client().post(address(complaint, "appeal/"), {"text": " "}).status_code == 422
    sent = Client(enforce_csrf_checks=True).post(address(complaint, "appeal/"), {"text": "You overlooked Monday"})
    assert sent.status_code == 302, sent.content.decode()
    appeal = Appeal.objects.get()
    assert (appeal.who, appeal.buyer_id, appeal.complaint) == ("buyer", "bo", complaint.code)
    page = read(complaint).content.decode()
    assert "You overlooked Monday" in page
    assert "You can appeal until" not in page
    again = Client().post(address(complaint, "appeal/"), {"text": "And again"})
    assert again.status_code == 422
    assert Appeal.objects.count() == 1


def test_a_decision_that_waits_for_a_second_person_is_not_told(complaint, sam) -> None:
    asked(complaint, sam)
    complaint.refresh_from_db()
    olga = User.objects.create(username="olga")
    shop_replies(complaint, version=complaint.version, text="We are sorry", by=olga, at=timezone.now())
    decided(complaint, sam, clause="no_answer", gravity="severe")
    page = read(complaint).content.decode()

    assert "a second person checks it" in page
    assert "Words of reason" not in page
    assert Client().post(address(complaint, "appeal/"), {"text": "Now"}).status_code == 404
    assert Client().post(address(complaint, "withdraw/")).status_code == 409


def test_a_remedy_is_followed_on_the_page(complaint, sam) -> None:
    asked(complaint, sam)
    complaint.refresh_from_db()
    olga = User.objects.create(username="olga")
    shop_replies(complaint, version=complaint.version, text="We are sorry", by=olga, at=timezone.now())
    decided(complaint, sam, clause="no_answer", gravity="mild", remedy_kind="answer")
    page = read(complaint).content.decode()

    assert "We are sorry" in page
    assert "An answer" in page
    assert "due by" in page


def test_own_evidence_is_served_with_safe_headers_and_nobody_elses_at_all(shop, complaint) -> None:
    now = timezone.now()
    mine = add_evidence(complaint, side="buyer", name="evil.html", content=b"%PDF-1.4\n%%EOF\n", at=now)
    shown = add_evidence(complaint, side="buyer", name="a.png", content=picture().read(), at=now)
    other = complain(shop, "eve")
    hers = add_evidence(other, side="buyer", name="b.pdf", content=b"%PDF-1.4\nx\n%%EOF\n", at=now)
    page = Client()

    paper = page.get(address(complaint, f"evidence/{mine.pk}/"))
    assert (paper.status_code, paper["X-Content-Type-Options"]) == (200, "nosniff")
    assert paper["Content-Disposition"] == 'attachment; filename="evil.pdf"'
    assert paper["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in paper["Cache-Control"]
    assert page.get(address(complaint, f"evidence/{shown.pk}/"))["Content-Disposition"].startswith("inline")
    assert page.get(address(complaint, f"evidence/{hers.pk}/")).status_code == 404
    talk = complaint.evidence.get(kind="conversation")
    told = page.get(address(complaint, f"evidence/{talk.pk}/"))
    assert "Where is my parcel?" in told.content.decode()
    assert told["Content-Disposition"].startswith("attachment")


def test_the_evidence_file_is_made_and_the_public_page_confirms_its_digest(complaint) -> None:
    answer = Client(enforce_csrf_checks=True).post(address(complaint, "file/"))
    assert answer.status_code == 200, answer.content.decode()
    digest = hashlib.sha256(answer.content).hexdigest()
    assert EvidenceFile.objects.get().sha256 == digest == answer["X-Content-SHA256"]
    assert answer["Content-Disposition"].startswith("attachment")

    known = Client().get(f"/verify/{digest}/")
    assert known.status_code == 200
    assert complaint.code in known.content.decode()
    assert "parcel" not in known.content.decode()
    assert complaint.shop.name not in known.content.decode()


def test_an_escalated_and_a_missed_deadline_are_told(complaint) -> None:
    now = timezone.now()
    Complaint.objects.update(escalated_at=now, due_at=now + timedelta(hours=1))
    assert "moved up" in read(complaint).content.decode()
    Complaint.objects.update(overdue_at=now, due_at=now - timedelta(hours=1))
    page = read(complaint).content.decode()
    assert "We missed our deadline" in page
    assert "We decide by" not in page


def test_a_page_costs_the_same_queries_however_much_was_said(complaint) -> None:
    link = address(complaint)
    with CaptureQueriesContext(
        connection,
    ) as few:
        Client().get(link)
    for number in range(10):
        Client().post(
            address(complaint, "add/"),
            {"text": f"More {number}", "evidence": [picture(f"{number}.png", (40 + number, 30))]},
        )
    with CaptureQueriesContext(connection) as many:
        Client().get(link)
    assert len(many) == len(few)
