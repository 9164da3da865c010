"""One day's judgement: every agent scored, every shop rated, privileges granted, in one transaction.

What a day is judged by (the window) and in what state each shop comes into it are given; nothing here reads the log.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.window_measures import NO_MEASURES, Values, Window
from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState
from governance.formulas.ratings import Rating
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.judge import Judge
from shops.actions.upsert_rows import upsert_rows
from shops.models import Agent, Shop
from shops.models.measures import MEASURE_COLUMNS

STATE_COLUMNS = ("grade", "since_on", "candidate", "candidate_since_on", "reason")
SETTLED = MEASURE_COLUMNS.index("settled")


@dataclass(frozen=True, slots=True)
class RatedShop:
    """What rating needs to know of a shop beside its measures."""

    pk: int
    category: str
    opened_on: date | None


@dataclass(frozen=True, slots=True)
class Standpoint:
    """In what state a shop comes into a day: its grade, the policy of its newest rating, and whether that had facts."""

    state: GradeState
    policy_id: int
    had_facts: bool
    gates: tuple[GateState, ...] = ()


@dataclass
class Marketplace:
    """The shops and agents of a run, and the state that each shop has reached. Loaded once, carried from day to day."""

    shops: dict[str, RatedShop]
    agents: dict[tuple[str, str], int]
    standpoints: dict[int, Standpoint]

    @classmethod
    def load(cls, before: date) -> Marketplace:
        """Everything as of the ratings before a day; three queries."""
        shops = {
            code: RatedShop(pk, category, opened_on)
            for code, pk, category, opened_on in Shop.objects.values_list("code", "pk", "category", "opened_on")
        }
        agents = {
            (shop, code): pk
            for shop, code, pk in Agent.objects.values_list("shop__code", "code", "pk").iterator(20_000)
        }
        newest = ShopRating.objects.newest_per_shop(before=before)
        return cls(shops, agents, dict(_standpoints(newest)))


@dataclass(frozen=True, slots=True)
class DayRated:
    """What one day's judgement wrote."""

    ratings: int
    scores: int
    privileges_changed: int
    privileges_lost: int


def rate_day(window: Window, policy: Policy, judge: Judge, market: Marketplace) -> DayRated:
    """Score the agents and rate the shops of one day; grant what follows. Safe to run twice: a published rating stays.

    Rated are the shops with facts in the window, those that never had a rating, and those whose last one is not the
    last word: it had facts, another policy, or a change of grade waiting.
    """
    on = window.on
    with transaction.atomic():
        published = dict(_standpoints(ShopRating.objects.filter(on=on)))
        market.standpoints.update(published)
        priors = _priors(window, judge, market)
        rows, grants = [], {}
        for code, shop in market.shops.items():
            if shop.pk in published:
                continue
            before = market.standpoints.get(shop.pk)
            values = window.shops.get(code)
            if values is None and before is not None and _is_last_word(before, policy):
                continue
            values = values or NO_MEASURES
            row = dict(zip(MEASURE_COLUMNS, values, strict=True))
            rating = judge.rate_shop(row, priors[shop.category], before.state.grade if before else None)
            state = judge.next_grade(
                before.state if before else None, rating, on=on, opened_on=shop.opened_on, turns=values[SETTLED]
            )
            gates = judge.next_gates(before.gates if before else (), rating, row, on=on, opened_on=shop.opened_on)
            market.standpoints[shop.pk] = Standpoint(state, policy.pk, values != NO_MEASURES, gates)
            grants[shop.pk] = Grant(state.grade, judge.privileges_of(state.grade, gates), state.reason, policy.version)
            rows.append(_rating_row(shop, window, policy, rating, state, gates, priors[shop.category], values, judge))
        scored = set(AgentScore.objects.filter(on=on).values_list("agent_id", flat=True))
        written = upsert_rows(ShopRating, RATING_COLUMNS, rows, key=("shop_id", "on"), keep_existing=True)
        scores = upsert_rows(
            AgentScore,
            SCORE_COLUMNS,
            _score_rows(window, policy, judge, market.agents, scored),
            key=("agent_id", "on"),
            keep_existing=True,
        )
        changed, lost = grant_privileges(on, grants)
    return DayRated(written, scores, changed, lost)


