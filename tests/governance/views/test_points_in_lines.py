"""Violation points on a scorecard: numbers, neither rates nor seconds, and no sample of none."""

from __future__ import annotations

from governance.formulas.curves import Curve
from governance.formulas.ratings import Dimension, RatingScheme, rate_shop
from governance.formulas.samples import Sample
from governance.views.lines import lines_of_rating
from tests.builders import policy_document

TITLE = {"en": "Violations", "zh-hans": "违规"}
CURVE = ((0, 100), (12, 50), (24, 0))
POINTS = {"key": "violations", "title": TITLE, "measure": "violation_points", "weight": 100, "curve": CURVE, "line": 5}


def test_points_are_said_as_numbers() -> None:
    document = policy_document(shops={"dimensions": [POINTS]})
    dimension = Dimension(
        "violations", "violation_points", 100, Curve(CURVE), 5, None, 1, higher_is_better=False, is_decided=True
    )
    rating = rate_shop(RatingScheme((dimension,), 20), [Sample(6)], [None])

    (line,) = lines_of_rating([each.to_data() for each in rating.lines], document, "")

    assert (line.value, line.line, line.sample, line.interval) == ("6", "5", "", "–")
    assert (line.points, line.points_lost, line.standing) == ("75.0", "25.0", "below standard, proven")
    assert line.bullet is not None
    assert (line.bullet.starts_at, line.bullet.ends_at) == ("0", "7")  # a fifth more than the 6 points
