"""Recomputing a published rating from what it kept: its measures, its peers' means and its policy version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState
from governance.models import ShopRating
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
    """Rate again by the stored inputs. Four queries. Raises ShopRating.DoesNotExist for an unknown id."""
    rating = ShopRating.objects.select_related("policy", "shop").get(pk=rating_id)
    judge = Judge(rating.policy.rules())
    before: Any = (
        ShopRating.objects.filter(shop=rating.shop, on__lt=rating.on)
        .order_by("-on")
        .values_list("grade", "since_on", "candidate", "candidate_since_on", "reason", "gates")
        .first()
    )
    state = None if before is None else GradeState(before[0], before[1], before[2] or None, before[3], before[4])
    row = {name: getattr(rating, name) for name in MEASURE_COLUMNS}
    priors = [rating.peers.get(dimension.key) for dimension in judge.shops.dimensions]
    again = judge.rate_shop(row, priors, state.grade if state else None)
    grade = judge.next_grade(state, again, on=rating.on, opened_on=rating.shop.opened_on, turns=rating.settled)
    earlier = [] if before is None else [GateState.from_data(gate) for gate in before[5]]
    gates = judge.next_gates(earlier, again, row, on=rating.on, opened_on=rating.shop.opened_on)
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


def _same(published: Any, recomputed: Any) -> bool:
    """Equal as JSON has it: tuples are lists."""
    if isinstance(recomputed, list | tuple):
        return len(published) == len(recomputed) and all(map(_same, published, recomputed))
    if isinstance(recomputed, dict):
        return published.keys() == recomputed.keys() and all(
            _same(published[key], recomputed[key]) for key in published
        )
    return bool(published == recomputed)
