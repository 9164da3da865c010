"""What time does: each deadline in pairs, the last instant that counts and the first that does not; each told once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaints.actions.deciding import decide_complaint
from complaints.actions.desk import take_complaint
from complaints.actions.hearing import ask_buyer, hear_shop
from complaints.actions.sweeping import sweep_complaints
from complaints.models import Complaint
from governance.actions.appeals import decide_appeal, draw_appeal, file_appeal
from governance.actions.decide_violation import Ruling, decide_violation
from governance.actions.duties import note_remedy_done
from governance.models import Remedy
from shops.models import Notice, Protection, User
from tests.builders import at, on
from tests.complaints.builders import (
    WORDS,
    a_violation,
    investigate,
    make_complaint,
    make_investigator,
    make_redress_policy,
    no_violation,
)

pytestmark = pytest.mark.django_db
ASKED_AT = at("11:00")
JUST = timedelta(microseconds=1)
SHOP_APPEALS = {"who": "shop", "against": "violation", "within_days": 15}
BUYER_APPEALS = {"who": "buyer", "against": "no_violation", "within_days": 30}


@pytest.fixture
def carol() -> User:
    return make_investigator()


def kinds(complaint: Complaint) -> list[str]:
    return list(complaint.entries.order_by("pk").values_list("kind", flat=True))


def done(when: datetime) -> dict[str, int]:
    """What the sweep did, and that a second one at the same instant finds nothing."""
    news = {name: count for name, count in sweep_complaints(when).items() if count}
    assert not any(sweep_complaints(when).values())
    return news


def test_without_a_policy_nothing_is_swept() -> None:
    assert sweep_complaints(ASKED_AT) == {}


def test_a_silent_shop_is_noted_and_the_matter_goes_on(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=ASKED_AT)
    hear_shop(complaint.pk, version=1, words="What happened?", by=carol, at=ASKED_AT)
    due_at = ASKED_AT + timedelta(hours=72)  # Thursday 11:00

    assert done(due_at - JUST) == {}
    assert done(due_at) == {"shop_silent": 1}

    complaint.refresh_from_db()
    assert complaint.state == "investigating"
    assert kinds(complaint)[-1] == "shop_silent"
    # 62 hours from Thursday 11:00: 7 + 6 x 9 until Friday week 18:00, one more on Monday.
    assert (complaint.due_at, complaint.due_left_seconds) == (at("10:00", 14), None)
    assert Notice.objects.filter(reference__contains="silent").count() == 1


def test_a_silent_buyer_lets_the_clock_run_on(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=ASKED_AT)
    ask_buyer(complaint.pk, version=1, words="Which order?", by=carol, at=ASKED_AT)
    due_at = ASKED_AT + timedelta(hours=120)

    assert done(due_at - JUST) == {}
    assert done(due_at) == {"buyer_silent": 1}

    complaint.refresh_from_db()
    assert (complaint.buyer_due_at, complaint.due_left_seconds) == (None, None)


def test_a_lease_that_is_over_is_given_back(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=ASKED_AT)

    assert done(ASKED_AT + timedelta(minutes=30) - JUST) == {}
    assert done(ASKED_AT + timedelta(minutes=30)) == {"returned": 1}

    complaint.refresh_from_db()
    assert complaint.assigned_to is None
    assert complaint.version == 1


def test_it_goes_up_before_the_deadline_and_is_told_after_it() -> None:
    complaint = make_complaint(email="bo@example.com")
    # Due Wednesday week 10:00; eight hours of the desk before that are Tuesday 11:00.
    assert done(at("10:59:59", 8)) == {}
    assert done(at("11:00", 8)) == {"escalated": 1}
    assert done(at("09:59:59", 9)) == {}
    assert done(at("10:00", 9)) == {"taken_up": 1, "overdue": 1}

    complaint.refresh_from_db()
    assert (complaint.escalated_at, complaint.overdue_at) == (at("11:00", 8), at("10:00", 9))
    assert kinds(complaint) == ["filed", "escalated", "taken_up", "overdue"]
    assert complaint.entries.for_buyer().filter(kind="overdue").exists()
    assert complaint.entries.get(kind="overdue").mailed_at is None


def test_what_waits_for_another_side_is_not_overdue(carol: User) -> None:
    make_redress_policy(buyer_reply_hours=2_000)
    complaint = take_complaint(make_complaint().pk, by=carol, at=ASKED_AT)
    ask_buyer(complaint.pk, version=1, words="Which order?", by=carol, at=ASKED_AT)

    assert done(at("12:00", 20)) == {}


def test_nobody_refused_in_time_so_it_is_taken_up() -> None:
    make_redress_policy(refuse_within_hours=9)
    complaint = make_complaint()

    assert done(at("09:59:59", 1)) == {}
    assert done(at("10:00", 1)) == {"taken_up": 1}
    complaint.refresh_from_db()
    assert complaint.state == "investigating"


def test_a_dismissal_closes_after_the_buyers_last_day(carol: User) -> None:
    make_redress_policy(appeals=[BUYER_APPEALS])
    held = investigate(make_complaint(), carol)
    complaint = decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=ASKED_AT)

    # 30 days after Monday 2026-05-04: Wednesday 2026-06-03, which ends at midnight.
    assert done(at("23:59:59", 30)) == {}
    assert done(at("00:00", 31)) == {"closed": 1}

    complaint.refresh_from_db()
    assert (complaint.state, complaint.closed_at) == ("closed", at("00:00", 31))
    assert complaint.access_ends_at == at("00:00", 31) + timedelta(days=180)
    assert Protection.objects.get().ends_at == at("00:00", 31)


def test_a_violation_closes_when_the_shop_cannot_appeal_and_the_remedy_is_done(carol: User) -> None:
    make_redress_policy(appeals=[SHOP_APPEALS])
    held = investigate(make_complaint(), carol)
    verdict = a_violation(remedy_kind="answer")
    decide_complaint(held.pk, version=held.version, verdict=verdict, by=carol, at=ASKED_AT)

    assert done(at("00:00", 16)) == {}
    note_remedy_done(Remedy.objects.get().pk, note="Answered.", at=at("01:00", 16), by=carol)
    assert done(at("01:00", 16)) == {"closed": 1}


def test_another_persons_failure_to_release_leaves_it_where_it_is(carol: User) -> None:
    held = investigate(make_complaint(), carol)
    verdict = a_violation(gravity="severe")
    decide_complaint(held.pk, version=held.version, verdict=verdict, by=carol, at=ASKED_AT)

    # Nothing timed slips past the gate, however long nobody looks.
    assert done(at("12:00", 300)) == {}


def test_an_open_appeal_keeps_it_open(carol: User) -> None:
    make_redress_policy(appeals=[BUYER_APPEALS])
    held = investigate(make_complaint(), carol)
    complaint = decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=ASKED_AT)
    assert complaint.decision is not None
    last = at("23:59:59", 30)
    file_appeal(complaint.decision, who="buyer", text="Look again.", at=last, buyer_id="bo", complaint=complaint.code)

    assert done(at("00:00", 40)) == {}


def test_an_appeal_that_is_accepted_opens_it_again(carol: User) -> None:
    make_redress_policy(appeals=[BUYER_APPEALS])
    held = investigate(make_complaint(), carol)
    complaint = decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=ASKED_AT)
    assert complaint.decision is not None
    appeal = file_appeal(
        complaint.decision, who="buyer", text="Look again.", at=at("12:00"), buyer_id="bo", complaint=complaint.code
    )
    dan = make_investigator("dan")
    draw_appeal(appeal.pk, by=dan, at=at("12:30"))
    decide_appeal(appeal.pk, accept=True, answer=WORDS, by=dan, at=at("12:40"))

    assert done(at("13:00")) == {"followed": 1}
    complaint.refresh_from_db()
    assert complaint.state == "investigating"
    assert complaint.decision_id is None


def test_a_decision_that_takes_anothers_place_is_the_answer(carol: User) -> None:
    held = investigate(make_complaint(), carol)
    complaint = decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=ASKED_AT)
    later = decide_violation(
        complaint.shop,
        clause="no_answer",
        gravity="mild",
        occurred_on=on(0),
        ruling=Ruling(facts=WORDS, words=WORDS, matter=complaint.code),
        replaces=complaint.decision,
        by=make_investigator("dan"),
        at=at("12:00"),
    )

    assert done(at("13:00")) == {"followed": 1}
    complaint.refresh_from_db()
    assert (complaint.state, complaint.decision, complaint.decided_at) == ("decided", later, at("12:00"))
