"""What would have raised a rating: how many failing cases would have had to be good."""

from __future__ import annotations

from math import ceil, floor, isinf
from typing import NamedTuple

from governance.formulas.curves import Curve

SLACK = 1e-9
"""What floating point may be off by; far less than any single case moves a rate."""


class RaiseTo(NamedTuple):
    """Numbers of failing cases that would have had to be good, had nothing else changed."""

    target: int | None
    """To bring the plain rate to its target; 0 where it is there, None where it is not measured or has no target."""
    next_grade: int | None
    """To bring the whole rating to its aim by this dimension alone; None without an aim or where that is impossible."""


def fewest_to_reach_rate(k: int, n: int, target: float, *, higher_is_better: bool) -> int:
    """How many failing cases of `n` (> 0) would have had to be good for the rate to reach `target` (0 to 1).

    `k` counts the good cases where higher is better, the failing ones where lower is better. 0 where it is reached.
    """
    if higher_is_better:
        good_needed = min(n, ceil(target * n - SLACK))
        return max(0, good_needed - k)
    bad_allowed = floor(target * n + SLACK)
    return max(0, k - bad_allowed)


def fewest_to_reach_points(
    curve: Curve, k: int, n: int, *, prior: float | None, strength: float, points: float
) -> int | None:
    """How many failing cases would have had to be good for the shrunken rate to earn `points` (0 to 100) by `curve`.

    `k` counts the good cases on a rising curve, the failing ones on a falling one. None where even a spotless record
    would not do. Without a `prior` nothing is shrunk.
    """
    value = curve.value_reaching(points)
    if value is None:
        return None
    if isinf(value):
        return 0
    if prior is None:
        prior = strength = 0.0
    cases_at_value = value * (n + strength) - strength * prior
    if curve.is_rising:
        fewest, failing = ceil(cases_at_value - SLACK) - k, n - k
    else:
        fewest, failing = k - floor(cases_at_value + SLACK), k
    return None if fewest > failing else max(0, fewest)
