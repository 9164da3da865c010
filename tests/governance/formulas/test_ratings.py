"""A shop's rating, line by line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.curves import Curve
from governance.formulas.ratings import Aim, Dimension, Rating, RatingScheme, rate_shop
from governance.formulas.samples import Sample, rate_sample

PERCENT = Curve([(0, 0), (1, 100)])
PERCENT_BAD = Curve([(0, 100), (1, 0)])

ANSWERED = Dimension("answered", "answer_rate", 60, PERCENT, 0.9, 0.95, 10, higher_is_better=True)
BRUSHED = Dimension("brushed", "brush_off_rate", 40, PERCENT_BAD, 0.15, 0.05, 10, higher_is_better=False)
SHOWN = Dimension("shown", "escalation_rate", 0, None, None, None, 1, higher_is_better=False)

SCHEME = RatingScheme((ANSWERED, BRUSHED), prior_strength=30)
PEERS = (0.8, 0.2)
AIMS = (Aim(80, "B"), Aim(90, "A"))

SIXTY_OF_SEVENTY = rate_sample(60, 70, 8)
TEN_OF_SEVENTY = rate_sample(10, 70, 9)
NO_CASE = rate_sample(0, 0)


def _rate(
    answered: Sample = SIXTY_OF_SEVENTY,
    brushed: Sample = TEN_OF_SEVENTY,
    priors: tuple[float | None, float | None] = PEERS,
    aims: tuple[Aim, ...] = AIMS,
) -> Rating:
    return rate_shop(SCHEME, [answered, brushed], priors, aims)


def test_points_follow_from_rates_that_lean_on_the_peers() -> None:
    rating = _rate()

    answered, brushed = rating.lines
    assert answered.estimate == pytest.approx(0.84)  # (60 + 30 x .8) / (70 + 30)
    assert brushed.estimate == pytest.approx(0.16)  # (10 + 30 x .2) / (70 + 30)
    assert answered.points == pytest.approx(50.4)  # 60 x .84
    assert brushed.points == pytest.approx(33.6)  # 40 x (1 - .16)
    assert rating.points == 84.0


def test_a_line_says_what_was_lost() -> None:
    answered, brushed = _rate().lines

    assert answered.points_lost == pytest.approx(9.6)  # 60 - 50.4
    assert brushed.points_lost == pytest.approx(6.4)  # 40 - 33.6


@pytest.mark.parametrize(("n", "is_measured", "standing"), [(9, False, "no_sample"), (10, True, "below")])
def test_a_dimension_with_too_few_cases_takes_the_peers_points(n: int, is_measured: bool, standing: str) -> None:
    line = _rate(answered=rate_sample(0, n, n)).lines[0]

    assert line.is_measured is is_measured
    assert line.standing == standing
    assert line.estimate == pytest.approx(0.8 if not is_measured else 24 / 40)  # (0 + 30 x .8) / (10 + 30)
    assert line.value == 0  # shown in either case


def test_silence_is_neither_reward_nor_punishment() -> None:
    assert _rate(answered=NO_CASE).lines[0].points == pytest.approx(48)  # 60 x .8, as the peers
    assert _rate(answered=NO_CASE).lines[0].value is None


def test_a_dimension_that_no_peer_has_either_gives_its_weight_to_the_others() -> None:
    rating = _rate(brushed=NO_CASE, priors=(0.8, None))

    assert rating.points == 84.0  # 100 x .84, by answered alone
    assert [line.weight for line in rating.lines] == [100, 0]
    assert [line.points for line in rating.lines] == pytest.approx([84, 0])


def test_a_shop_without_peers_is_rated_by_its_plain_rates() -> None:
    assert _rate(priors=(None, None)).lines[0].estimate == pytest.approx(60 / 70)


def test_where_nothing_can_be_measured_there_is_no_rating() -> None:
    rating = _rate(NO_CASE, NO_CASE, (None, None))

    assert rating.points is None
    assert rating.aim is None
    assert [line.points for line in rating.lines] == [0, 0]
    assert [line.standing for line in rating.lines] == ["no_sample", "no_sample"]


def test_dimensions_proven_below_their_line_are_named() -> None:
    assert _rate().proven_below == ()  # 60/70: high .920 over the line .90; 10/70: low .079 under .15
    assert _rate(answered=rate_sample(40, 70, 25)).proven_below == ("answered",)  # high .680
    assert _rate(brushed=rate_sample(40, 70, 25)).proven_below == ("brushed",)  # low .455 over .15
    assert _rate(brushed=rate_sample(40, 70, 2)).proven_below == ()  # two buyers


def test_a_dimension_of_no_weight_is_shown_and_moves_nothing() -> None:
    scheme = RatingScheme((ANSWERED, BRUSHED, SHOWN), prior_strength=30)
    rating = rate_shop(scheme, [SIXTY_OF_SEVENTY, TEN_OF_SEVENTY, rate_sample(70, 70)], (*PEERS, 0.1), AIMS)

    assert rating.points == _rate().points
    assert rating.lines[2].value == 1
    assert (rating.lines[2].points, rating.lines[2].points_lost, rating.lines[2].standing) == (0, 0, None)


class TestWhatWouldRaiseIt:
    """The numbers in `raise_to`."""

    def test_so_many_more_would_have_had_to_be_good_for_the_target(self) -> None:
        answered, brushed = _rate().lines

        assert answered.raise_to.target == 7  # .95 x 70 = 66.5, so 67 - 60
        assert brushed.raise_to.target == 7  # .05 x 70 = 3.5, so 10 - 3

    def test_a_target_that_is_reached_needs_nothing(self) -> None:
        assert _rate(answered=rate_sample(67, 70)).lines[0].raise_to.target == 0
        assert _rate(answered=rate_sample(66, 70)).lines[0].raise_to.target == 1

    def test_a_target_met_to_the_dot_is_met_whatever_floating_point_says(self) -> None:
        dimension = Dimension("seven", "answer_rate", 100, PERCENT, None, 0.07, 1, higher_is_better=True)
        scheme = RatingScheme((dimension,), prior_strength=30)

        # .07 x 100 is 7.000000000000001 to a computer.
        assert rate_shop(scheme, [rate_sample(7, 100)], (0.5,)).lines[0].raise_to.target == 0
        assert rate_shop(scheme, [rate_sample(6, 100)], (0.5,)).lines[0].raise_to.target == 1

    def test_so_many_more_would_have_reached_the_next_grade(self) -> None:
        rating = _rate()

        assert rating.aim == Aim(90, "A")
        # 6 points short (a hundredth is rounded up); one more of 100 is .6 by answered, so 10 of its 10 failing cases;
        # one more of 100 is .4 by brushed, so it would take 15, but only 10 failed.
        assert [line.raise_to.next_grade for line in rating.lines] == [10, None]

    def test_the_aim_is_the_first_grade_above_the_rating(self) -> None:
        assert _rate(aims=(Aim(84, "C"), Aim(84.5, "B"), Aim(90, "A"))).aim == Aim(84.5, "B")

    def test_at_the_top_there_is_nothing_to_reach(self) -> None:
        rating = _rate(aims=(Aim(80, "A"),))

        assert rating.aim is None
        assert [line.raise_to.next_grade for line in rating.lines] == [None, None]

    def test_a_dimension_without_a_sample_cannot_raise_anything(self) -> None:
        assert _rate(answered=NO_CASE).lines[0].raise_to == (None, None)


counts = st.integers(0, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts, st.integers(0, 100), st.integers(1, 99))
def test_so_many_more_reach_the_aim_and_one_fewer_does_not(
    answered: tuple[int, int], brushed: tuple[int, int], peers_percent: int, aim: int
) -> None:
    priors = (peers_percent / 100, 1 - peers_percent / 100)
    aims = (Aim(aim, "A"),)
    rating = _rate(rate_sample(*answered), rate_sample(*brushed), priors, aims)
    assert rating.points is not None

    needed = rating.lines[0].raise_to.next_grade
    (good, n) = answered

    def points_with(more: int) -> float:
        return _rate(rate_sample(good + more, n), rate_sample(*brushed), priors, aims).points or 0.0

    if rating.points >= aim or n < ANSWERED.min_sample:
        assert needed is None
    elif needed is None:
        assert points_with(n - good) < aim
    else:
        assert points_with(needed) >= aim > points_with(needed - 1)


@given(counts, counts)
def test_the_lines_add_up_to_the_rating(answered: tuple[int, int], brushed: tuple[int, int]) -> None:
    rating = _rate(rate_sample(*answered), rate_sample(*brushed))

    assert rating.points == pytest.approx(sum(line.points for line in rating.lines), abs=0.0051)
    assert sum(line.points + line.points_lost for line in rating.lines) == pytest.approx(100)


def test_a_line_is_stored_as_plain_json_with_rounded_numbers() -> None:
    data = json.loads(json.dumps(_rate().lines[0].to_data()))

    assert data == {
        "key": "answered",
        "measure": "answer_rate",
        "value": 0.857143,
        "numerator": 60,
        "denominator": 70,
        "affected_buyers": 8,
        "interval": [0.756616, 0.920511],
        "prior": 0.8,
        "estimate": 0.84,
        "is_measured": True,
        "line": 0.9,
        "target": 0.95,
        "weight": 60.0,
        "points": 50.4,
        "points_lost": 9.6,
        "standing": "not_proven",
        "raise_to": {"target": 7, "next_grade": 10},
    }