def _standpoints(ratings: QuerySet[ShopRating]) -> Iterator[tuple[int, Standpoint]]:
    columns = ("shop_id", "policy_id", "gates", *STATE_COLUMNS, "turns", "contacts", "stars_count")
    for shop_id, policy_id, gates, grade, since, candidate, candidate_since, reason, *facts in ratings.values_list(
        *columns
    ):
        state = GradeState(grade, since, candidate or None, candidate_since, reason)
        yield shop_id, Standpoint(state, policy_id, any(facts), tuple(map(GateState.from_data, gates)))


def _is_last_word(standpoint: Standpoint, policy: Policy) -> bool:
    is_waiting = standpoint.state.candidate_since_on is not None or any(
        gate.waiting_since_on is not None for gate in standpoint.gates
    )
    return not standpoint.had_facts and standpoint.policy_id == policy.pk and not is_waiting


def _priors(window: Window, judge: Judge, market: Marketplace) -> Mapping[str, tuple[float | None, ...]]:
    """The peers' means by category. A shop without a category has all shops as its peers."""
    columns = [(name, MEASURE_COLUMNS.index(name)) for name in judge.shop_columns]
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(judge.shop_columns, 0))
    everybody = sums[""]
    for code, values in window.shops.items():
        if code not in market.shops:
            continue
        category = market.shops[code].category
        for name, position in columns:
            everybody[name] += values[position]
            if category:
                sums[category][name] += values[position]
    found = {category: judge.priors_of(totals) for category, totals in sums.items()}
    nobody = judge.priors_of(dict.fromkeys(judge.shop_columns, 0))
    return defaultdict(lambda: nobody, found)


RATING_COLUMNS = (
    *("shop_id", "on", "policy_id", "window_first_on", "window_last_on", "points"),
    *STATE_COLUMNS,
    *("lines", "peers", "gates", *MEASURE_COLUMNS),
)
SCORE_COLUMNS = (
    *("agent_id", "on", "policy_id", "window_first_on", "window_last_on", "points"),
    *("speed_points", "quality_points", "resolution_points", "standing", "lines", *MEASURE_COLUMNS),
)


def _rating_row(
    shop: RatedShop,
    window: Window,
    policy: Policy,
    rating: Rating,
    state: GradeState,
    gates: tuple[GateState, ...],
    priors: tuple[float | None, ...],
    values: Values,
    judge: Judge,
) -> tuple[Any, ...]:
    peers = {dimension.key: prior for dimension, prior in zip(judge.shops.dimensions, priors, strict=True)}
    return (
        *(shop.pk, window.on.isoformat(), policy.pk, window.dates[0].isoformat(), window.dates[-1].isoformat()),
        rating.points,
        *(state.grade, state.since_on.isoformat(), state.candidate or ""),
        state.candidate_since_on.isoformat() if state.candidate_since_on else None,
        state.reason,
        json.dumps([line.to_data() for line in rating.lines]),
        json.dumps(peers),
        json.dumps([gate.to_data() for gate in gates]),
        *values,
    )


def _score_rows(
    window: Window, policy: Policy, judge: Judge, agents: Mapping[tuple[str, str], int], scored: Set[int]
) -> Iterator[tuple[Any, ...]]:
    dates = (window.on.isoformat(), policy.pk, window.dates[0].isoformat(), window.dates[-1].isoformat())
    for key, values in window.agents.items():
        agent_id = agents.get(key)
        if agent_id is None or agent_id in scored:
            continue
        score = judge.score_agent(dict(zip(MEASURE_COLUMNS, values, strict=True)))
        yield (
            *(agent_id, *dates, score.points),
            *(score.parts.get(part) for part in ("speed", "quality", "resolution")),
            score.standing,
            json.dumps([line.to_data() for line in score.lines]),
            *values,
        )
