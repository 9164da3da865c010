"""An agent's score."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.curves import Curve
from governance.formulas.samples import Sample, rate_sample
from governance.formulas.scores import Score, ScoreItem, ScorePart, ScoreScheme, score_agent

PERCENT = Curve([(0, 0), (1, 100)])  # as many points as percent
MINUTES = Curve([(0, 100), (600, 0)])  # 10 points a minute

ON_TIME = ScoreItem("on_time_rate", 60, PERCENT, 0.75, higher_is_better=True)
PRICED = ScoreItem("priced_response_seconds", 40, MINUTES, None, higher_is_better=False)
SATISFIED = ScoreItem("satisfied_rate", 100, PERCENT, 0.70, higher_is_better=True, min_sample=5)
RESOLVED = ScoreItem("resolved_rate", 100, PERCENT, None, higher_is_better=True)
ESCALATED = ScoreItem("escalation_rate", 0, None, None, higher_is_better=False)

SCHEME = ScoreScheme(
    (
        ScorePart("speed", 50, (ON_TIME, PRICED)),
        ScorePart("quality", 30, (SATISFIED,)),
        ScorePart("resolution", 20, (RESOLVED, ESCALATED)),
    ),
    min_turns=20,
)

EIGHTY_OF_HUNDRED = rate_sample(80, 100, 20)
TWO_MINUTES = Sample(120.0, None, 100)
NINE_OF_TEN = rate_sample(9, 10, 1)
HALF = rate_sample(50, 100, 40)
NO_CASE = rate_sample(0, 0)


def _score(
    on_time: Sample = EIGHTY_OF_HUNDRED,
    priced: Sample = TWO_MINUTES,
    satisfied: Sample = NINE_OF_TEN,
    resolved: Sample = HALF,
    *,
    turns: int = 100,
) -> Score:
    return score_agent(SCHEME, [on_time, priced, satisfied, resolved, rate_sample(1, 100)], turns)


def test_the_score_is_the_weighted_mean_of_its_parts() -> None:
    score = _score()

    assert score.parts == {
        "speed": 80.0,  # .6 x 80 + .4 x (100 - 2 x 10)
        "quality": 90.0,
        "resolution": 50.0,
    }
    assert score.points == 77.0  # .5 x 80 + .3 x 90 + .2 x 50


def test_every_item_has_a_line_with_its_figures_and_its_share_of_the_total() -> None:
    line = _score().lines[0]

    assert (line.part, line.measure) == ("speed", "on_time_rate")
    assert (line.value, line.numerator, line.denominator) == (0.8, 80, 100)
    assert line.interval == pytest.approx((0.711, 0.867), abs=0.0005)
    assert line.points == 80
    assert line.weight == pytest.approx(30)  # 60 % of 50
    assert [line.weight for line in _score().lines] == pytest.approx([30, 20, 30, 20, 0])


def test_an_item_without_a_sample_gives_its_weight_to_the_rest_of_its_part() -> None:
    score = _score(priced=Sample(None, None, 0))

    assert score.parts["speed"] == 80.0  # on_time_rate alone: 100 % x 80
    assert [line.weight for line in score.lines] == pytest.approx([50, 0, 30, 20, 0])
    assert score.lines[1].points is None


def test_a_part_without_a_sample_gives_its_weight_to_the_other_parts() -> None:
    score = _score(satisfied=NO_CASE)

    assert score.parts["quality"] is None
    assert score.points == 71.43  # (50 x 80 + 20 x 50) / 70
    assert [line.weight for line in score.lines] == pytest.approx([300 / 7, 200 / 7, 0, 200 / 7, 0])


@pytest.mark.parametrize(("ratings", "quality"), [(4, None), (5, 100.0)])
def test_an_item_counts_from_its_own_minimum_of_cases(ratings: int, quality: float | None) -> None:
    assert _score(satisfied=rate_sample(ratings, ratings)).parts["quality"] == quality


def test_an_agent_without_any_sample_has_no_points_rather_than_none_earned() -> None:
    nothing = Sample(None, None, 0)
    score = _score(NO_CASE, nothing, NO_CASE, NO_CASE, turns=20)

    assert score.points is None
    assert score.parts == {"speed": None, "quality": None, "resolution": None}
    assert score.standing == "not_proven"


@pytest.mark.parametrize(("turns", "points", "standing"), [(19, None, "no_sample"), (20, 77.0, "not_proven")])
def test_under_the_minimum_of_turns_nobody_is_scored(turns: int, points: float | None, standing: str) -> None:
    score = _score(turns=turns)

    assert score.points == points
    assert score.standing == standing
    assert score.lines[0].value == 0.8  # the figures are shown all the same


@pytest.mark.parametrize(
    ("on_time", "satisfied", "standing"),
    [
        (rate_sample(60, 100, 30), NINE_OF_TEN, "below"),  # [.502, .691] under .75
        (rate_sample(60, 100, 2), NINE_OF_TEN, "not_proven"),  # two buyers prove nothing
        (rate_sample(90, 100, 9), rate_sample(95, 100, 5), "at"),  # [.826, .945] over .75, [.888, .978] over .70
        (rate_sample(90, 100, 9), NINE_OF_TEN, "not_proven"),  # [.596, .982] straddles .70
        (rate_sample(90, 100, 9), NO_CASE, "at"),  # nobody rated: that is not held against the agent
        (rate_sample(60, 100, 30), rate_sample(95, 100, 5), "below"),  # one proven item is enough
    ],
)
def test_the_standing_is_bad_only_when_an_item_is_proven_below(
    on_time: Sample, satisfied: Sample, standing: str
) -> None:
    assert _score(on_time=on_time, satisfied=satisfied).standing == standing


def test_a_policy_without_lines_proves_nothing_about_anybody() -> None:
    part = ScorePart("speed", 100, (replace(ON_TIME, line=None),))

    assert score_agent(ScoreScheme((part,), 1), [rate_sample(0, 100, 50)], 100).standing == "not_proven"


def test_a_line_is_stored_as_plain_json_with_rounded_numbers() -> None:
    data = json.loads(json.dumps(_score(on_time=rate_sample(2, 3, 1)).lines[0].to_data()))

    assert data == {
        "part": "speed",
        "measure": "on_time_rate",
        "value": 0.666667,
        "numerator": 2,
        "denominator": 3,
        "interval": [0.20766, 0.938508],
        "line": 0.75,
        "points": 66.6667,
        "weight": 30.0,
        "standing": "not_proven",
    }


counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts, st.none() | st.floats(0, 10_000))
def test_points_stay_between_0_and_100_and_weights_add_up_to_100(
    on_time: tuple[int, int], resolved: tuple[int, int], seconds: float | None
) -> None:
    score = _score(rate_sample(*on_time), Sample(seconds), NO_CASE, rate_sample(*resolved))
    weight = sum(line.weight for line in score.lines)

    if score.points is None:
        assert weight == 0
    else:
        assert 0 <= score.points <= 100
        assert weight == pytest.approx(100)
        earned = sum(line.weight * line.points / 100 for line in score.lines if line.points is not None)
        assert score.points == pytest.approx(earned, abs=0.0051)


@given(st.integers(0, 99))
def test_one_more_punctual_answer_never_lowers_a_score(on_time: int) -> None:
    fewer, more = _score(on_time=rate_sample(on_time, 100)), _score(on_time=rate_sample(on_time + 1, 100))

    assert fewer.points is not None
    assert more.points is not None
    assert fewer.points < more.points
