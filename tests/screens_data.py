"""Shops with days, scores, ratings and privileges for the tests of screens, judged by the default preset.

The figures are drawn from a seeded generator; the judgements are real: the same Judge makes them as in production.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.formulas.grades import GradeState
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.judge import Judge
from governance.policy.reading import load_preset, read_preset_text
from shops.chat.reading import MessageRow, TurnRow
from shops.models import Agent, AgentDay, Member, Privileges, PrivilegesChange, Shop, ShopDay, User
from shops.models.measures import MEASURE_COLUMNS

LAST_ON = date(2026, 5, 31)
PASSWORD = "a-password-for-tests"


@dataclass(frozen=True)
class Character:
    """How a shop answers: shares of its turns, and its usual wait."""

    answer: float = 0.97
    on_time: float = 0.9
    real: float = 0.88
    brush_off: float = 0.04
    resolved: float = 0.84
    satisfied: float = 0.9
    wait: float = 45.0
    turns: int = 40


GOOD = Character()
BRILLIANT = Character(0.995, 0.985, 0.98, 0.01, 0.95, 0.98, 18.0, 60)
POOR = Character(0.83, 0.6, 0.5, 0.3, 0.6, 0.62, 240.0, 50)
MIDDLING = Character(0.93, 0.78, 0.74, 0.1, 0.74, 0.78, 110.0, 45)
QUIET = Character(turns=0)


def make_policy() -> Policy:
    """The default preset, published, in force long before the days of these tests."""
    document = load_preset("default")
    return Policy.objects.create(
        version=(Policy.objects.order_by("-version").values_list("version", flat=True).first() or 0) + 1,
        name=document.name,
        document=document.to_json(),
        digest=document.digest,
        source_text=read_preset_text("default"),
        starts_on=date(2020, 1, 1),
        published_at=timezone.now(),
    )


def make_shop(code: str = "shop-1", name: str = "", agents: int = 2, **fields: Any) -> Shop:
    """A shop with its agents, opened long ago."""
    shop = Shop.objects.create(
        code=code, name=name or code, **{"category": "home", "opened_on": date(2024, 1, 1), **fields}
    )
    for number in range(1, agents + 1):
        Agent.objects.create(shop=shop, code=f"a{number}", name=f"Agent {number} of {shop.name}")
    return shop


def make_user(name: str = "somebody", **fields: Any) -> User:
    """An account with PASSWORD."""
    return User.objects.create_user(username=name, password=PASSWORD, **fields)


def make_staff(name: str = "staff") -> User:
    """A member of the platform's staff who may do everything."""
    return User.objects.create_superuser(username=name, password=PASSWORD)


def make_member(shop: Shop, name: str, role: str = "owner", agent: Agent | None = None) -> User:
    """An account with a role at the shop."""
    user = make_user(name)
    Member.objects.create(user=user, shop=shop, role=role, agent=agent)
    return user


def draw_day(character: Character, chance: random.Random) -> dict[str, float | int | None]:
    """One day's measures by a character."""
    settled = max(0, round(character.turns * chance.uniform(0.6, 1.4)))

    def some(count: int, share: float) -> int:
        return sum(chance.random() < share for _ in range(count))

    answered = some(settled, character.answer)
    on_time = min(answered, some(settled, character.on_time))
    brushed_off = some(answered, character.brush_off)
    effective = min(on_time, some(settled, character.real))
    contacts = round(settled * 0.8)
    resolved = some(contacts, character.resolved)
    stars = round(settled * 0.3)
    low = stars - some(stars, character.satisfied)
    off_hours = round(settled * 0.1)
    off_hours_on_time = some(off_hours, character.answer * 0.8)
    wait = character.wait * chance.uniform(0.8, 1.25)
    row: dict[str, float | int | None] = dict.fromkeys(MEASURE_COLUMNS, 0)
    row |= {
        "turns": settled + off_hours + 2,
        "answered": answered,
        "unanswered": settled - answered,
        "bot_served": 1,
        "closed_soon": 1,
        "off_hours": off_hours,
        "settled": settled,
        "on_time": on_time,
        "effective_on_time": effective,
        "brushed_off": brushed_off,
        "off_hours_settled": off_hours,
        "off_hours_on_time": off_hours_on_time,
        "contacts": contacts,
        "contacts_settled": contacts,
        "contacts_resolved": resolved,
        "contacts_escalated": some(contacts, 0.01),
        "stars_count": stars,
        "stars_sum": (stars - low) * 5 + low * 2,
        "stars_low": low,
        "late_buyers": settled - on_time,
        "unanswered_buyers": settled - answered,
        "ineffective_buyers": settled - effective,
        "brushed_off_buyers": brushed_off,
        "unresolved_buyers": contacts - resolved,
        "low_star_buyers": low,
        "off_hours_late_buyers": off_hours - off_hours_on_time,
    }
    for name, share in (("mean", 1.4), ("p50", 1.0), ("p90", 3.2)):
        row[f"response_{name}"] = row[f"first_response_{name}"] = wait * share if answered else None
        row[f"effective_{name}"] = wait * share * 1.1 if answered else None
    row["response_p90"] = wait * 3.2 if answered else None
    row["priced_response_mean"] = wait * 1.6 if settled else None
    row["effective_priced_mean"] = wait * 1.8 if settled else None
    return row


