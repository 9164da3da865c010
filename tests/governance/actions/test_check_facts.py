"""Decisions whose facts changed afterwards are shown to staff; the turns behind a decision come from the chat log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.actions.check_facts import check_facts
from governance.actions.judge_agents import judge_agents
from governance.actions.override_decision import withdraw_decision
from governance.actions.score_days import score_days
from governance.models import ChangedFacts, Decision
from governance.policy.reasons import Statement
from shops.models import AgentDay, Outage
from tests.builders import ANN, LONG_AFTER, TEA, at, make_policy, make_shop, on, store, turns
from tests.governance.actions.judging import WINDOW, consequences, make_staff, noon

pytestmark = pytest.mark.django_db

BAD_DAY = [20] * 2 + [400] * 4 + [None] * 4
"""Ten turns: two on time, four late, four never answered."""


@pytest.fixture
def coaching() -> Decision:
    make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": consequences()})
    make_shop(TEA)
    for day in range(3):
        store(*turns(day, BAD_DAY))
        score_days(on(day), on(day), as_of=LONG_AFTER)
        judge_agents(on(day), at=noon(day + 1))
    return Decision.objects.get(agent__code=ANN)


def test_a_decision_keeps_the_turns_that_went_badly_and_no_word_of_a_buyer(coaching: Decision) -> None:
    # Days 0 and 1 are below: of these 20 turns 4 were on time; the worst figure decides which turns are shown.
    kept = coaching.sample["turns"]
    assert (coaching.measure, coaching.numerator, coaching.denominator) == ("on_time_rate", 4, 20)
    assert len(kept) == 10
    assert all(turn["wait_seconds"] is None or turn["wait_seconds"] > 180 for turn in kept)
    newest = at("10:09", 1)
    assert kept[0]["opened_at"] == newest.isoformat()
    assert set(kept[0]) == {"conversation_id", "opened_by_message", "opened_at", "answered_at", "wait_seconds"}
    assert coaching.sample["days"] == [[on(0).isoformat(), 2, 10], [on(1).isoformat(), 2, 10]]


def test_nothing_is_flagged_while_the_facts_are_as_they_were(coaching: Decision) -> None:
    assert check_facts(at=noon(5)) == 0
    assert not ChangedFacts.objects.exists()


def test_an_outage_declared_afterwards_flags_the_decision_and_does_not_withdraw_it(coaching: Decision) -> None:
    Outage.objects.create(code="o1", starts_at=at("10:00", 1), ends_at=at("11:00", 1))
    score_days(on(3), on(3), as_of=LONG_AFTER)  # the next night measures the re-opened day again

    counts = judge_agents(on(3), at=noon(4))

    assert counts["facts_changed"] == 1
    changed = ChangedFacts.objects.get()
    # What is left of day 1 does not count: 2 of 10, [.057, .510], is still proven below 75 %.
    assert (changed.decision, changed.numerator, changed.denominator) == (coaching, 2, 10)
    assert (changed.is_still_proven, changed.noticed_at) == (True, noon(4))
    assert coaching in Decision.objects.in_force_at(noon(4))

    Outage.objects.update(starts_at=at("10:00", 0), ends_at=at("23:00", 1))
    score_days(on(4), on(4), as_of=LONG_AFTER)
    judge_agents(on(4), at=noon(5))
    changed.refresh_from_db()
    assert (changed.denominator, changed.is_still_proven, changed.noticed_at) == (0, False, noon(4))


def test_a_flag_goes_when_the_facts_are_as_they_were_again(coaching: Decision) -> None:
    day = AgentDay.objects.filter(agent=coaching.agent, on=on(1))
    day.update(on_time=9)
    assert check_facts(at=noon(4)) == 1

    day.update(on_time=2)

    assert check_facts(at=noon(5)) == 0
    assert not ChangedFacts.objects.exists()


def test_what_was_withdrawn_or_long_ago_is_not_looked_at_again(coaching: Decision) -> None:
    AgentDay.objects.filter(agent=coaching.agent, on=on(1)).update(on_time=9)
    assert check_facts(at=coaching.decided_at + timedelta(days=180)) == 1
    assert check_facts(at=coaching.decided_at + timedelta(days=180, seconds=1)) == 0

    withdraw_decision(coaching.pk, words=Statement("An outage.", "平台故障。"), by=make_staff(), at=noon(4))

    assert check_facts(at=noon(5)) == 0
