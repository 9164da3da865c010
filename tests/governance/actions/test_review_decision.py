"""The gate of severe decisions: no effect before a second person releases them, and none after a dismissal."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from governance.actions.review_decision import DecisionError, dismiss_decision, release_decision
from governance.models import Decision, Policy
from shops.models import Agent, AuditEntry, Event, Notice
from tests.builders import make_policy, make_shop, on
from tests.governance.actions.judging import BELOW, WINDOW, consequences, judge_days, make_staff, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> Policy:
    return make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": consequences()})


@pytest.fixture
def ann(policy: Policy) -> Agent:
    agent = make_shop(agents=("ann",)).agents.get()
    judge_days(agent, policy, [BELOW] * 6)
    return agent


@pytest.fixture
def training(ann: Agent) -> Decision:
    return Decision.objects.get(kind="training_required")


def test_a_release_takes_effect_from_that_day_on(ann: Agent, training: Decision) -> None:
    release_decision(training.pk, by=make_staff(), at=noon(30), reason="The figures are right.")

    ann.refresh_from_db()
    assert ann.training_due_on == on(37)  # seven days from the release, not from the decision
    assert set(Notice.objects.filter(reference=training.code).values_list("agent", flat=True)) == {ann.pk, None}
    event = Event.objects.get(data__decision=training.code)
    assert event.data["agent"] == {"off_duty_until": None, "training_due_on": on(37).isoformat()}
    entry = AuditEntry.objects.get(action="release_decision")
    assert (entry.by.username, entry.target) == ("carol", f"decision {training.code}")


def test_off_duty_ends_by_itself_at_the_instant_counted_from_its_release(
    ann: Agent, policy: Policy, training: Decision
) -> None:
    release_decision(training.pk, by=make_staff(), at=noon(6), reason="Right.")
    # Training's turns ended on day 5: windows without them are those of day 8 on, two such days in a row.
    judge_days(ann, policy, [BELOW] * 4, first=6)
    off_duty = Decision.objects.get(kind="off_duty")
    ann.refresh_from_db()
    assert (off_duty.facts_last_on, ann.off_duty_until) == (on(9), None)

    release_decision(off_duty.pk, by=make_staff("dan"), at=noon(20), reason="Right.")

    ann.refresh_from_db()
    assert ann.off_duty_until == noon(27)
    assert ann.is_off_duty_at(noon(27) - timedelta(microseconds=1))
    assert not ann.is_off_duty_at(noon(27))
    assert off_duty in Decision.objects.in_force_at(noon(20))
    assert off_duty not in Decision.objects.in_force_at(noon(27))


def test_a_dismissal_has_no_effect_and_its_turns_never_count_again(
    ann: Agent, policy: Policy, training: Decision
) -> None:
    dismiss_decision(training.pk, by=make_staff(), at=noon(6), reason="The shop was moving house.")

    ann.refresh_from_db()
    assert ann.training_due_on is None
    assert not Notice.objects.filter(reference=training.code).exists()
    assert judge_days(ann, policy, [BELOW] * 3, first=6) == [(1, "coaching_notice"), (5, "training_required")]
    assert judge_days(ann, policy, [BELOW], first=9)[-1] == (9, "training_required")  # windows of days 6 to 8, 7 to 9


def test_a_decision_is_reviewed_once(training: Decision) -> None:
    carol, dan = make_staff(), make_staff("dan")
    release_decision(training.pk, by=carol, at=noon(6), reason="Right.")

    with pytest.raises(DecisionError, match="does not wait"):
        dismiss_decision(training.pk, by=dan, at=noon(6), reason="Wrong.")

    training.refresh_from_db()
    assert (training.review, training.reviewed_by, training.review_reason) == ("released", carol, "Right.")


def test_a_review_says_why(training: Decision) -> None:
    with pytest.raises(DecisionError, match="Write a reason"):
        release_decision(training.pk, by=make_staff(), at=noon(6), reason=" ")


@pytest.mark.parametrize(
    "columns",
    [
        {"effective_at": noon(6)},
        {"due_on": date(2026, 6, 1)},
        {"review": "released"},
        {"review": "dismissed", "effective_at": noon(6)},
        {"is_held": False},
    ],
)
def test_the_database_itself_lets_nothing_past_the_gate(training: Decision, columns: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=training.pk).update(**columns)


def test_decisions_are_neither_changed_nor_deleted(training: Decision) -> None:
    training.reasons_en = "Something else."
    with pytest.raises(ValueError, match="Override it"):
        training.save()
    with pytest.raises(ValueError, match="cannot be deleted"):
        training.delete()
