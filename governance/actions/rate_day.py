"""One day's judgement as a draft: every agent scored, every shop rated. Publishing it is `publish_day`.

What a day is judged by (the window) and in what state each shop comes into it are given; nothing here reads the log.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from governance.actions.came_as import CameAs
from governance.actions.marketplace import STATE_COLUMNS, Marketplace, Roster, Standpoint
from governance.actions.points import balances_of
from governance.actions.window_measures import NO_MEASURES, ShopDates, Window
from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState
from governance.formulas.ratings import Rating
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.catalogue import VIOLATION_POINTS
from governance.policy.judge import Judge
from shops.models.measures import MEASURE_COLUMNS

SETTLED = MEASURE_COLUMNS.index("settled")

Sums = Mapping[str, Mapping[str, int]]
"""By category the sums of its shops' columns; under "" those of all shops."""


@dataclass(frozen=True, slots=True)
class DayDraft:
    """One day's judgement, published by nothing yet: rows in the order of RATING_COLUMNS and SCORE_COLUMNS."""

    on: date
    policy_id: int
    ratings: list[tuple[Any, ...]]
    scores: list[tuple[Any, ...]]


def judge_day(
    window: Window,
    policy: Policy,
    judge: Judge,
    market: Marketplace,
    *,
    as_of: datetime,
    sums: Sums | None = None,
) -> DayDraft:
    """Score the agents and rate the shops of a day; nothing is written. `market` has the states after the day then.

    Rated are the shops with facts in the window, those that never had a rating, and those whose last one is not the
    last word: it had facts, another policy, other violation points, or a change of grade waiting. A shop for which no
    date was final is left alone, and what is published already stays as it is. Points count as known at `as_of`.
    `sums`: what the peers' means are taken from; those of the shops in the window where it is not given.
    """
    on = window.on
    published = market.roster.standpoints(ShopRating.objects.filter(on=on))
    market.standpoints.update(published)
    priors = _priors(judge, sum_peers(window, market.roster, judge.shop_columns) if sums is None else sums)
    points = points_of_shops((shop.pk for shop in market.roster.shops.values()), on, judge, known_by=as_of)
    stamp = str(connection.ops.adapt_datetimefield_value(as_of))
    rows = []
    for code, shop in market.roster.shops.items():
        if shop.pk in published:
            continue
        dates = window.dates_of(code)
        if not dates.dates:
            continue  # No date was final for the shop: there is nothing to judge it by, not even silence.
        before = market.standpoints.get(shop.pk)
        values = window.shops.get(code)
        if values is None and before is not None and before.is_last_word(policy, points.get(shop.pk, 0)):
            continue
        values = values or NO_MEASURES
        row = dict(zip(MEASURE_COLUMNS, values, strict=True)) | {VIOLATION_POINTS: points.get(shop.pk, 0)}
        rating = judge.rate_shop(row, priors[shop.category], before.state.grade if before else None)
        state = judge.next_grade(
            before.state if before else None, rating, on=on, opened_on=shop.opened_on, turns=values[SETTLED]
        )
        gates = judge.next_gates(before.gates if before else (), rating, row, on=on, opened_on=shop.opened_on)
        market.standpoints[shop.pk] = Standpoint(state, policy.pk, values != NO_MEASURES, gates, points.get(shop.pk, 0))
        peers = dict(zip((one.key for one in judge.shops.dimensions), priors[shop.category], strict=True))
        came_as = CameAs(before.state if before else None, before.gates if before else (), shop.opened_on)
        row_start = (shop.pk, on.isoformat(), policy.pk)
        rows.append((*row_start, *_rating_values(dates, rating, state, gates, peers, came_as, stamp), *values))
    scored = set(AgentScore.objects.filter(on=on).values_list("agent_id", flat=True))
    scores = list(_score_rows(window, policy, judge, market.roster.agents, scored))
    return DayDraft(on, policy.pk, rows, scores)


def points_of_shops(shop_ids: Iterable[int], on: date, judge: Judge, *, known_by: datetime | None) -> dict[int, int]:
    """The violation points of shops in force on a day, all ladders together; those without any are left out.

    Nothing is asked where the policy does not rate by them. `known_by`: only what was entered by then.
    """
    if not judge.uses_points:
        return {}
    balances = balances_of(shop_ids, on, judge.document, known_by=known_by)
    return {shop_id: sum(by_ladder.values()) for shop_id, by_ladder in balances.items()}


def sum_peers(window: Window, roster: Roster, columns: Sequence[str]) -> dict[str, dict[str, int]]:
    """By category the sums of the shops' columns; a shop without a category has all shops as its peers."""
    places = [(name, MEASURE_COLUMNS.index(name)) for name in columns]
    sums: dict[str, dict[str, int]] = {"": dict.fromkeys(columns, 0)}
    for code, values in window.shops.items():
        if code not in roster.shops:
            continue
        for category in {"", roster.shops[code].category}:
            mine = sums.setdefault(category, dict.fromkeys(columns, 0))
            for name, place in places:
                mine[name] += values[place]
    return sums


def _priors(judge: Judge, sums: Sums) -> Mapping[str, tuple[float | None, ...]]:
    found = {category: judge.priors_of(totals) for category, totals in sums.items()}
    nobody = judge.priors_of(dict.fromkeys(judge.shop_columns, 0))
    return defaultdict(lambda: nobody, found)


RATING_COLUMNS = (
    *("shop_id", "on", "policy_id", "window_first_on", "window_last_on", "points"),
    *STATE_COLUMNS,
    *("lines", "peers", "gates", "as_of", "left_out", "came_as", *MEASURE_COLUMNS),
)
SCORE_COLUMNS = (
    *("agent_id", "on", "policy_id", "window_first_on", "window_last_on", "points"),
    *("speed_points", "quality_points", "resolution_points", "standing", "lines", *MEASURE_COLUMNS),
)


def _rating_values(
    dates: ShopDates,
    rating: Rating,
    state: GradeState,
    gates: tuple[GateState, ...],
    peers: Mapping[str, float | None],
    came_as: CameAs,
    stamp: str,
) -> tuple[Any, ...]:
    """A rating's values from the window to `came_as`, in the order of RATING_COLUMNS."""
    return (
        *(dates.dates[0].isoformat(), dates.dates[-1].isoformat(), rating.points),
        *(state.grade, state.since_on.isoformat(), state.candidate or ""),
        state.candidate_since_on.isoformat() if state.candidate_since_on else None,
        state.reason,
        json.dumps([line.to_data() for line in rating.lines]),
        json.dumps(peers),
        json.dumps([gate.to_data() for gate in gates]),
        stamp,
        json.dumps([day.isoformat() for day in dates.left_out]),
        came_as.to_json(),
    )


def _score_rows(
    window: Window, policy: Policy, judge: Judge, agents: Mapping[tuple[str, str], int], scored: Set[int]
) -> Iterator[tuple[Any, ...]]:
    for key, values in window.agents.items():
        agent_id = agents.get(key)
        if agent_id is None or agent_id in scored:
            continue
        score = judge.score_agent(dict(zip(MEASURE_COLUMNS, values, strict=True)))
        dates = window.dates_of(key[0]).dates
        yield (
            *(agent_id, window.on.isoformat(), policy.pk, dates[0].isoformat(), dates[-1].isoformat(), score.points),
            *(score.parts.get(part) for part in ("speed", "quality", "resolution")),
            score.standing,
            json.dumps([line.to_data() for line in score.lines]),
            *values,
        )
