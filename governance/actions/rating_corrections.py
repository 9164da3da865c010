"""Ratings put right after a decision was taken back. The published rows stay; the newest correction of one counts.

Agents' scores are not touched: violation points are the shop's, and no agent is scored by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Min

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.marketplace import STATE_COLUMNS
from governance.actions.rate_day import points_of_shops
from governance.actions.replay_rating import came_as_of, rate_from
from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState, Reason
from governance.models import Decision, PointEntry, RatingCorrection, ShopRating
from governance.policy.judge import Judge
from shops.models.measures import MEASURE_COLUMNS

CORRECTED = ("points", *STATE_COLUMNS, "lines", "gates")


@transaction.atomic
def correct_ratings(ending: Decision, *, at: datetime) -> int:
    """Rate the shop's days anew since the points fell that `ending` took back. Returns how many ratings became others.

    Each day is rated by what its rating kept (measures, peers, policy version), the points as they are now, and the
    state that the day before is corrected to; what a later day's grade follows from is corrected with it. Where the
    newest one became another, the shop's privileges by grade are granted anew. The shop must be locked, the decision's
    points be taken back. Safe to run twice. A query for each day, and a few more.
    """
    taken_back = PointEntry.objects.filter(decision=ending.overrides_id, kind=PointEntry.Kind.REVERSED)
    since_on = taken_back.aggregate(first=Min("fell_on"))["first"]
    if since_on is None or RatingCorrection.objects.filter(decision=ending).exists():
        return 0
    ratings = ShopRating.objects.filter(shop=ending.shop_id, on__gte=since_on).select_related("policy", "shop")
    standing = _standing_corrections(ending.shop_id)
    made: list[RatingCorrection] = []
    last: tuple[ShopRating, RatingCorrection] | None = None
    judges: dict[int, Judge] = {}
    for rating in ratings.order_by("on"):
        judge = judges.setdefault(rating.policy_id, Judge(rating.policy.rules()))
        present = standing.get(rating.pk) or _as_published(rating)
        if last is None and not judge.uses_points:
            continue
        before = last[1] if last is not None else _corrected_before(rating, standing)
        corrected = _rate_anew(rating, judge, before, ending, at)
        last = (rating, corrected)
        if any(_value(present, name) != _value(corrected, name) for name in CORRECTED):
            made.append(corrected)
    RatingCorrection.objects.bulk_create(made, batch_size=500)
    if made and last is not None and made[-1] is last[1]:
        _grant(*last, at)
    return len(made)


def _rate_anew(
    rating: ShopRating, judge: Judge, before: RatingCorrection | None, ending: Decision, at: datetime
) -> RatingCorrection:
    """What a rating would have been; `before`: what the rating before it is corrected to, if it is. Not stored."""
    came_as = came_as_of(rating)
    if before is not None:
        came_as = replace(came_as, state=_state_of(before), gates=tuple(map(GateState.from_data, before.gates)))
    points = points_of_shops([rating.shop_id], rating.on, judge, known_by=at).get(rating.shop_id, 0)
    row = {name: getattr(rating, name) for name in MEASURE_COLUMNS}
    again, grade, gates = rate_from(rating, judge, row, came_as, points)
    return RatingCorrection(
        rating=rating,
        decision=ending,
        points=again.points,
        grade=grade.grade,
        since_on=grade.since_on,
        candidate=grade.candidate or "",
        candidate_since_on=grade.candidate_since_on,
        reason=grade.reason,
        lines=[line.to_data() for line in again.lines],
        gates=[gate.to_data() for gate in gates],
        corrected_at=at,
    )


def _standing_corrections(shop_id: int) -> dict[int, RatingCorrection]:
    """The newest correction of each of a shop's ratings that has any."""
    return {each.rating_id: each for each in RatingCorrection.objects.filter(rating__shop=shop_id).order_by("pk")}


def _corrected_before(rating: ShopRating, standing: Mapping[int, RatingCorrection]) -> RatingCorrection | None:
    """What the rating before this one is corrected to; None where it stands as published."""
    if not standing:
        return None
    before = ShopRating.objects.filter(shop=rating.shop_id, on__lt=rating.on).order_by("-on")
    return standing.get(before.values_list("pk", flat=True).first() or 0)


def _as_published(rating: ShopRating) -> RatingCorrection:
    """A rating in the form of a correction, to compare with one."""
    return RatingCorrection(**{name: getattr(rating, name) for name in CORRECTED})


def _value(row: RatingCorrection, name: str) -> Any:
    """As JSON has it: tuples are lists."""
    value = getattr(row, name)
    return _plain(value) if name in {"lines", "gates"} else value


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _state_of(row: RatingCorrection) -> GradeState:
    return GradeState(
        row.grade, row.since_on, row.candidate or None, row.candidate_since_on, cast("Reason", row.reason)
    )


def _grant(rating: ShopRating, corrected: RatingCorrection, at: datetime) -> None:
    """Grant what the newest rating's corrected grade and gates do, as of its own day."""
    is_open = {gate["key"]: gate["is_open"] for gate in corrected.gates}
    privileges = rating.policy.rules().privileges_of(corrected.grade, is_open)
    grant = Grant(corrected.grade, privileges, corrected.reason, rating.policy.version)
    grant_privileges(rating.on, {rating.shop_id: grant}, now=at)
