"""Every side is heard: questions, replies, deadlines on the desk's clock, refusals, withdrawals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.actions.desk import take_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import add_evidence
from complaints.actions.hearing import (
    ask_buyer,
    buyer_adds,
    hear_shop,
    refuse_complaint,
    shop_replies,
    withdraw_complaint,
)
from complaints.models import MOVES, Complaint
from governance.policy.reasons import Statement
from shops.models import Notice, Protection, User
from tests.builders import at
from tests.complaints.builders import FILED_AT, WORDS, make_complaint, make_investigator

pytestmark = pytest.mark.django_db
ASKED_AT = at("11:00")


@pytest.fixture
def carol() -> User:
    return make_investigator()


@pytest.fixture
def held(carol: User) -> Complaint:
    return take_complaint(make_complaint(email="bo@example.com").pk, by=carol, at=ASKED_AT)


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("owner")


def asked(held: Complaint, carol: User) -> Complaint:
    return hear_shop(held.pk, version=held.version, words="What happened?", by=carol, at=ASKED_AT)


def test_the_table_of_moves_ends_where_nothing_can_follow() -> None:
    assert MOVES["withdrawn"] == frozenset()
    assert "decided" not in MOVES["awaiting_shop"]
    assert set(MOVES) == set(Complaint.State.values)


def test_the_shop_is_asked_by_a_deadline_while_the_clock_of_the_desk_stands(held: Complaint, carol: User) -> None:
    complaint = asked(held, carol)

    assert complaint.state == "awaiting_shop"
    assert complaint.shop_due_at == ASKED_AT + timedelta(hours=72)
    assert complaint.due_left_seconds == 62 * 3_600  # 63 hours, one of which is over
    assert complaint.assigned_to is None
    assert complaint.version == 2
    assert [entry.kind for entry in complaint.entries.for_shop()] == [
        "filed",
        "taken_up",
        "shop_asked",
    ]
    notice = Notice.objects.get()
    assert complaint.code in notice.title_en
    assert "What happened?" in notice.text_zh_hans


def test_the_reply_brings_it_back_and_the_clock_runs_on(held: Complaint, carol: User, owner: User) -> None:
    complaint = asked(held, carol)

    complaint = shop_replies(complaint, version=2, text="It was closed.", by=owner, at=at("11:00", 2))

    assert complaint.state == "investigating"
    assert complaint.due_left_seconds is None
    # 62 hours from Wednesday 11:00: 7 + 6 x 9 until Thursday week 18:00, one more on Friday.
    assert complaint.due_at == at("10:00", 11)


def test_the_shop_adds_evidence_once_asked(held: Complaint, carol: User, owner: User) -> None:
    complaint = asked(held, carol)

    add_evidence(complaint, side="shop", name="a.pdf", content=b"%PDF-1.4 %%EOF", at=ASKED_AT, by=owner)

    with pytest.raises(ComplaintError, match="Something happened"):
        shop_replies(complaint, version=2, text="It was closed.", by=owner, at=ASKED_AT)


def test_a_shop_that_was_not_asked_does_not_reply(held: Complaint, owner: User) -> None:
    with pytest.raises(ComplaintError, match="not asked"):
        shop_replies(held, version=1, text="Who told me?", by=owner, at=ASKED_AT)


def test_only_who_holds_it_asks(held: Complaint) -> None:
    dan = make_investigator("dan")

    with pytest.raises(ComplaintError, match="do not hold"):
        hear_shop(held.pk, version=1, words="What happened?", by=dan, at=ASKED_AT)


def test_the_last_instant_of_a_lease_and_the_first_after_it(held: Complaint, carol: User) -> None:
    ends_at = ASKED_AT + timedelta(minutes=30)

    with pytest.raises(ComplaintError, match="not any more"):
        hear_shop(held.pk, version=1, words="What happened?", by=carol, at=ends_at)
    just_before = ends_at - timedelta(microseconds=1)
    assert hear_shop(held.pk, version=1, words="What happened?", by=carol, at=just_before).state == "awaiting_shop"


def test_what_happened_meanwhile_is_read_first(held: Complaint, carol: User) -> None:
    buyer_adds(held, text="It happened again.", at=ASKED_AT)

    with pytest.raises(ComplaintError, match="Something happened"):
        hear_shop(held.pk, version=1, words="What happened?", by=carol, at=ASKED_AT)


def test_the_buyer_is_asked_and_answers(held: Complaint, carol: User) -> None:
    complaint = ask_buyer(held.pk, version=1, words="Which order?", by=carol, at=ASKED_AT)

    assert complaint.buyer_due_at == ASKED_AT + timedelta(hours=120)
    assert complaint.due_left_seconds == 62 * 3_600
    assert not complaint.entries.for_shop().filter(kind="buyer_asked").exists()
    assert complaint.entries.get(kind="buyer_asked").mailed_at is None
    assert Complaint.objects.at_desk().count() == 0

    complaint = buyer_adds(complaint, text="Number 7.", at=at("12:00"))

    assert (complaint.buyer_due_at, complaint.due_left_seconds) == (None, None)
    assert Complaint.objects.at_desk().count() == 1


def test_who_left_no_address_is_sent_no_mail(carol: User) -> None:
    complaint = make_complaint()

    assert complaint.entries.get().mailed_at == FILED_AT


def test_a_refusal_gives_reasons_and_outside_routes(held: Complaint, carol: User) -> None:
    complaint = refuse_complaint(held.pk, version=1, words=WORDS, by=carol, at=ASKED_AT)

    assert (complaint.state, complaint.is_refused) == ("closed", True)
    assert complaint.outcome_en.startswith("The log shows it.")
    assert "market regulator" in complaint.outcome_en
    assert "市场监管" in complaint.outcome_zh_hans
    assert Protection.objects.get().ends_at == ASKED_AT
    assert complaint.access_ends_at == ASKED_AT + timedelta(days=180)


def test_a_refusal_says_why_in_both_languages(held: Complaint, carol: User) -> None:
    with pytest.raises(ComplaintError, match="The reason is empty"):
        refuse_complaint(held.pk, version=1, words=Statement("No.", " "), by=carol, at=ASKED_AT)


def test_the_last_instant_to_refuse_and_the_first_after_it(carol: User) -> None:
    # 63 hours of the desk from Monday 10:00: Wednesday week 10:00.
    last = at("09:59:59", 9)
    one, two = make_complaint(), make_complaint(kind="goods")
    for complaint in (one, two):
        take_complaint(complaint.pk, by=carol, at=last)

    assert refuse_complaint(one.pk, version=1, words=WORDS, by=carol, at=last).is_refused
    with pytest.raises(ComplaintError, match="counts as taken up"):
        refuse_complaint(two.pk, version=1, words=WORDS, by=carol, at=at("10:00", 9))


def test_what_the_shop_was_asked_about_is_not_refused(held: Complaint, carol: User, owner: User) -> None:
    complaint = asked(held, carol)
    complaint = shop_replies(complaint, version=2, text="It was closed.", by=owner, at=ASKED_AT)
    take_complaint(complaint.pk, by=carol, at=ASKED_AT)

    with pytest.raises(ComplaintError, match="cannot be refused any more"):
        refuse_complaint(complaint.pk, version=3, words=WORDS, by=carol, at=ASKED_AT)


def test_a_withdrawn_complaint_ends_for_everybody(held: Complaint, carol: User) -> None:
    complaint = asked(held, carol)

    complaint = withdraw_complaint(complaint, at=at("12:00"))

    assert complaint.state == "withdrawn"
    assert Protection.objects.get().ends_at == at("12:00")
    assert Notice.objects.filter(reference__contains="withdrawn").count() == 1
    with pytest.raises(ComplaintError, match="decided or over"):
        withdraw_complaint(complaint, at=at("12:01"))
    with pytest.raises(ComplaintError, match="decided or over"):
        buyer_adds(complaint, text="Wait.", at=at("12:01"))
