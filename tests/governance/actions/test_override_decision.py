"""People decide, replace and withdraw: the newest link of the chain is the truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from governance.actions.decide import decide
from governance.actions.override_decision import complete_training, withdraw_decision
from governance.actions.review_decision import DecisionError, dismiss_decision, release_decision
from governance.models import Decision, Policy
from governance.policy.reasons import Statement
from shops.models import Agent, AuditEntry, Event, User
from tests.builders import make_policy, make_shop, on
from tests.governance.actions.judging import (
    BELOW,
    GOOD,
    WINDOW,
    consequences,
    judge_days,
    make_staff,
    noon,
    score_agent,
)

pytestmark = pytest.mark.django_db

WORDS = Statement("Three buyers were insulted.", "三位买家受到辱骂。")


@pytest.fixture
def policy() -> Policy:
    return make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": consequences()})


@pytest.fixture
def ann(policy: Policy) -> Agent:
    return make_shop(agents=("ann",)).agents.get()


@pytest.fixture
def carol() -> User:
    return make_staff()


def decide_about(agent: Agent, clause: str, by: User, **changes: Any) -> Decision:
    facts: dict[str, Any] = {"facts_first_on": on(0), "facts_last_on": on(1), "words": WORDS, "at": noon(2)}
    return decide(agent, clause=clause, by=by, **facts | changes)


def test_what_a_person_decides_takes_effect_with_that_persons_reasons(ann: Agent, carol: User) -> None:
    decision = decide_about(ann, "training", carol, private_note="Seen on the phone.")

    ann.refresh_from_db()
    assert ann.training_due_on == on(9)
    assert "Why: Three buyers were insulted." in decision.reasons_en
    assert "原因：三位买家受到辱骂。" in decision.reasons_zh_hans
    assert "Seen on the phone" not in decision.reasons_en + str(Event.objects.get().data)
    assert (decision.automated_detection, decision.automated_decision) == (False, "not")
    assert AuditEntry.objects.get(action="decide").by == carol


def test_off_duty_by_a_person_waits_for_another_one(ann: Agent, carol: User) -> None:
    decision = decide_about(ann, "off_duty", carol)
    assert decision.waits()

    with pytest.raises(DecisionError, match="second person"):
        release_decision(decision.pk, by=carol, at=noon(3), reason="I know.")
    ann.refresh_from_db()
    assert ann.off_duty_until is None

    release_decision(decision.pk, by=make_staff("dan"), at=noon(3), reason="Agreed.")
    ann.refresh_from_db()
    assert ann.off_duty_until == noon(10)


def test_the_figures_of_the_newest_score_stand_beside_a_persons_decision(
    ann: Agent, policy: Policy, carol: User
) -> None:
    score_agent(ann, policy, [BELOW, BELOW])

    decision = decide_about(ann, "coaching", carol)

    assert (decision.measure, decision.numerator, decision.denominator) == ("on_time_rate", 8, 20)
    assert (decision.below_days, decision.scored_days) == (2, 2)


def test_a_withdrawal_leaves_nothing_and_no_later_decision_builds_on_it(
    ann: Agent, policy: Policy, carol: User
) -> None:
    judge_days(ann, policy, [BELOW] * 2)
    coaching = Decision.objects.get()

    withdrawal = withdraw_decision(coaching.pk, words=Statement("An outage.", "平台故障。"), by=carol, at=noon(3))

    assert list(Decision.objects.in_force_at(noon(3))) == []
    assert coaching in Decision.objects.in_force_at(noon(3) - timedelta(seconds=1))
    assert list(Decision.objects.newest_of_chain()) == [withdrawal]
    # Without a coaching notice that stands, what follows next is a coaching notice again.
    assert judge_days(ann, policy, [BELOW] * 4, first=2)[-1] == (5, "coaching_notice")


def test_completed_training_is_due_no_more_but_was_required(ann: Agent, policy: Policy, carol: User) -> None:
    training = decide_about(ann, "training", carol)

    complete_training(training.pk, words=Statement("Passed.", "已通过。"), by=carol, at=noon(4))

    ann.refresh_from_db()
    assert ann.training_due_on is None
    newest = Event.objects.order_by("-position").first()
    assert newest is not None
    assert (newest.data["kind"], newest.data["overrides"]) == ("fulfilment", training.code)
    # Two days in a row with windows of their own (days 2 to 4, 3 to 5): off duty follows training, completed or not.
    assert judge_days(ann, policy, [GOOD] * 2 + [BELOW] * 4)[-1] == (5, "off_duty")


def test_only_training_can_be_completed(ann: Agent, carol: User) -> None:
    coaching = decide_about(ann, "coaching", carol)
    with pytest.raises(DecisionError, match="required no training"):
        complete_training(coaching.pk, words=WORDS, by=carol, at=noon(4))


def test_a_replacement_that_waits_leaves_the_earlier_decision_in_force(ann: Agent, carol: User) -> None:
    training = decide_about(ann, "training", carol)
    off_duty = decide_about(ann, "off_duty", carol, replaces=training, at=noon(3))

    ann.refresh_from_db()
    assert (ann.training_due_on, ann.off_duty_until) == (on(9), None)
    release_decision(off_duty.pk, by=make_staff("dan"), at=noon(5), reason="Agreed.")

    ann.refresh_from_db()
    assert (ann.training_due_on, ann.off_duty_until) == (None, noon(12))
    assert list(Decision.objects.in_force_at(noon(5))) == [off_duty]


def test_a_dismissed_replacement_can_be_followed_by_another(ann: Agent, carol: User) -> None:
    training = decide_about(ann, "training", carol)
    off_duty = decide_about(ann, "off_duty", carol, replaces=training, at=noon(3))
    with pytest.raises(DecisionError, match="overrides this one already"):
        withdraw_decision(training.pk, words=WORDS, by=carol, at=noon(4))

    dismiss_decision(off_duty.pk, by=make_staff("dan"), at=noon(4), reason="Too hard.")
    withdraw_decision(training.pk, words=WORDS, by=carol, at=noon(5))

    ann.refresh_from_db()
    assert ann.training_due_on is None


def test_a_waiting_decision_is_dismissed_rather_than_withdrawn(ann: Agent, carol: User) -> None:
    decision = decide_about(ann, "off_duty", carol)
    with pytest.raises(DecisionError, match="Dismiss it"):
        withdraw_decision(decision.pk, words=WORDS, by=carol, at=noon(3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clause": "nothing"}, "no clause"),
        ({"facts_first_on": on(2), "facts_last_on": on(1)}, "must end on or after"),
        ({"facts_last_on": date(2030, 1, 1)}, "not in the future"),
        ({"words": Statement("Why.", " ")}, "English and Chinese"),
    ],
)
def test_an_impossible_decision_says_what_to_do(ann: Agent, carol: User, changes: dict[str, Any], message: str) -> None:
    clause = changes.pop("clause", "coaching")
    with pytest.raises(DecisionError, match=message):
        decide_about(ann, clause, carol, **changes)
    assert not Decision.objects.exists()
