"""The credit rating of a shop: weighted dimensions, each estimated with its peers' help and explained by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from governance.formulas.curves import Curve
from governance.formulas.intervals import wilson
from governance.formulas.raises import RaiseTo, fewest_to_reach_points, fewest_to_reach_rate
from governance.formulas.samples import Sample, rounded
from governance.formulas.shrinkage import shrink_rate
from governance.formulas.standing import AT, BELOW, NO_SAMPLE, Standing, judge_standing

DECIMALS = 2
"""Ratings are rounded to what people see, so that a rating shown as 80.00 is also graded as 80.00."""

ROUNDING = 0.005 - 1e-9
"""How far below a grade's points a rating may lie and still be rounded up to it."""


class SmallSampleRule(NamedTuple):
    """What few cases earn instead of the points of a curve; points out of 100. `bad_at_most` None: whatever failed."""

    below_cases: int
    bad_at_most: int | None
    points: float
    points_lost_per_bad: float

    def points_of(self, bad: int, cases: int) -> float | None:
        """The points of so many failing cases among all; None where the rule does not apply."""
        if cases >= self.below_cases or (self.bad_at_most is not None and bad > self.bad_at_most):
            return None
        return max(0.0, self.points - self.points_lost_per_bad * bad)


class FewTurnsRule(NamedTuple):
    """The flat points of a shop with fewer settled turns than so many."""

    below_turns: int
    points: float


@dataclass(frozen=True, slots=True)
class Dimension:
    """One value that a shop is rated by. Weights add up to 100; `min_sample` cases make the rate measurable."""

    key: str
    measure: str
    weight: float
    curve: Curve | None
    """None only for a dimension of weight 0, which is shown and earns nothing."""
    line: float | None
    """Under it a shop is substandard, once proven. None: nobody can be."""
    target: float | None
    min_sample: int
    higher_is_better: bool
    small_sample: SmallSampleRule | None = None
    is_decided: bool = False
    """True for a value that people decided, such as points: it stands as it is, without a sample, peers or chance."""


@dataclass(frozen=True, slots=True)
class RatingScheme:
    """How shops are rated: compiled once per policy. `prior_strength` is the m of clock.md section 6."""

    dimensions: tuple[Dimension, ...]
    prior_strength: float
    few_turns: FewTurnsRule | None = None


class Aim(NamedTuple):
    """A grade to be reached and the points that it takes."""

    points: float
    grade: str


@dataclass(frozen=True, slots=True)
class RatingLine:
    """What one dimension showed and earned, with everything needed to recompute it by hand."""

    key: str
    measure: str
    value: float | None
    """The plain rate; None without a single case."""
    numerator: int
    denominator: int
    affected_buyers: int
    interval: tuple[float, float] | None
    """The 95 % Wilson interval of the plain rate."""
    prior: float | None
    """The peers' mean; None where no peer could be measured either."""
    estimate: float | None
    """What the points follow from; None where the dimension is left out."""
    is_measured: bool
    """False: fewer than min_sample cases, so the estimate is the peers' mean, neither reward nor punishment."""
    line: float | None
    target: float | None
    weight: float
    """Out of 100, after dimensions that nobody could be measured by gave theirs up; 0 for such a one."""
    points: float
    """What it adds to the rating, out of `weight`."""
    points_lost: float
    """weight - points."""
    standing: Standing | None
    """None without a line."""
    raise_to: RaiseTo
    flat_points: float | None = None
    """Out of 100: what few cases earned by a rule of their own; None where the points follow from the estimate."""

    def to_data(self) -> dict[str, Any]:
        """The line as JSON types, for storing: values to 6 decimals, points to 4."""
        data = {
            "key": self.key,
            "measure": self.measure,
            "value": rounded(self.value, 6),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "affected_buyers": self.affected_buyers,
            "interval": self.interval and [round(bound, 6) for bound in self.interval],
            "prior": rounded(self.prior, 6),
            "estimate": rounded(self.estimate, 6),
            "is_measured": self.is_measured,
            "line": self.line,
            "target": self.target,
            "weight": round(self.weight, 4),
            "points": round(self.points, 4),
            "points_lost": round(self.points_lost, 4),
            "standing": self.standing,
            "raise_to": {"target": self.raise_to.target, "next_grade": self.raise_to.next_grade},
        }
        return data if self.flat_points is None else data | {"flat_points": self.flat_points}


@dataclass(frozen=True, slots=True)
class Rating:
    """A shop's rating: points 0 to 100, or None where no dimension could be measured, neither here nor among peers."""

    points: float | None
    lines: tuple[RatingLine, ...]
    aim: Aim | None
    """The grade that the lines' `raise_to.next_grade` is about; None at the top."""
    proven_below: tuple[str, ...]
    """Keys of the dimensions proven below their line."""


