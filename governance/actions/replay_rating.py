"""Recomputing a published rating from what it kept: measures, peers' means, the state before, its policy version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from governance.actions.came_as import CameAs
from governance.actions.rate_day import points_of_shops
from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState, Reason
from governance.formulas.ratings import Rating
from governance.models import ShopRating
from governance.policy.catalogue import VIOLATION_POINTS
from governance.policy.judge import Judge
from shops.models.measures import MEASURE_COLUMNS


@dataclass(frozen=True, slots=True)
class Replayed:
    """A rating as published and as recomputed: field by field, only what differs."""

    rating: ShopRating
    differences: dict[str, tuple[Any, Any]]

    @property
    def is_equal(self) -> bool:
        """True if the recomputed rating is the published one."""
        return not self.differences


def replay_rating(rating_id: int) -> Replayed:
    """Rate again by the stored inputs. Three queries. Raises ShopRating.DoesNotExist for an unknown id."""
    rating = ShopRating.objects.select_related("policy", "shop").get(pk=rating_id)
    judge = Judge(rating.policy.rules())
    row = {name: getattr(rating, name) for name in MEASURE_COLUMNS}
    again, grade, gates = rate_again(rating, judge, row)
    recomputed = {
        "points": again.points,
        "grade": grade.grade,
        "since_on": grade.since_on,
        "candidate": grade.candidate or "",
        "candidate_since_on": grade.candidate_since_on,
        "reason": grade.reason,
        "lines": [line.to_data() for line in again.lines],
        "gates": [gate.to_data() for gate in gates],
    }
    published = {name: getattr(rating, name) for name in recomputed}
    differences = {
        name: (published[name], value) for name, value in recomputed.items() if not _same(published[name], value)
    }
    return Replayed(rating, differences)


def rate_again(
    rating: ShopRating, judge: Judge, row: Mapping[str, Any]
) -> tuple[Rating, GradeState, tuple[GateState, ...]]:
    """What measures come to for the shop, its peers and the state that it came in being those of a published rating.

    A rating of a release that did not keep that state is taken to follow the one before it: one query. Violation points
    are those entered by the rating's as_of: what was decided or taken back later is no part of it. Another query where
    the policy rates by them.
    """
    points = points_of_shops([rating.shop_id], rating.on, judge, known_by=rating.as_of)
    return rate_from(rating, judge, row, came_as_of(rating), points.get(rating.shop_id, 0))


def rate_from(
    rating: ShopRating, judge: Judge, row: Mapping[str, Any], came_as: CameAs, violation_points: int
) -> tuple[Rating, GradeState, tuple[GateState, ...]]:
    """As `rate_again`, with the state in which the shop came into the day and its violation points given. No query."""
    row = {**row, VIOLATION_POINTS: violation_points}
    before = came_as.state
    priors = [rating.peers.get(dimension.key) for dimension in judge.shops.dimensions]
    again = judge.rate_shop(row, priors, before.grade if before else None)
    grade = judge.next_grade(before, again, on=rating.on, opened_on=came_as.opened_on, turns=row["settled"])
    gates = judge.next_gates(came_as.gates, again, row, on=rating.on, opened_on=came_as.opened_on)
    return again, grade, gates


def came_as_of(rating: ShopRating) -> CameAs:
    """In what state the shop came into the day of its rating."""
    if rating.came_as is not None:
        return CameAs.from_data(rating.came_as)
    before = ShopRating.objects.filter(shop=rating.shop, on__lt=rating.on).order_by("-on").first()
    if before is None:
        return CameAs(None, (), rating.shop.opened_on)
    state = GradeState(
        before.grade,
        before.since_on,
        before.candidate or None,
        before.candidate_since_on,
        cast("Reason", before.reason),
    )
    return CameAs(state, tuple(map(GateState.from_data, before.gates)), rating.shop.opened_on)


def _same(published: Any, recomputed: Any) -> bool:
    """Equal as JSON has it: tuples are lists."""
    if isinstance(recomputed, list | tuple):
        return len(published) == len(recomputed) and all(map(_same, published, recomputed))
    if isinstance(recomputed, dict):
        return published.keys() == recomputed.keys() and all(
            _same(published[key], recomputed[key]) for key in published
        )
    return bool(published == recomputed)