def sum_days(days: Iterable[dict[str, float | int | None]]) -> dict[str, float | int | None]:
    """The measures of a window: counts added up, seconds of the last day that has some."""
    total: dict[str, float | int | None] = dict.fromkeys(MEASURE_COLUMNS, 0)
    for day in days:
        for name, value in day.items():
            so_far = total[name]
            if isinstance(so_far, int) and isinstance(value, int):
                total[name] = so_far + value
            elif value is not None:
                total[name] = value
    for name in MEASURE_COLUMNS:
        if name.endswith(("_mean", "_p50", "_p90")) and not total[name]:
            total[name] = None
    return total


def rate(
    shop: Shop, policy: Policy, characters: list[tuple[int, Character]], *, last_on: date = LAST_ON, seed: int = 1
) -> ShopRating:
    """Measure, score and rate a shop on every day up to `last_on`; `characters` are (days, how it answers)."""
    chance = random.Random(f"{seed}-{shop.code}")
    document = policy.rules()
    judge = Judge(document)
    peers = judge.priors_of(sum_days([draw_day(MIDDLING, random.Random(9))] * 3))
    by_day = [character for days, character in characters for _ in range(days)]
    first_on = last_on - timedelta(days=len(by_day) - 1)
    agents = list(shop.agents.order_by("pk"))
    past: list[dict[str, float | int | None]] = []
    state: GradeState | None = None
    previous: Privileges | None = None
    ratings, shop_days, agent_days = [], [], []
    for index, character in enumerate(by_day):
        on = first_on + timedelta(days=index)
        row = draw_day(character, chance)
        past.append(row)
        shop_days.append(ShopDay(shop=shop, on=on, is_final=True, **row))
        agent_days += [AgentDay(agent=agent, on=on, is_final=True, **draw_day(character, chance)) for agent in agents]
        window = sum_days(past[-30:])
        rating = judge.rate_shop(window, peers, state.grade if state else None)
        state = judge.next_grade(state, rating, on=on, opened_on=shop.opened_on, turns=int(window["settled"] or 0))
        ratings.append(
            ShopRating(
                shop=shop,
                on=on,
                policy=policy,
                window_first_on=on - timedelta(days=29),
                window_last_on=on,
                points=rating.points,
                grade=state.grade,
                since_on=state.since_on,
                candidate=state.candidate or "",
                candidate_since_on=state.candidate_since_on,
                reason=state.reason,
                lines=[line.to_data() for line in rating.lines],
                **window,
            )
        )
        previous = _grant(shop, policy, state.grade, on, previous)
    ShopDay.objects.bulk_create(shop_days)
    AgentDay.objects.bulk_create(agent_days)
    ShopRating.objects.bulk_create(ratings)
    _score_agents(agents, policy, judge, by_day, last_on, chance)
    return ratings[-1]


def _grant(shop: Shop, policy: Policy, grade: str, on: date, previous: Privileges | None) -> Privileges:
    granted = policy.rules().privileges_of(grade).model_dump()
    before = None if previous is None else {name: getattr(previous, name) for name in granted}
    privileges = previous or Privileges(shop=shop)
    if before is None or previous is None or previous.grade != grade:
        PrivilegesChange.objects.create(
            shop=shop,
            on=on,
            grade=grade,
            previous_grade="" if previous is None else previous.grade,
            taken=[name for name in granted if before and granted[name] < before[name]],
            granted=[name for name in granted if before is None or granted[name] > before[name]],
            reason="grade",
            policy_version=policy.version,
            **granted,
        )
    for name, value in granted.items():
        setattr(privileges, name, value)
    privileges.grade, privileges.in_force_on = grade, on
    privileges.save()
    return privileges