def rate_shop(
    scheme: RatingScheme,
    samples: Sequence[Sample],
    priors: Sequence[float | None],
    aims: Sequence[Aim] = (),
    turns: int | None = None,
) -> Rating:
    """Rate one shop from `samples` and the peers' means `priors`, one each per dimension in the order of the scheme.

    Each rate is shrunk to the peers' mean and turned into points by its curve, what people decided as it stands; few
    cases earn what the dimension's rule for small samples says, where it has one. A dimension with fewer than
    min_sample cases takes the points of the peers' mean; without that it is left out and the other weights are scaled
    up. `aims` are the grades within reach by rising points (Ladder.aims): the lines say what would reach the first one
    above the rating. Points are rounded to 2 decimals. With fewer settled `turns` than the scheme's rule for quiet
    shops they are flat, and no line weighs anything. Source: clock.md section 6; published-rules.md (Douyin, JD).
    """
    strength = scheme.prior_strength
    is_flat = scheme.few_turns is not None and turns is not None and turns < scheme.few_turns.below_turns
    estimates: list[float | None] = []
    flats: list[float | None] = []
    weights: list[float] = []
    earned: list[float] = []
    for dimension, sample, prior in zip(scheme.dimensions, samples, priors, strict=True):
        estimate = _estimate(dimension, sample, prior, strength)
        flat = None if is_flat else _flat_points(dimension, sample)
        points_of = flat
        if points_of is None and estimate is not None and dimension.curve is not None:
            points_of = dimension.curve.points_at(estimate)
        counts = points_of is not None and dimension.curve is not None and not is_flat
        estimates.append(estimate)
        flats.append(flat)
        weights.append(dimension.weight if counts else 0.0)
        earned.append(dimension.weight * points_of / 100 if points_of is not None and counts else 0.0)
    weighed, total = sum(weights), sum(earned)
    scale, points, aim = 0.0, None, None
    if is_flat and scheme.few_turns is not None:
        points = round(scheme.few_turns.points, DECIMALS)
    elif weighed:
        scale = 100 / weighed
        points = round(total * scale, DECIMALS)
        aim = next((aim for aim in aims if aim.points > points), None)
    missing = None if aim is None else aim.points - ROUNDING - total * scale
    lines = tuple(
        _line_of(
            dimension,
            sample,
            prior,
            strength,
            estimate=estimate,
            weight=weight * scale,
            points=share * scale,
            missing=missing,
            flat_points=flat,
        )
        for dimension, sample, prior, estimate, weight, share, flat in zip(
            scheme.dimensions, samples, priors, estimates, weights, earned, flats, strict=True
        )
    )
    return Rating(points, lines, aim, _proven_below(lines))


def _flat_points(dimension: Dimension, sample: Sample) -> float | None:
    """What few cases earn out of 100 by the dimension's own rule; None where it has none or there are enough cases."""
    rule, cases = dimension.small_sample, sample.denominator
    if rule is None or cases is None or sample.numerator is None:
        return None
    bad = cases - sample.numerator if dimension.higher_is_better else sample.numerator
    return rule.points_of(bad, cases)


def _line_of(
    dimension: Dimension,
    sample: Sample,
    prior: float | None,
    strength: float,
    *,
    estimate: float | None,
    weight: float,
    points: float,
    missing: float | None,
    flat_points: float | None,
) -> RatingLine:
    """The line of one dimension; `missing` is what the whole rating lacks to its aim."""
    value, numerator, denominator, affected_buyers = sample
    if numerator is None or denominator is None:
        numerator = denominator = 0
    interval = wilson(numerator, denominator)
    is_measured = denominator > 0 and denominator >= dimension.min_sample
    if dimension.is_decided:
        is_measured = value is not None
    standing: Standing | None = None
    to_target = to_grade = None
    if dimension.line is not None:
        standing = NO_SAMPLE
        if dimension.is_decided and value is not None:
            standing = BELOW if _is_worse(value, dimension.line, dimension) else AT
        elif is_measured:
            standing = judge_standing(
                interval, dimension.line, higher_is_better=dimension.higher_is_better, affected_buyers=affected_buyers
            )
    is_counted = is_measured and not dimension.is_decided
    if is_counted and dimension.target is not None:
        to_target = fewest_to_reach_rate(
            numerator, denominator, dimension.target, higher_is_better=dimension.higher_is_better
        )
    if is_counted and missing is not None and weight and dimension.curve is not None and flat_points is None:
        to_grade = fewest_to_reach_points(
            dimension.curve,
            numerator,
            denominator,
            prior=prior,
            strength=strength,
            points=(points + missing) / weight * 100,
        )
    return RatingLine(
        key=dimension.key,
        measure=dimension.measure,
        value=value,
        numerator=numerator,
        denominator=denominator,
        affected_buyers=affected_buyers,
        interval=interval,
        prior=prior,
        estimate=estimate,
        is_measured=is_measured,
        line=dimension.line,
        target=dimension.target,
        weight=weight,
        points=points,
        points_lost=weight - points,
        standing=standing,
        raise_to=RaiseTo(to_target, to_grade),
        flat_points=flat_points,
    )


def _proven_below(lines: Sequence[RatingLine]) -> tuple[str, ...]:
    return tuple(line.key for line in lines if line.standing == BELOW)


def _is_worse(value: float, line: float, dimension: Dimension) -> bool:
    """True on the wrong side of the line; the line itself is the right one."""
    return value < line if dimension.higher_is_better else value > line


def _estimate(dimension: Dimension, sample: Sample, prior: float | None, strength: float) -> float | None:
    """The value that the points follow from; None where neither the shop nor its peers could be measured."""
    value, numerator, denominator, _ = sample
    if dimension.is_decided:
        return value
    if value is None or numerator is None or denominator is None or denominator < dimension.min_sample:
        return prior
    return value if prior is None else shrink_rate(numerator, denominator, prior, strength)
