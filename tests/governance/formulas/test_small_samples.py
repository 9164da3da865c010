"""Flat points for few cases and quiet shops, as Douyin and JD publish them."""

from __future__ import annotations

import pytest

from governance.formulas.curves import Curve
from governance.formulas.ratings import Dimension, FewTurnsRule, RatingScheme, SmallSampleRule, rate_shop
from governance.formulas.samples import rate_sample

CURVE = Curve([(0.4, 0), (0.7, 60), (0.9, 90), (1, 100)])
EIGHTY = SmallSampleRule(50, 3, 80, 0)
PER_BAD = SmallSampleRule(51, None, 100, 5)


def rate(good, cases, rule, *, prior=0.9, few_turns=None, turns=None):
    dimension = Dimension("satisfied", "satisfied_rate", 100, CURVE, 0.7, 0.9, 10, True, rule)
    scheme = RatingScheme((dimension,), 30, few_turns)
    return rate_shop(scheme, [rate_sample(good, cases, cases - good)], [prior], (), turns)


@pytest.mark.parametrize(
    ("good", "cases", "points"),
    [
        (46, 49, 80),  # three bad of 49
        (47, 50, 93),  # fifty cases are a rate: (47 + 27) / 80 = .925, and 90 + 10 x .025 / .1 = 92.5
        (45, 49, 91.39),  # four bad are judged by the rate: (45 + 27) / 79
        (0, 0, 80),
    ],
)
def test_few_bad_cases_on_few_orders_earn_eighty(good, cases, points):
    assert rate(good, cases, EIGHTY).points == pytest.approx(points, abs=0.51)


@pytest.mark.parametrize(("bad", "points"), [(0, 100), (1, 95), (4, 80), (20, 0), (50, 0)])
def test_each_bad_rating_costs_points_up_to_fifty_ratings(bad, points):
    rating = rate(50 - bad, 50, PER_BAD)

    assert (rating.points, rating.lines[0].flat_points, rating.lines[0].raise_to.next_grade) == (points, points, None)


def test_over_fifty_ratings_are_a_rate():
    assert rate(41, 51, PER_BAD).lines[0].flat_points is None


def test_a_flat_figure_still_shows_its_rate_and_its_standing():
    line = rate(10, 49, PER_BAD).lines[0]

    assert (line.numerator, line.denominator, line.standing) == (10, 49, "below")
    assert line.to_data()["flat_points"] == 0
    assert "flat_points" not in rate(10, 60, PER_BAD).lines[0].to_data()


def test_a_flat_dimension_counts_even_where_no_peer_was_measured():
    assert rate(1, 1, EIGHTY, prior=None).points == 80


@pytest.mark.parametrize(("turns", "points"), [(29, 70), (30, 100)])
def test_a_quiet_shop_has_flat_points_and_lines_that_weigh_nothing(turns, points):
    rating = rate(60, 60, None, prior=1.0, few_turns=FewTurnsRule(30, 70), turns=turns)

    assert rating.points == points
    assert (rating.lines[0].weight, rating.lines[0].points) == ((0, 0) if points == 70 else (100, 100))
