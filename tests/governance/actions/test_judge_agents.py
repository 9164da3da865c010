"""What follows from agents' scores: fairly, once, and never for the same turns twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.actions.judge_agents import STALE_AFTER_DAYS, judge_agents
from governance.models import Decision, Policy
from shops.models import Agent, Event, Notice
from tests.builders import make_agent, make_policy, make_shop, on
from tests.governance.actions.judging import (
    BELOW,
    FEW,
    GOOD,
    POOR,
    WINDOW,
    consequences,
    decided,
    judge_days,
    noon,
    score_agent,
)

pytestmark = pytest.mark.django_db

COACHING, TRAINING, OFF_DUTY = "coaching_notice", "training_required", "off_duty"


@pytest.fixture
def policy() -> Policy:
    return make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": consequences()})


@pytest.fixture
def ann() -> Agent:
    return make_shop(agents=("ann",)).agents.get()


def test_an_agent_below_standard_for_long_enough_gets_a_coaching_notice_at_once(ann: Agent, policy: Policy) -> None:
    # 14 of 20, then 18 of 30 ([.423, .754]) prove nothing; 12 of 30 ([.246, .577]) does, on the first of two days.
    assert judge_days(ann, policy, [GOOD, BELOW, BELOW, BELOW]) == []
    assert judge_days(ann, policy, [BELOW], first=4) == [(4, COACHING)]

    decision = Decision.objects.get()
    assert (decision.effective_at, decision.is_held) == (noon(5), False)
    assert (decision.automated_detection, decision.automated_decision) == (True, "fully")
    assert (decision.measure, decision.numerator, decision.denominator) == ("on_time_rate", 12, 30)
    assert (decision.affected_buyers, decision.line) == (18, 0.75)
    assert decision.policy == policy


def test_the_reasons_name_clause_figures_and_the_way_to_contest_in_both_languages(ann: Agent, policy: Policy) -> None:
    judge_days(ann, policy, [BELOW] * 2)

    decision = Decision.objects.get()
    for text in (decision.reasons_en, decision.reasons_zh_hans):
        # Wilson for 8 of 20: [.219, .613]
        assert all(figure in text for figure in ("coaching", "75.0%", "40.0%", "21.9%", "61.3%", decision.code))
    assert "8 of 20 turns answered on time" in decision.reasons_en
    assert "12 different buyers were affected" in decision.reasons_en
    assert "tell the platform's staff" in decision.reasons_en
    assert "按时回复的会话轮次 8/20" in decision.reasons_zh_hans
    assert "平台工作人员" in decision.reasons_zh_hans


def test_agent_and_shop_are_told_and_other_systems_learn_nothing_but_the_agents_id(ann: Agent, policy: Policy) -> None:
    judge_days(ann, policy, [BELOW] * 2)

    decision = Decision.objects.get()
    assert set(Notice.objects.values_list("agent", "reference")) == {(ann.pk, decision.code), (None, decision.code)}
    notice = Notice.objects.get(agent=ann)
    assert (notice.title_en, notice.title_zh_hans) == ("Coaching notice", "辅导提醒")
    data = Event.objects.get(type="decision.taken").data
    assert (data["agent_id"], data["kind"], data["ends_at"]) == ("ann", COACHING, "2026-05-13T12:00:00Z")
    assert ann.name not in str(data)


def test_nobody_is_judged_twice_for_the_same_turns(ann: Agent, policy: Policy) -> None:
    # Coached on day 1 for turns up to day 1. The first window without them is that of day 4 (days 2 to 4); two such
    # days, 4 and 5, carry the next consequence.
    assert judge_days(ann, policy, [BELOW] * 5) == [(1, COACHING)]
    assert judge_days(ann, policy, [BELOW], first=5) == [(1, COACHING), (5, TRAINING)]


def test_a_coaching_notice_comes_before_training_and_training_before_off_duty(ann: Agent, policy: Policy) -> None:
    judge_days(ann, policy, [BELOW] * 6)
    training = Decision.objects.get(kind=TRAINING)
    assert training.waits()
    # While training waits for a person nothing else is decided.
    assert judge_days(ann, policy, [BELOW] * 4, first=6) == [(1, COACHING), (5, TRAINING)]

    assert Decision.objects.filter(kind=OFF_DUTY).count() == 0


def test_a_held_decision_has_no_effect_and_tells_nobody(ann: Agent, policy: Policy) -> None:
    judge_days(ann, policy, [BELOW] * 6)

    training = Decision.objects.get(kind=TRAINING)
    assert (training.effective_at, training.due_on) == (None, None)
    assert not Decision.objects.in_force_at(noon(300)).filter(pk=training.pk).exists()
    ann.refresh_from_db()
    assert ann.training_due_on is None
    assert not Notice.objects.filter(reference=training.code).exists()


def test_an_agent_with_few_turns_is_never_judged(ann: Agent, policy: Policy) -> None:
    assert judge_days(ann, policy, [FEW] * 8) == []  # 6 turns a window, 10 make a sample


def test_bad_days_that_prove_nothing_have_no_consequence(ann: Agent, policy: Policy) -> None:
    assert judge_days(ann, policy, [POOR, (7, 10), (6, 10)] * 2) == []


def test_who_has_got_better_by_the_day_is_left_in_peace(ann: Agent, policy: Policy) -> None:
    score_agent(ann, policy, [BELOW, BELOW, GOOD, GOOD])  # below on days 0 to 2, 24 of 30 on day 3

    judge_agents(on(3), at=noon(4))

    assert decided(ann) == []


def test_days_in_a_row_are_broken_by_a_better_one(ann: Agent) -> None:
    rules = consequences(coaching={"when": {"below_days": 3, "within_days": 9, "in_a_row": True}})
    policy = make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": rules[:1]})

    # Below on days 0 and 1; the good day 2 stays in the window until day 4; below again on days 5, 6 and 7.
    assert judge_days(ann, policy, [BELOW, BELOW, GOOD, BELOW, BELOW, BELOW, BELOW]) == []
    assert judge_days(ann, policy, [BELOW], first=7) == [(7, COACHING)]


def test_a_rule_for_one_part_leaves_the_others_alone(ann: Agent) -> None:
    rules = consequences(coaching={"when": {"below_days": 2, "within_days": 3, "part": "quality"}})[:1]
    policy = make_policy(measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": rules})
    assert judge_days(ann, policy, [BELOW] * 4) == []  # only speed is below

    rules = consequences(coaching={"when": {"below_days": 2, "within_days": 3, "part": "speed"}})[:1]
    policy = make_policy(on(0), measures_window_days=WINDOW, agents={"min_turns": 10, "consequences": rules})
    assert judge_days(ann, policy, [BELOW], first=4) == [(4, COACHING)]


def test_judging_a_day_twice_decides_once(ann: Agent, policy: Policy) -> None:
    judge_days(ann, policy, [BELOW] * 2)
    again = judge_agents(on(1), at=noon(3))

    assert (again["decided"], decided(ann)) == (0, [(1, COACHING)])
    assert Event.objects.count() == 1


def test_the_past_is_not_judged_once_a_later_day_is_scored(ann: Agent, policy: Policy) -> None:
    score_agent(ann, policy, [BELOW] * 3)

    assert judge_agents(on(1), at=noon(3))["decided"] == 0
    assert judge_agents(on(2), at=noon(3))["decided"] == 1


@pytest.mark.parametrize(("days_late", "count"), [(STALE_AFTER_DAYS, 1), (STALE_AFTER_DAYS + 1, 0), (-1, 1), (-2, 0)])
def test_old_days_and_days_to_come_lead_to_nothing(ann: Agent, policy: Policy, days_late: int, count: int) -> None:
    score_agent(ann, policy, [BELOW] * 2)

    assert judge_agents(on(1), at=noon(1 + days_late))["decided"] == count


def test_a_shard_judges_its_own_shops_only(ann: Agent, policy: Policy, settings: Any) -> None:
    settings.CHAT_LOG_SHARDS = 2
    bea = make_agent(make_shop("other", agents=()), "bea")
    score_agent(ann, policy, [BELOW] * 2)
    score_agent(bea, policy, [BELOW] * 2)

    counts = [judge_agents(on(1), shard=shard, at=noon(2))["decided"] for shard in (0, 1)]

    assert sum(counts) == 2
    assert {decided(ann)[0], decided(bea)[0]} == {(1, COACHING)}


def test_the_same_queries_judge_two_agents_and_ten(policy: Policy) -> None:
    def queries(day: int, names: list[str]) -> int:
        shop = make_shop(f"shop-{day}", agents=names)
        for agent in shop.agents.all():
            score_agent(agent, policy, [BELOW] * 2, first=day - 1)
        with CaptureQueriesContext(connection) as captured:
            assert judge_agents(on(day), at=noon(day + 1))["decided"] == len(names)
        return len(captured)

    queries(1, ["somebody"])  # makes the counter of events
    assert queries(3, ["a", "b"]) + 1 == queries(5, [f"a{number}" for number in range(10)])  # one window more to check
