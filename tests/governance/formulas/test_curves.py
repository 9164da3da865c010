"""Curves from values to points."""

from __future__ import annotations

import re
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from governance.formulas.curves import Curve, find_flaw

RISING = Curve([(0.5, 0), (0.8, 60), (0.9, 80), (1.0, 100)])
FALLING = Curve([(30, 100), (180, 60), (600, 0)])


@pytest.mark.parametrize(
    ("curve", "value", "points"),
    [
        (RISING, 0.0, 0),  # clamped
        (RISING, 0.5, 0),
        (RISING, 0.65, 30),  # half way from .5 to .8: 0 + .5 x 60
        (RISING, 0.8, 60),
        (RISING, 0.85, 70),  # half way from .8 to .9: 60 + .5 x 20
        (RISING, 1.0, 100),
        (RISING, 1.5, 100),  # clamped
        (FALLING, 0, 100),  # clamped
        (FALLING, 30, 100),
        (FALLING, 105, 80),  # half way from 30 to 180: 100 - .5 x 40
        (FALLING, 180, 60),
        (FALLING, 390, 30),  # half way from 180 to 600: 60 - .5 x 60
        (FALLING, 600, 0),
        (FALLING, 6000, 0),  # clamped
    ],
)
def test_points_lie_on_straight_lines_between_the_corners(curve: Curve, value: float, points: float) -> None:
    assert curve.points_at(value) == pytest.approx(points, abs=1e-9)


@pytest.mark.parametrize(
    ("curve", "points", "value"),
    [
        (RISING, 0, -inf),
        (RISING, 30, 0.65),
        (RISING, 60, 0.8),
        (RISING, 100, 1.0),
        (RISING, 100.1, None),
        (FALLING, 0, inf),
        (FALLING, 30, 390),
        (FALLING, 100, 30),
        (FALLING, 100.1, None),
    ],
)
def test_the_worst_value_that_earns_the_points(curve: Curve, points: float, value: float | None) -> None:
    assert curve.value_reaching(points) == (value if value is None else pytest.approx(value))


def test_on_a_flat_stretch_the_worst_of_its_values_is_told() -> None:
    assert Curve([(0, 0), (0.5, 50), (0.9, 50), (1, 100)]).value_reaching(50) == 0.5
    assert Curve([(0, 100), (0.5, 50), (0.9, 50), (1, 0)]).value_reaching(50) == 0.9


@pytest.mark.parametrize(
    ("corners", "flaw"),
    [
        ([], "A curve needs at least two corners."),
        ([(0.5, 50)], "A curve needs at least two corners."),
        ([(0.5, 0), (0.4, 50)], "The values are not in rising order: 0.4 comes after 0.5."),
        ([(0.5, 0), (0.5, 50)], "The values are not in rising order: 0.5 comes after 0.5."),
        ([(0, 0), (1, 101)], "The points 101 of the value 1 do not lie between 0 and 100."),
        ([(0, -1), (1, 100)], "The points -1 of the value 0 do not lie between 0 and 100."),
        ([(0, 50), (1, 50)], "The points are 50 at both ends: they must rise or fall all the way."),
        (
            [(0, 0), (0.5, 60), (0.6, 40), (1, 100)],
            "The points fall from 60 to 40 at the value 0.6, but the whole curve rises.",
        ),
        (
            [(0, 100), (0.5, 40), (0.6, 60), (1, 0)],
            "The points rise from 40 to 60 at the value 0.6, but the whole curve falls.",
        ),
    ],
)
def test_an_unsound_curve_is_refused_with_its_flaw(corners: list[tuple[float, float]], flaw: str) -> None:
    assert find_flaw(corners) == flaw
    with pytest.raises(ValueError, match=re.escape(flaw)):
        Curve(corners)


def _draw_curve(draw: st.DrawFn) -> Curve:
    values = sorted(draw(st.sets(st.integers(0, 1_000), min_size=2, max_size=6)))
    points = sorted(draw(st.lists(st.integers(0, 100), min_size=len(values), max_size=len(values))))
    assume(points[0] < points[-1])
    if draw(st.booleans()):
        points.reverse()
    return Curve(list(zip(values, points, strict=True)))


curves = st.composite(_draw_curve)()


@given(curves, st.floats(-100, 1_100), st.floats(-100, 1_100))
def test_a_better_value_never_earns_fewer_points(curve: Curve, one: float, other: float) -> None:
    worse, better = sorted((one, other), reverse=not curve.is_rising)

    assert 0 <= curve.points_at(worse) <= curve.points_at(better) + 1e-9 <= 100 + 1e-9


@given(curves, st.floats(0, 100))
def test_the_value_found_for_some_points_earns_them_and_nothing_worse_does(curve: Curve, points: float) -> None:
    value = curve.value_reaching(points)

    if value is None:
        assert max(curve.points) < points
    elif value in {inf, -inf}:
        assert min(curve.points) >= points
    else:
        assert curve.points_at(value) == pytest.approx(points, abs=1e-6)
        assert curve.points_at(value - 0.001 if curve.is_rising else value + 0.001) <= points + 1e-9
