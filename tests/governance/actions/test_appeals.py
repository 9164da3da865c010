"""Appeals: who may, until when, how often; what they suspend; answered once by another person; fully undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.actions.appeals import (
    AppealError,
    appeal_right,
    decide_appeal,
    draw_appeal,
    file_appeal,
    return_appeal,
    withdraw_appeal,
)
from governance.actions.decide import decide as decide_about_agent
from governance.actions.decide_violation import RemedyOrder, decide_no_violation
from governance.actions.override_decision import withdraw_decision
from governance.actions.points import balances_of
from governance.actions.review_decision import dismiss_decision
from governance.models import Appeal, Decision, Penalty, Policy, Remedy
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Event, Holiday, Notice, Shop, User
from tests.builders import ANN, at, make_policy, on
from tests.governance.actions.judging import consequences
from tests.governance.actions.violating import (
    APPEALS,
    RULING,
    decide,
    held_privileges,
    make_granted_shop,
    make_staff,
    make_violation_policy,
    noon,
    violations,
)

pytestmark = pytest.mark.django_db
ANSWER = Statement("The message was no refund.", "该消息与退款无关。")
LAST_INSTANT = datetime(2026, 5, 11, 16, tzinfo=UTC)
"""Midnight in Shanghai after the seventh whole day: the decision took effect on Monday the 4th, 20:00 there."""
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def policy() -> Policy:
    return make_violation_policy()


@pytest.fixture
def shop(policy: Policy) -> Shop:
    return make_granted_shop()


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


@pytest.fixture
def dave() -> User:
    return make_staff("dave")


def appeal_of_shop(decision: Decision, day: float = 1) -> Appeal:
    return file_appeal(decision, who="shop", text="That was no refund.", at=noon(day))


def answer(appeal: Appeal, by: User, *, accept: bool, day: float = 2) -> Appeal:
    return decide_appeal(appeal.pk, accept=accept, answer=ANSWER, by=by, at=noon(day))


# Rights


def test_the_last_instant_counts_and_the_next_does_not(shop: Shop, carol: User) -> None:
    decision = decide(shop, "minor", carol)

    before, after = (appeal_right(decision, "shop", at=instant) for instant in (LAST_INSTANT - MOMENT, LAST_INSTANT))

    assert (before.may, before.until, before.times_left, before.why_not) == (True, LAST_INSTANT, 1, "")
    assert (after.may, after.until) == (False, LAST_INSTANT)
    assert after.why_not == "The time to appeal against this decision is over."
    assert file_appeal(decision, who="shop", text="No.", at=LAST_INSTANT - MOMENT).is_open()


def test_who_is_not_in_the_matrix_has_no_right(shop: Shop, carol: User) -> None:
    violation = decide(shop, "minor", carol)
    innocent = decide_no_violation(shop, occurred_on=on(0), ruling=RULING, by=carol, at=noon())

    may = {
        (who, decision.kind): appeal_right(decision, who, at=noon(1), complaint="C-1").may
        for who in ("shop", "agent", "buyer")
        for decision in (violation, innocent)
    }

    assert may == {
        ("shop", "violation"): True,
        ("agent", "violation"): False,
        ("buyer", "violation"): False,
        ("shop", "no_violation"): False,
        ("agent", "no_violation"): False,
        ("buyer", "no_violation"): True,
    }
    with pytest.raises(AppealError, match="give you no appeal"):
        file_appeal(violation, who="buyer", text="Too mild.", at=noon(1), buyer_id="bo", complaint="C-1")


def test_the_version_that_judged_says_who_may_appeal(shop: Shop, carol: User) -> None:
    decision = decide(shop, "minor", carol)
    make_policy(on(1), violations=violations(), redress={"appeals": []})
    later = decide(shop, "minor", carol, day=2)

    assert appeal_right(decision, "shop", at=noon(2)).may
    assert not appeal_right(later, "shop", at=noon(2)).may


def test_what_has_no_effect_cannot_be_appealed(shop: Shop, carol: User, dave: User) -> None:
    held = decide(shop, "extreme", carol)
    assert appeal_right(held, "shop", at=noon(1)).why_not.startswith("This decision has no effect")

    dismissed = dismiss_decision(held.pk, by=dave, at=noon(1), reason="Not proven.")
    assert not appeal_right(dismissed, "shop", at=noon(1)).may

    taken = decide(shop, "minor", carol)
    ending = withdraw_decision(taken.pk, words=ANSWER, by=dave, at=noon(1))
    assert "took this one back" in appeal_right(taken, "shop", at=noon(1)).why_not
    assert "no appeal against it" in appeal_right(ending, "shop", at=noon(1)).why_not


def test_each_party_has_its_own_times_and_each_complaint_its_own(carol: User, dave: User) -> None:
    make_policy(violations=violations(), redress={"appeals": [{**APPEALS[0], "times": 2}, APPEALS[1]]})
    shop = make_granted_shop()
    decision = decide(shop, "minor", carol)

    first = appeal_of_shop(decision)
    assert appeal_right(decision, "shop", at=noon(1)).why_not == (
        "Your appeal against this decision is open. Wait for its answer."
    )
    withdraw_appeal(first.pk, at=noon(1))
    second = appeal_of_shop(decision, day=2)
    answer(second, dave, accept=False, day=3)

    assert (first.number, second.number) == (1, 2)
    assert appeal_right(decision, "shop", at=noon(3)).why_not.startswith("You have appealed as often")
    innocent = decide_no_violation(shop, occurred_on=on(0), ruling=RULING, by=carol, at=noon())
    buyers = [
        file_appeal(innocent, who="buyer", text="Look.", at=noon(1), buyer_id=buyer, complaint=complaint)
        for buyer, complaint in (("bo", "C-1"), ("cy", "C-2"))
    ]
    assert [(each.complaint, each.buyer_id, each.number) for each in buyers] == [("C-1", "bo", 1), ("C-2", "cy", 1)]


@pytest.mark.parametrize(("text", "why"), [("  ", "Write what is wrong"), ("x" * 10_001, "longer than 10000")])
def test_an_appeal_says_something_of_a_readable_length(shop: Shop, carol: User, text: str, why: str) -> None:
    with pytest.raises(AppealError, match=why):
        file_appeal(decide(shop, "minor", carol), who="shop", text=text, at=noon(1))


def test_only_the_agent_whom_it_is_about_appeals_as_the_agent(carol: User) -> None:
    make_policy(measures_window_days=3, redress={"appeals": APPEALS}, agents={"consequences": consequences()})
    shop = make_granted_shop()
    ann, bea = shop.agents.order_by("code")
    decision = decide_about_agent(
        ann, clause="training", facts_first_on=on(0), facts_last_on=on(0), words=ANSWER, by=carol, at=noon()
    )

    with pytest.raises(AppealError, match="Only the agent"):
        file_appeal(decision, who="agent", agent=bea, text="Not me.", at=noon(1))
    appeal = file_appeal(decision, who="agent", agent=ann, text="It was the robot.", at=noon(1))

    assert appeal.agent is not None
    assert appeal.agent.code == ANN
    told = Notice.objects.filter(kind="appeal").values_list("agent__code", "reference").order_by("agent__code")
    assert set(told) == {(None, appeal.code), (ANN, appeal.code)}


# Filing


def test_filing_suspends_what_the_policy_lets_it_and_tells(shop: Shop, carol: User) -> None:
    decision = decide(shop, "serious", carol)  # 6 points: no campaigns for 7 days, suspended by an appeal
    assert held_privileges(shop).may_join_campaigns is False

    appeal = appeal_of_shop(decision)

    penalty = Penalty.objects.get()
    assert (penalty.suspended_at, penalty.paused_at) == (noon(1), noon(1))
    assert held_privileges(shop).may_join_campaigns is True
    event = Event.objects.filter(type="appeal.changed").get()
    assert (event.data["appeal"], event.data["state"], event.data["decision"]) == (appeal.code, "open", decision.code)
    assert "no refund" not in str(event.data)
    entry = AuditEntry.objects.get(action="file_appeal")
    assert entry.detail == {"decision": decision.code, "who": "shop", "suspended": [penalty.code]}


def test_a_penalty_that_no_appeal_suspends_runs_on(shop: Shop, carol: User) -> None:
    decision = decide(shop, "grave", carol)  # 12 points: only the highest node, fewer keywords for 14 days

    appeal_of_shop(decision)

    assert Penalty.objects.get().suspended_at is None
    assert held_privileges(shop).keyword_limit == 10


def test_the_answer_is_due_by_the_desk_clock_without_its_holidays(shop: Shop, carol: User) -> None:
    Holiday.objects.create(date=on(2), name="Festival")
    decision = decide(shop, "minor", carol)

    appeal = file_appeal(decision, who="shop", text="No.", at=at("01:00", 1))  # Tuesday 09:00 in Shanghai

    # 40 hours of 9 a day: Tuesday 9, Thursday 9 (Wednesday is closed), Friday 9, Monday 9, and 4 on Tuesday.
    assert appeal.due_at == at("05:00", 8)


# Drawing


def test_an_appeal_is_drawn_for_a_lease_and_returns_by_itself(shop: Shop, carol: User, dave: User) -> None:
    erin = make_staff("erin")
    appeal = appeal_of_shop(decide(shop, "minor", carol))
    start = noon(1)

    drawn = draw_appeal(None, by=dave, at=start)
    assert drawn == appeal
    assert draw_appeal(None, by=erin, at=start + timedelta(minutes=30) - MOMENT) is None
    with pytest.raises(AppealError, match="Somebody else is answering"):
        draw_appeal(appeal.pk, by=erin, at=start)
    with pytest.raises(AppealError, match="Somebody else is answering"):
        decide_appeal(appeal.pk, accept=False, answer=ANSWER, by=erin, at=start)
    assert draw_appeal(None, by=erin, at=start + timedelta(minutes=30)) == appeal


def test_who_has_one_draws_the_same_again(shop: Shop, carol: User, dave: User) -> None:
    appeal_of_shop(decide(shop, "minor", carol))
    second = appeal_of_shop(decide(shop, "minor", carol), day=1.1)
    draw_appeal(second.pk, by=dave, at=noon(2))

    assert draw_appeal(None, by=dave, at=noon(2) + timedelta(minutes=5)) == second
    assert AuditEntry.objects.filter(action="draw_appeal").count() == 1


def test_the_one_that_is_due_first_is_drawn_first(shop: Shop, carol: User, dave: User) -> None:
    first = appeal_of_shop(decide(shop, "minor", carol))
    appeal_of_shop(decide(shop, "minor", carol), day=2)

    assert draw_appeal(None, by=dave, at=noon(2)) == first


def test_a_returned_appeal_is_free_at_once(shop: Shop, carol: User, dave: User) -> None:
    appeal = appeal_of_shop(decide(shop, "minor", carol))
    draw_appeal(appeal.pk, by=dave, at=noon(1))

    return_appeal(appeal.pk, by=dave, at=noon(1))

    assert draw_appeal(None, by=make_staff("erin"), at=noon(1)) == appeal
    with pytest.raises(AppealError, match="do not have this appeal"):
        return_appeal(appeal.pk, by=dave, at=noon(1))


def test_who_decided_never_answers(shop: Shop, carol: User) -> None:
    appeal = appeal_of_shop(decide(shop, "minor", carol))

    assert draw_appeal(None, by=carol, at=noon(1)) is None
    with pytest.raises(AppealError, match="Another person"):
        draw_appeal(appeal.pk, by=carol, at=noon(1))
    with pytest.raises(AppealError, match="Another person"):
        answer(appeal, carol, accept=True)


def test_a_second_appeal_is_answered_by_a_third_person(carol: User, dave: User) -> None:
    make_policy(violations=violations(), redress={"appeals": [{**APPEALS[0], "times": 2}]})
    decision = decide(make_granted_shop(), "minor", carol)
    answer(appeal_of_shop(decision), dave, accept=False)
    second = appeal_of_shop(decision, day=3)

    assert draw_appeal(None, by=dave, at=noon(3)) is None
    with pytest.raises(AppealError, match="former appeal"):
        answer(second, dave, accept=False, day=3)
    assert draw_appeal(None, by=make_staff("erin"), at=noon(3)) == second


# Answers


def test_rejected_the_penalty_runs_on_with_what_is_left_of_its_span(shop: Shop, carol: User, dave: User) -> None:
    decision = decide(shop, "serious", carol)
    appeal = answer(appeal_of_shop(decision), dave, accept=False, day=4)

    penalty = Penalty.objects.get()
    assert (appeal.state, appeal.outcome, appeal.cannot_be_undone) == ("rejected", None, [])
    assert penalty.paused_at is None
    assert penalty.ends_at == noon(10)  # 7 days from Monday noon, and the 3 that it stood still
    assert held_privileges(shop).may_join_campaigns is False
    assert Event.objects.filter(type="appeal.changed").first().data["state"] == "rejected"  # type: ignore[union-attr]


def test_accepted_everything_is_undone_in_one_transaction(shop: Shop, policy: Policy, carol: User, dave: User) -> None:
    order = RemedyOrder("answer", "C-1", "bo", due_at=noon(5))
    decision = decide(shop, "grave", carol, ruling=RULING.__class__(RULING.facts, RULING.words, remedies=(order,)))
    appeal = answer(appeal_of_shop(decision), dave, accept=True, day=3)

    outcome = appeal.outcome
    assert outcome is not None
    assert (outcome.kind, outcome.overrides, outcome.decided_by) == ("withdrawal", decision, dave)
    assert balances_of([shop.pk], on(3), policy.rules()) == {}
    penalty = Penalty.objects.get()
    assert (penalty.reversed_by, penalty.reversed_at) == (outcome, noon(3))
    assert Remedy.objects.get().reversed_at == noon(3)
    assert held_privileges(shop).keyword_limit == 100
    assert appeal.cannot_be_undone == [
        {
            "penalty": penalty.code,
            "kind": "restriction",
            "title_en": "Restricted",
            "title_zh_hans": "Restricted（中文）",
            "privileges": ["keyword_limit"],
            "days": 3.0,
        }
    ]
    told = Notice.objects.get(kind="appeal", reference=f"{appeal.code} accepted")
    assert f"{penalty.code}: 3 days (keyword rules)" in told.text_en
    assert f"{penalty.code}：3 天" in told.text_zh_hans
    assert ANSWER.en in told.text_en
    assert AuditEntry.objects.get(action="accept_appeal").by == dave


def test_days_before_the_appeal_suspended_a_penalty_cannot_be_given_back(shop: Shop, carol: User, dave: User) -> None:
    decision = decide(shop, "serious", carol)

    appeal = answer(appeal_of_shop(decision, day=1), dave, accept=True, day=4)

    assert [(lost["privileges"], lost["days"]) for lost in appeal.cannot_be_undone] == [(["may_join_campaigns"], 1.0)]


def test_what_ran_for_no_time_is_not_listed(shop: Shop, carol: User, dave: User) -> None:
    decision = decide(shop, "grave", carol)

    assert answer(appeal_of_shop(decision, day=0), dave, accept=True, day=0).cannot_be_undone == []


def test_a_buyer_who_wins_has_the_finding_of_no_violation_taken_back(shop: Shop, carol: User, dave: User) -> None:
    innocent = decide_no_violation(shop, occurred_on=on(0), ruling=RULING, by=carol, at=noon())
    appeal = file_appeal(innocent, who="buyer", text="Look again.", at=noon(1), buyer_id="bo", complaint="C-1")

    appeal = answer(appeal, dave, accept=True)

    assert appeal.outcome is not None
    assert appeal.outcome.overrides == innocent
    assert "bo" not in Event.objects.filter(type="appeal.changed").first().data.values()  # type: ignore[union-attr]


def test_a_buyers_appeal_suspends_nothing(carol: User, dave: User) -> None:
    make_policy(violations=violations(), redress={"appeals": [APPEALS[0], {**APPEALS[1], "against": "violation"}]})
    shop = make_granted_shop()
    decision = decide(shop, "serious", carol)

    buyers = file_appeal(decision, who="buyer", text="Too mild.", at=noon(1), buyer_id="bo", complaint="C-1")
    assert held_privileges(shop).may_join_campaigns is False
    appeal_of_shop(decision, day=2)
    answer(buyers, dave, accept=False, day=3)

    assert held_privileges(shop).may_join_campaigns is True  # the shop's own appeal still suspends it


def test_what_was_taken_back_meanwhile_is_the_outcome(shop: Shop, carol: User, dave: User) -> None:
    decision = decide(shop, "serious", carol)
    appeal = appeal_of_shop(decision)
    withdrawal = withdraw_decision(decision.pk, words=ANSWER, by=carol, at=noon(2))

    appeal = answer(appeal, dave, accept=True, day=3)

    assert appeal.outcome == withdrawal
    assert Decision.objects.filter(kind="withdrawal").count() == 1


def test_an_appeal_is_answered_once_and_in_both_languages(shop: Shop, carol: User, dave: User) -> None:
    appeal = appeal_of_shop(decide(shop, "minor", carol))
    with pytest.raises(AppealError, match="English and Chinese"):
        decide_appeal(appeal.pk, accept=True, answer=Statement("Yes.", " "), by=dave, at=noon(2))

    answer(appeal, dave, accept=False)

    for again in (lambda: answer(appeal, dave, accept=True), lambda: withdraw_appeal(appeal.pk, at=noon(2))):
        with pytest.raises(AppealError, match="answered or withdrawn"):
            again()
    assert not Decision.objects.filter(kind="withdrawal").exists()


def test_withdrawn_the_penalty_runs_on(shop: Shop, carol: User) -> None:
    appeal = appeal_of_shop(decide(shop, "serious", carol))

    withdraw_appeal(appeal.pk, at=noon(2))

    assert held_privileges(shop).may_join_campaigns is False
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == ("withdrawn", None)


def test_asking_for_the_right_costs_few_queries(shop: Shop, carol: User, django_assert_max_num_queries: Any) -> None:
    decision = Decision.objects.select_related("policy").get(pk=decide(shop, "minor", carol).pk)

    with django_assert_max_num_queries(2):
        appeal_right(decision, "shop", at=noon(1))
