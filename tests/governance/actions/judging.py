"""Agents with scores of chosen days, as the nightly run publishes them, for the tests of what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from governance.actions.judge_agents import judge_agents
from governance.models import AgentScore, Decision, Policy
from governance.policy.judge import Judge
from shops.models import Agent, AgentDay, User
from shops.models.measures import MEASURE_COLUMNS
from tests.builders import on

WINDOW = 3
"""Days of a window in these tests."""

BELOW, POOR, GOOD, FEW = (4, 10), (8, 10), (10, 10), (0, 2)
"""Turns answered on time of the turns of one day: over three days 12 of 30 is proven below 75 %, 24 of 30 is not."""

Day = tuple[int, int]


def consequences(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Coaching after two bad days of three, then training, then off duty after two in a row; changes by key."""
    rules: list[dict[str, Any]] = [
        {"key": "coaching", "kind": "coaching_notice", "when": {"below_days": 2, "within_days": 3}, "automatic": True},
        {
            "key": "training",
            "kind": "training_required",
            "when": {"below_days": 2, "within_days": 3, "after": {"kind": "coaching_notice", "within_days": 20}},
            "automatic": False,
        },
        {
            "key": "off_duty",
            "kind": "off_duty",
            "when": {
                "below_days": 2,
                "within_days": 3,
                "in_a_row": True,
                "after": {"kind": "training_required", "within_days": 20},
            },
            "automatic": False,
        },
    ]
    titles = {
        "coaching": ("Coaching notice", "辅导提醒"),
        "training": ("Training", "培训"),
        "off_duty": ("Off duty", "停岗"),
    }
    return [
        {"title": dict(zip(("en", "zh-hans"), titles[rule["key"]], strict=True)), "lasts_days": 7}
        | rule
        | changes.get(rule["key"], {})
        for rule in rules
    ]


def noon(day: int) -> datetime:
    """Noon in UTC, so many days after the Monday: when the day before was judged."""
    return datetime.combine(on(day), time(12), UTC)


def measures(days: Iterable[Day]) -> dict[str, Any]:
    """The stored measures of so many turns on time of so many; everybody was answered, and really so."""
    on_time = sum(good for good, _ in days)
    settled = sum(turns for _, turns in days)
    row: dict[str, Any] = dict.fromkeys(MEASURE_COLUMNS, 0)
    row |= {name: None for name in MEASURE_COLUMNS if name.endswith(("_mean", "_p50", "_p90"))}
    row |= {"turns": settled, "answered": settled, "settled": settled, "on_time": on_time}
    return row | {"effective_on_time": on_time, "late_buyers": settled - on_time, "priced_response_mean": 60.0}


def score_agent(agent: Agent, policy: Policy, days: list[Day], *, first: int = 0) -> None:
    """Store the measured days of an agent and the score of each, from so many days after the Monday on."""
    judge = Judge(policy.rules())
    for number, day in enumerate(days):
        today = on(first + number)
        AgentDay.objects.create(agent=agent, on=today, is_final=True, **measures([day]))
        _store_score(agent, policy, judge, today)


def _store_score(agent: Agent, policy: Policy, judge: Judge, today: date) -> None:
    starts_on = today - timedelta(days=WINDOW - 1)
    in_window = AgentDay.objects.filter(agent=agent, on__gte=starts_on, on__lte=today)
    row = measures(list(in_window.values_list("on_time", "settled")))
    score = judge.score_agent(row)
    AgentScore.objects.create(
        agent=agent,
        on=today,
        policy=policy,
        window_first_on=starts_on,
        window_last_on=today,
        points=score.points,
        standing=score.standing,
        lines=[line.to_data() for line in score.lines],
        **row,
    )


def judge_days(agent: Agent, policy: Policy, days: list[Day], *, first: int = 0) -> list[tuple[int, str]]:
    """Score and judge day after day, as the nights do; (days after the Monday, kind) of all decisions so far."""
    for number, day in enumerate(days, start=first):
        score_agent(agent, policy, [day], first=number)
        judge_agents(on(number), at=noon(number + 1))
    return decided(agent)


def decided(agent: Agent) -> list[tuple[int, str]]:
    """(days after the Monday of the newest fact, kind) of the agent's decisions, oldest first."""
    rows = Decision.objects.filter(agent=agent).order_by("pk").values_list("facts_last_on", "kind")
    return [((last_on - on(0)).days, kind) for last_on, kind in rows]


def make_staff(name: str = "carol") -> User:
    """A member of the platform's staff."""
    return User.objects.create_superuser(username=name)
