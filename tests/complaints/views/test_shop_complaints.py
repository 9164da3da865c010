"""A shop's complaints: those to answer with their due dates, one with its conversation, the reply."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.actions.evidence import add_evidence
from complaints.actions.hearing import buyer_adds
from complaints.models import Entry
from shops.models import AuditEntry
from tests.builders import ANN, BOOKS, make_shop
from tests.complaints.views.cast import (
    asked,
    complain,
    decided,
    member,
    open_market,
    picture,
    signed_in,
    staff,
    value_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_market()


@pytest.fixture
def sam():
    return staff("sam", "complaints.work_complaint")


@pytest.fixture
def complaint(shop, sam):
    return asked(complain(shop), sam)


def place(complaint, more=""):
    return f"/shops/{complaint.shop.code}/complaints/{complaint.code}/{more}"


def reply(client, complaint, text="We are sorry", **rest):
    page = client.get(place(complaint)).content.decode()
    values = {"text": text, "version": value_of(page, "version"), "seen": value_of(page, "seen")}
    return client.post(place(complaint), values | rest)


def test_what_is_to_be_answered_is_listed_with_its_due_date_and_what_was_not_told_is_not(shop, sam, complaint) -> None:
    untold = complain(shop, "eve")
    page = member(shop).get("/shops/tea-house/complaints/").content.decode()

    assert complaint.code in page
    assert "reply by" in page
    assert untold.code not in page


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("viewer", 200), ("agent", 404)])
def test_who_sees_the_complaints_of_a_shop(shop, complaint, role, status) -> None:
    agent = {"agent": shop.agents.get(code=ANN)} if role == "agent" else {}
    client = member(shop, role, **agent)

    assert client.get("/shops/tea-house/complaints/").status_code == status
    assert client.get(place(complaint)).status_code == status
    page = client.get(place(complaint)).content.decode()
    assert ("Send the reply" in page) == (role in {"owner", "manager"})


def test_another_shops_people_and_ids_find_nothing(shop, complaint) -> None:
    books = make_shop(BOOKS)
    stranger = member(books, name="boris")
    evidence = add_evidence(complaint, side="buyer", name="a.pdf", content=b"%PDF-1.4\n%%EOF\n", at=timezone.now())

    for path in (
        "/shops/tea-house/complaints/",
        place(complaint),
        place(complaint, f"evidence/{evidence.pk}/"),
        f"/shops/book-nook/complaints/{complaint.code}/",
        f"/shops/book-nook/complaints/{complaint.code}/evidence/{evidence.pk}/",
    ):
        assert stranger.get(path).status_code == 404, path
    assert stranger.post(f"/shops/book-nook/complaints/{complaint.code}/", {"text": "x"}).status_code == 404
    assert Client().get(place(complaint)).status_code == 302


def test_reading_is_recorded_and_the_conversation_is_shown(shop, complaint) -> None:
    page = member(shop).get(place(complaint)).content.decode()

    assert "Where is my parcel?" in page
    assert "&lt;b&gt;where" in page
    entry = AuditEntry.objects.get(action="read_complaint")
    assert entry.by is not None
    assert entry.by.username == "olga"


def test_a_reply_with_evidence_is_taken_and_the_desk_goes_on(shop, complaint) -> None:
    olga = member(shop)
    answer = reply(olga, complaint, evidence=[picture("till.png")])

    assert answer.status_code == 302, answer.content.decode()
    complaint.refresh_from_db()
    assert complaint.state == "investigating"
    assert complaint.evidence.get(side="shop").name == "till.png"
    page = olga.get(place(complaint)).content.decode()
    assert "We are sorry" in page
    assert "till.png" in page


def test_a_stale_reply_says_what_changed_and_keeps_the_words(shop, complaint) -> None:
    olga = member(shop)
    page = olga.get(place(complaint)).content.decode()
    values = {"text": "Our long reply", "version": value_of(page, "version"), "seen": value_of(page, "seen")}
    buyer_adds(complaint, text="I found the parcel", at=timezone.now())

    stale = olga.post(place(complaint), values)
    told = stale.content.decode()
    assert stale.status_code == 409
    assert "Something happened while you wrote" in told
    assert told.count("I found the parcel") == 2
    assert "Our long reply" in told
    assert not complaint.entries.filter(kind=Entry.Kind.SHOP_REPLIED).exists()
    fresh = {"text": "Our long reply", "version": value_of(told, "version"), "seen": value_of(told, "seen")}
    assert olga.post(place(complaint), fresh).status_code == 302


def test_a_reply_after_the_decision_is_refused_with_its_words_kept(shop, sam, complaint) -> None:
    olga = member(shop)
    page = olga.get(place(complaint)).content.decode()
    values = {"text": "Our late reply", "version": value_of(page, "version"), "seen": value_of(page, "seen")}
    reply(olga, complaint, "First")
    decided(complaint, sam)

    late = olga.post(place(complaint), values)
    assert late.status_code == 409
    assert "Our late reply" in late.content.decode()
    assert "Send the reply" not in late.content.decode()


def test_only_leaders_reply_and_only_from_the_sites_own_form(shop, complaint) -> None:
    values = {"text": "x", "version": complaint.version, "seen": 0}
    assert member(shop, "viewer", "vera").post(place(complaint), values).status_code == 404

    olga = member(shop)
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = olga.cookies
    assert guarded.post(place(complaint), values).status_code == 403
    assert guarded.post(place(complaint), values, CONTENT_LENGTH="2000000000").status_code == 413
    assert not complaint.entries.filter(kind=Entry.Kind.SHOP_REPLIED).exists()


def test_numbers_that_are_none_and_empty_words_are_refused(shop, complaint) -> None:
    olga = member(shop)
    for wrong in ({"version": "x"}, {"seen": "-1"}, {"text": " "}, {"version": str(2**40)}, {"text": "a\0b"}):
        values = {"text": "Kept words", "version": complaint.version, "seen": 0} | wrong
        answer = olga.post(place(complaint), values)
        assert answer.status_code == 422, wrong


def test_the_shop_opens_the_buyers_files_but_no_authority_and_the_reading_is_recorded(shop, complaint) -> None:
    now, olga = timezone.now(), member(shop)
    paper = add_evidence(complaint, side="buyer", name="a.pdf", content=b"%PDF-1.4\n%%EOF\n", at=now)
    authority = add_evidence(
        complaint, side="buyer", name="b.pdf", content=b"%PDF-1.4\nx\n%%EOF\n", at=now, is_authority=True
    )
    talk = complaint.evidence.get(kind="conversation")

    assert olga.get(place(complaint, f"evidence/{paper.pk}/"))["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.filter(action="read_complaint").count() == 1
    assert olga.get(place(complaint, f"evidence/{authority.pk}/")).status_code == 404
    assert olga.get(place(complaint, f"evidence/{talk.pk}/")).status_code == 404


def test_staff_need_two_permissions_to_read_a_shops_page(shop, complaint) -> None:
    seeing = signed_in(staff("sue", "shops.view_shop", "complaints.view_complaint"))
    reading = signed_in(staff("rob", "shops.view_shop", "complaints.view_complaint", "complaints.read_buyer_text"))
    assert signed_in(staff("nil", "shops.view_shop")).get("/shops/tea-house/complaints/").status_code == 404
    assert seeing.get("/shops/tea-house/complaints/").status_code == 200
    assert seeing.get(place(complaint)).status_code == 404
    assert reading.get(place(complaint)).status_code == 200


def test_pages_cost_the_same_queries_for_two_complaints_as_for_ten(shop, sam, complaint) -> None:
    olga = member(shop)
    asked(complain(shop, "buyer-0"), sam)
    olga.get("/shops/tea-house/complaints/")
    with CaptureQueriesContext(connection) as two:
        olga.get("/shops/tea-house/complaints/")
    for number in range(1, 9):
        asked(complain(shop, f"buyer-{number}"), sam)
    with CaptureQueriesContext(connection) as ten:
        olga.get("/shops/tea-house/complaints/")
    assert len(two) == len(ten)
