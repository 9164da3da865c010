"""Lines in words and on their scale."""

from __future__ import annotations

from typing import Any

from governance.policy.reading import load_preset
from governance.views.lines import lines_of_rating, lines_of_score

DOCUMENT = load_preset("default")

LINE: dict[str, Any] = {
    "key": "answered",
    "measure": "answer_rate",
    "value": 0.85,
    "numerator": 85,
    "denominator": 100,
    "affected_buyers": 15,
    "interval": [0.75, 0.95],
    "prior": 0.9,
    "estimate": 0.86,
    "is_measured": True,
    "line": 0.9,
    "target": 1.0,
    "weight": 25.0,
    "points": 15.0,
    "points_lost": 10.0,
    "standing": "below",
    "raise_to": {"target": 15, "next_grade": 1},
}


def test_a_line_is_told_in_the_policys_own_words() -> None:
    (line,) = lines_of_rating([LINE], DOCUMENT, "A (good)")

    assert line.title == "Answers given"
    assert (line.value, line.sample, line.interval) == ("85.0%", "85 of 100", "75.0% – 95.0%")
    assert line.standing == "below standard, proven"
    assert line.raise_to_target == "15 more good cases would have reached the target."
    assert line.raise_to_grade == "1 more good case here alone would have made the points of A (good)."


def test_positions_are_shares_of_a_scale_of_whole_tenths() -> None:
    (line,) = lines_of_rating([LINE], DOCUMENT, "")

    assert line.bullet is not None
    assert (line.bullet.starts_at, line.bullet.ends_at) == ("70.0%", "100.0%")  # 0.75 - 0.025 and 1.0
    assert line.bullet.value == "50.00%"  # (0.85 - 0.7) / 0.3
    assert line.bullet.interval_from == "16.67%"  # (0.75 - 0.7) / 0.3
    assert line.bullet.interval_width == "66.67%"  # 0.2 / 0.3
    assert line.bullet.target == "100.00%"


def test_a_perfect_and_a_hopeless_rate_stay_on_the_scale() -> None:
    for value in (0.0, 1.0):
        data = {**LINE, "value": value, "interval": [value, value], "line": None, "target": None}
        (line,) = lines_of_rating([data], DOCUMENT, "")
        assert line.bullet is not None
        assert line.bullet.value == ("0.00%" if value == 0 else "100.00%")


def test_what_was_not_measured_has_dashes_and_no_picture() -> None:
    data = {**LINE, "value": None, "numerator": 0, "denominator": 0, "interval": None, "raise_to": {}}
    (line,) = lines_of_rating([data], DOCUMENT, "A")

    assert (line.value, line.interval, line.bullet) == ("–", "–", None)
    assert (line.raise_to_target, line.raise_to_grade) == ("", "")


def test_a_score_in_seconds_has_a_scale_from_zero() -> None:
    data = {
        "part": "speed", "measure": "effective_priced_response_seconds", "value": 100.0, "numerator": None,
        "denominator": 40, "interval": None, "line": None, "points": 50.0, "weight": 20.0, "standing": None,
    }  # fmt: skip
    ((title, (line,)),) = lines_of_score([data], DOCUMENT)

    assert (title, line.title) == ("Speed", "Priced mean real response")
    assert (line.value, line.points, line.weight) == ("1 min 40 s", "10.0", "20.0")  # 50 of 100 points x 20 / 100
    assert line.bullet is not None
    assert (line.bullet.starts_at, line.bullet.ends_at) == ("0 s", "2 min")  # 100 x 1.2
