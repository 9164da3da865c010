"""Deciding: one decision, what it needs, what it gives each complainant, and what happens when it is held."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from complaints.actions import deciding
from complaints.actions.deciding import decide_complaint, decide_matter
from complaints.actions.desk import take_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import add_evidence
from complaints.actions.grouping import group_complaints
from complaints.actions.hearing import shop_replies
from complaints.actions.settling import is_drawn_for_review
from complaints.actions.sweeping import sweep_complaints
from complaints.models import BlindReview, Complaint, Matter
from governance.actions.override_decision import withdraw_decision
from governance.actions.review_decision import dismiss_decision, release_decision
from governance.models import Decision, Policy, Remedy
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Event, Protection, User
from tests.builders import at, make_policy, make_shop, on
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
DECIDED_AT = at("11:10")


@pytest.fixture
def carol() -> User:
    return make_investigator()


@pytest.fixture
def held(carol: User) -> Complaint:
    return investigate(make_complaint(), carol)


def decide(complaint: Complaint, by: User, **changes: object) -> Complaint:
    return decide_complaint(
        complaint.pk, version=complaint.version, verdict=a_violation(**changes), by=by, at=DECIDED_AT
    )


def test_a_violation_is_decided_and_answered(held: Complaint, carol: User) -> None:
    complaint = decide(held, carol)

    decision = Decision.objects.get()
    assert (decision.kind, decision.clause, decision.matter) == ("violation", "no_answer", complaint.code)
    assert complaint.state == "decided"
    assert complaint.decision == decision
    assert complaint.outcome_en == decision.reasons_en
    assert complaint.assigned_to is None
    assert complaint.entries.last().kind == "decided"  # type: ignore[union-attr]
    assert AuditEntry.objects.filter(action="decide_complaint").count() == 1
    assert Event.objects.filter(type="complaint.changed").latest("position").data["state"] == "decided"


def test_the_decision_names_the_evidence_it_relies_on(held: Complaint, carol: User) -> None:
    evidence = add_evidence(held, side="buyer", name="a.pdf", content=b"%PDF-1.4 %%EOF", at=DECIDED_AT)
    held.refresh_from_db()

    decide(held, carol, evidence_ids=[evidence.pk])

    assert Decision.objects.get().evidence == [
        {"kind": "pdf", "reference": held.code, "sha256": evidence.sha256},
    ]


def test_evidence_of_another_complaint_is_refused(held: Complaint, carol: User) -> None:
    other = make_complaint(kind="goods")
    evidence = add_evidence(other, side="buyer", name="a.pdf", content=b"%PDF-1.4 %%EOF", at=DECIDED_AT)

    with pytest.raises(ComplaintError, match="another complaint"):
        decide(held, carol, evidence_ids=[evidence.pk])
    assert not Decision.objects.exists()


def test_no_violation_tells_outside_routes(held: Complaint, carol: User) -> None:
    complaint = decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=DECIDED_AT)

    assert complaint.decision is not None
    assert complaint.decision.kind == "no_violation"
    assert "market regulator" in complaint.outcome_en


def test_a_violation_needs_the_shop_to_be_heard(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=DECIDED_AT)

    with pytest.raises(ComplaintError, match="was not heard"):
        decide(complaint, carol)
    verdict = no_violation()
    assert decide_complaint(complaint.pk, version=1, verdict=verdict, by=carol, at=DECIDED_AT).state == "decided"


def test_only_who_holds_it_decides(held: Complaint) -> None:
    with pytest.raises(ComplaintError, match="do not hold"):
        decide(held, make_investigator("dan"))


def test_it_is_decided_once(held: Complaint, carol: User) -> None:
    decide(held, carol)

    with pytest.raises(ComplaintError, match="do not hold"):
        decide(held, carol)
    assert Decision.objects.count() == 1


def test_a_late_reply_that_came_first_is_read_first(held: Complaint, carol: User) -> None:
    shop_replies(held, version=held.version, text="Sorry, late.", by=User.objects.create_user("owner"), at=DECIDED_AT)

    with pytest.raises(ComplaintError, match="Something happened"):
        decide(held, carol)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clause": "made_up"}, "no clause"),
        ({"gravity": "awful"}, "gravity"),
        ({"words": Statement("Why.", "")}, "missing in a language"),
        ({"facts": Statement("", "事实")}, "missing in a language"),
        ({"remedy_kind": "a cake"}, "is no remedy"),
        ({"remedy_kind": "answer", "remedy_due_at": DECIDED_AT}, "due in the past"),
        ({"remedy_kind": "compensation"}, "gives no compensation"),
    ],
)
def test_a_verdict_that_is_not_whole_is_said(
    held: Complaint, carol: User, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ComplaintError, match=message):
        decide(held, carol, **changes)

    held.refresh_from_db()
    assert held.state == "investigating"
    assert not Decision.objects.exists()


def test_the_buyer_gets_a_remedy_with_a_deadline(held: Complaint, carol: User) -> None:
    decide(held, carol, remedy_kind="answer")

    remedy = Remedy.objects.get()
    assert (remedy.complaint, remedy.buyer_id, remedy.kind) == (held.code, "bo", "answer")
    assert remedy.due_at == DECIDED_AT + timedelta(hours=72)
    assert remedy.amount is None


def test_a_report_can_be_decided_and_gives_its_author_nothing(carol: User) -> None:
    report = investigate(make_complaint(standing="third_party"), carol)

    assert decide(report, carol, remedy_kind="apology").state == "decided"
    assert not Remedy.objects.exists()


def test_compensation_is_what_the_policy_says(carol: User) -> None:
    violations = make_redress_policy().rules().to_data()["violations"]
    gravity = next(each for each in violations["clauses"] if each["key"] == "no_answer")["gravities"][0]
    gravity["compensation"] = {"amount": 12.5, "currency": "CNY", "due_days": 10}
    make_policy(violations=violations)
    held = investigate(make_complaint(), carol)

    decide(held, carol, remedy_kind="compensation")

    remedy = Remedy.objects.get()
    assert (remedy.amount, remedy.currency) == (Decimal("12.50"), "CNY")
    assert remedy.due_at == DECIDED_AT + timedelta(days=10)


def test_a_policy_that_is_published_meanwhile_is_read_first(
    held: Complaint, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_redress_policy(starts_on=on(0))
    older = Policy.objects.earliest("version")
    monkeypatch.setattr(deciding, "policy_at", lambda _at: older)

    with pytest.raises(ComplaintError, match="Another policy came into force"), transaction.atomic():
        decide(held, carol)

    held.refresh_from_db()
    assert (held.state, Decision.objects.count()) == ("investigating", 0)


def test_a_held_decision_decides_when_it_is_released(held: Complaint, carol: User) -> None:
    complaint = decide(held, carol, gravity="severe")

    decision = Decision.objects.get()
    assert decision.is_held
    assert (complaint.state, complaint.decision) == ("investigating", decision)
    assert sweep_complaints(at("12:00"))["settled"] == 0
    with pytest.raises(ComplaintError, match="second person"):
        take_complaint(complaint.pk, by=make_investigator("eve"), at=at("12:00"))

    release_decision(decision.pk, by=make_investigator("dan"), at=at("12:00"), reason="Right.")
    assert sweep_complaints(at("12:01"))["settled"] == 1

    complaint.refresh_from_db()
    assert (complaint.state, complaint.decided_at) == ("decided", at("12:00"))


def test_a_dismissed_decision_gives_it_back_to_the_desk(held: Complaint, carol: User) -> None:
    complaint = decide(held, carol, gravity="severe")
    dismiss_decision(Decision.objects.get().pk, by=make_investigator("dan"), at=at("12:00"), reason="Too much.")

    assert sweep_complaints(at("12:01"))["sent_back"] == 1
    assert sweep_complaints(at("12:02"))["sent_back"] == 0

    complaint.refresh_from_db()
    assert (complaint.state, complaint.decision) == ("investigating", None)
    assert take_complaint(complaint.pk, by=carol, at=at("12:02"))


def test_a_matter_is_decided_once_for_all(carol: User) -> None:
    shop = make_shop()
    make_redress_policy()
    held = [investigate(make_complaint(shop, buyer_id=f"b{number}", subject="rule 7"), carol) for number in range(3)]
    matter = group_complaints([each.pk for each in held], title="Rule 7", by=carol, at=DECIDED_AT)

    with pytest.raises(ComplaintError, match="Decide the matter"):
        decide(held[0], carol)
    decide_matter(matter.pk, verdict=a_violation(remedy_kind="message_delivered"), by=carol, at=DECIDED_AT)

    decision = Decision.objects.get()
    assert decision.matter == matter.code
    assert {each.state for each in Complaint.objects.all()} == {"decided"}
    assert sorted(Remedy.objects.values_list("buyer_id", flat=True)) == ["b0", "b1", "b2"]
    with pytest.raises(ComplaintError, match="nothing to decide"):
        decide_matter(matter.pk, verdict=a_violation(), by=carol, at=DECIDED_AT)


def test_a_matter_in_which_somebody_else_works_waits(carol: User) -> None:
    shop = make_shop()
    make_redress_policy()
    mine = investigate(make_complaint(shop, agent=shop.agents.first()), carol)
    other = investigate(make_complaint(shop, buyer_id="bea", agent=shop.agents.first()), make_investigator("dan"))
    matter = group_complaints([mine.pk, other.pk], title="Ann", by=carol, at=DECIDED_AT)

    assert matter.agent == shop.agents.first()
    with pytest.raises(ComplaintError, match="dan works on complaint"):
        decide_matter(matter.pk, verdict=a_violation(), by=carol, at=DECIDED_AT)


def test_one_cause_is_one_open_matter(carol: User) -> None:
    shop = make_shop()
    make_redress_policy()
    one, two = (make_complaint(shop, buyer_id=buyer) for buyer in ("bo", "bea"))
    elsewhere = make_complaint(make_shop("book-nook"))

    first = group_complaints([one.pk], title="The outage", by=carol, at=DECIDED_AT)
    assert group_complaints([one.pk, two.pk], title="The outage", by=carol, at=DECIDED_AT).pk == first.pk
    assert Matter.objects.get().complaints.count() == 2
    with pytest.raises(ComplaintError, match="several shops"):
        group_complaints([one.pk, elsewhere.pk], title="Mixed", by=carol, at=DECIDED_AT)
    with pytest.raises(ComplaintError, match="belongs to the open matter"):
        group_complaints([two.pk], title="Something else", by=carol, at=DECIDED_AT)


def test_a_share_of_dismissals_is_reviewed_blind(carol: User) -> None:
    make_redress_policy(review_share=1)
    held = investigate(make_complaint(), carol)

    decide_complaint(held.pk, version=held.version, verdict=no_violation(), by=carol, at=DECIDED_AT)

    review = BlindReview.objects.get()
    assert (review.complaint_id, review.decided_by, review.drawn_at) == (held.pk, carol, DECIDED_AT)
    drawn = sum(is_drawn_for_review(f"C-{number}", 0.1) for number in range(2_000))
    assert 150 < drawn < 250  # 200 expected
    assert not is_drawn_for_review("C-1", 0)


def test_a_decision_that_is_taken_back_opens_it_again_for_another_person(held: Complaint, carol: User) -> None:
    complaint = decide(held, carol)
    dan = make_investigator("dan")
    withdraw_decision(Decision.objects.get().pk, words=WORDS, by=dan, at=at("15:00"))

    assert sweep_complaints(at("15:01"))["followed"] == 1
    assert sweep_complaints(at("15:02"))["followed"] == 0

    complaint.refresh_from_db()
    assert (complaint.state, complaint.decision, complaint.outcome_en) == ("investigating", None, "")
    assert Protection.objects.get().ends_at is None
    with pytest.raises(ComplaintError, match="recused"):
        take_complaint(complaint.pk, by=carol, at=at("15:02"))
    assert take_complaint(complaint.pk, by=dan, at=at("15:02"))