def _score_agents(
    agents: list[Agent], policy: Policy, judge: Judge, by_day: list[Character], last_on: date, chance: random.Random
) -> None:
    scores = []
    for agent in agents:
        days = [draw_day(character, chance) for character in by_day]
        for index in range(len(days)):
            on = last_on - timedelta(days=len(days) - 1 - index)
            window = sum_days(days[max(0, index - 29) : index + 1])
            score = judge.score_agent(window)
            scores.append(
                AgentScore(
                    agent=agent,
                    on=on,
                    policy=policy,
                    window_first_on=on - timedelta(days=29),
                    window_last_on=on,
                    points=score.points,
                    standing=score.standing,
                    **{f"{part}_points": points for part, points in score.parts.items()},
                    lines=[line.to_data() for line in score.lines],
                    **window,
                )
            )
    AgentScore.objects.bulk_create(scores)


def place_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns, waits and one conversation for the screens to show, in the place of the chat log."""

    def failing_turns(*_place: object, kind: str, **_how: object) -> list[TurnRow]:
        return make_turns(state="unanswered" if kind == "unanswered" else "answered")

    def wait_histogram(*_place: object, **_how: object) -> list[tuple[int | None, int]]:
        return [(30, 410), (60, 380), (180, 120), (600, 60), (None, 30)]

    def conversation(_shop_code: str, conversation_id: str, *, around_ms: int) -> list[MessageRow]:
        return make_messages() if conversation_id == "c-00001" and around_ms else []

    monkeypatch.setattr("governance.views.failing.failing_turns", failing_turns)
    monkeypatch.setattr("governance.views.picture.wait_histogram", wait_histogram)
    monkeypatch.setattr("governance.views.agent_record.wait_histogram", wait_histogram)
    monkeypatch.setattr("shops.actions.read_conversation.conversation", conversation)


def make_turns(count: int = 6, *, state: str = "answered", agent: str = "a1") -> list[TurnRow]:
    """Turns as the turn files give them, the slowest first."""
    opened_at = datetime(2026, 5, 30, 2, 15, tzinfo=UTC)
    return [
        TurnRow(
            conversation_id=f"c-{number:05d}",
            buyer_id=f"b-{number:05d}",
            opened_at=opened_at + timedelta(hours=number),
            opened_by_message=f"m-{number}-1",
            answered_at=opened_at + timedelta(hours=number, seconds=900 - number) if state == "answered" else None,
            answered_by=agent if state == "answered" else None,
            wait_seconds=900.0 - number if state == "answered" else None,
            effective_answered_at=None,
            effective_wait_seconds=None,
            owner=agent,
            state=state,
            counted="counted",
            first_of_contact=True,
            on=(opened_at + timedelta(hours=number)).date(),
        )
        for number in range(1, count + 1)
    ]


def make_messages() -> list[MessageRow]:
    """A short conversation with a message of every kind, the turn of `make_turns()[0]` in it."""
    start = datetime(2026, 5, 30, 3, 15, tzinfo=UTC)
    spoken = [
        (0, "buyer", "message", "delivered", None, "你好，我的订单已经三天没有物流更新了，能帮我查一下吗？"),
        (1, "agent", "auto_reply", "delivered", "a1", "亲，您好！客服正在赶来的路上，请您稍等片刻哦～"),
        (30, "buyer", "message", "delivered", None, "在吗？"),
        (200, "bot", "message", "delivered", None, "您可以回复“转人工”联系人工客服。"),
        (230, "system", "handoff", "delivered", None, None),
        (300, "buyer", "message", "intercepted", None, "再不回复我就投诉了"),
        (899, "agent", "message", "delivered", "a1", "抱歉久等了，包裹卡在中转站，今天已经催促，预计明天送达。"),
        (960, "buyer", "message", "delivered", None, "好的谢谢"),
        (2000, "system", "close", "delivered", None, None),
    ]
    return [
        MessageRow(f"m-1-{number}", start + timedelta(seconds=after), sender, kind, delivery, agent, text)
        for number, (after, sender, kind, delivery, agent, text) in enumerate(spoken, start=1)
    ]
