"""A dimension of violation points: as they stand, without a sample, peers or chance."""

from __future__ import annotations

import pytest

from governance.formulas.curves import Curve
from governance.formulas.ratings import Dimension, Rating, RatingScheme, rate_shop
from governance.formulas.samples import Sample, rate_sample

ANSWERED = Dimension("answered", "answer_rate", 60, Curve([(0, 0), (1, 100)]), None, None, 1, higher_is_better=True)


def rate(points: float | None, *, line: float | None = 5, peers: float | None = None) -> Rating:
    violations = Dimension(
        "violations",
        "violation_points",
        40,
        Curve([(0, 100), (12, 50), (24, 0)]),
        line,
        target=0,
        min_sample=50,
        higher_is_better=False,
        is_decided=True,
    )
    return rate_shop(RatingScheme((ANSWERED, violations), 20), [rate_sample(10, 10), Sample(points)], [1.0, peers])


@pytest.mark.parametrize(
    ("points", "earned"),
    [(0, 40), (6, 30), (12, 20), (18, 10), (24, 0), (48, 0)],  # 40 x what the curve says
)
def test_points_cost_what_the_curve_says(points: int, earned: float) -> None:
    rating = rate(points)

    assert rating.points == 60 + earned
    assert rating.lines[1].points == earned


def test_no_peer_softens_them_and_no_sample_is_needed() -> None:
    line = rate(12, peers=0.0).lines[1]

    assert (line.estimate, line.is_measured, line.denominator, line.interval) == (12, True, 0, None)
    assert line.raise_to == (None, None)


def test_the_line_itself_is_at_standard_and_one_more_is_proven_below() -> None:
    at, above = rate(5), rate(6)

    assert (at.lines[1].standing, at.proven_below) == ("at", ())
    assert (above.lines[1].standing, above.proven_below) == ("below", ("violations",))


def test_without_a_line_nothing_is_proven() -> None:
    assert rate(24, line=None).proven_below == ()


def test_where_nobody_counts_them_the_others_weigh_more() -> None:
    rating = rate(None)

    assert rating.points == 100
    assert [line.weight for line in rating.lines] == [100, 0]
