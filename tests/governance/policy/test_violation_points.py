"""Where a policy may use violation points: in the rating of shops, with a curve and a line, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from governance.policy.judge import Judge
from governance.policy.schema import PolicyDocument
from tests.builders import policy_document

TITLE = {"en": "Violations", "zh-hans": "违规"}
ANSWERED = {"key": "answered", "title": TITLE, "measure": "answer_rate", "weight": 60, "curve": [[0, 0], [1, 100]]}
POINTS = {
    "key": "violations",
    "title": TITLE,
    "measure": "violation_points",
    "weight": 40,
    "curve": [[0, 100], [12, 50], [24, 0]],
    "line": 11,
    "target": 0,
}


def document(**changes: Any) -> PolicyDocument:
    return policy_document(shops={"dimensions": [ANSWERED, POINTS | changes]})


def test_a_shop_may_be_rated_by_them() -> None:
    judge = Judge(document())

    assert judge.uses_points
    assert "violation_points" not in judge.shop_columns  # it is in no stored column
    assert not Judge(policy_document(shops={"dimensions": [ANSWERED | {"weight": 100}]})).uses_points


def test_peers_have_none() -> None:
    judge = Judge(document())

    assert judge.priors_of(dict.fromkeys(judge.shop_columns, 10)) == (1.0, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"curve": [[0, 0], [12, 100]]}, "The curve goes the wrong way"),
        ({"curve": [[-1, 100], [12, 0]]}, "-1 violation points cannot be"),
        ({"line": -1}, "-1 violation points cannot be"),
        ({"target": 12}, "The target 12 is worse than the line 11"),
        ({"small_sample": {"below_cases": 5, "points": 80}}, "decided, not sampled"),
        ({"curve": None}, "has no curve"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        document(**changes)


def test_no_agent_is_scored_by_them() -> None:
    agents = policy_document().to_data()["agents"]
    agents["parts"][0]["items"][0] |= {"measure": "violation_points", "line": None, "curve": [[0, 100], [12, 0]]}

    with pytest.raises(ValidationError, match="no agent is scored by them"):
        policy_document(agents={"parts": agents["parts"]})


def test_no_gate_asks_for_them() -> None:
    gate = {"key": "campaigns", "title": TITLE, "needs": [{"of": "violation_points", "at_most": 11}]}
    gate["while_closed"] = {"may_join_campaigns": False}

    with pytest.raises(ValidationError, match="cannot open or close a gate"):
        policy_document(gates=[gate])
