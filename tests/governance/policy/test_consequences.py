"""The consequences that a policy may lay down, and those it may not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from governance.policy.reading import load_preset
from governance.policy.schema import PolicyDocument


@pytest.fixture
def data() -> dict[str, Any]:
    return deepcopy(load_preset("default").to_data())


def flaws(data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        PolicyDocument.from_json(data)
    return str(caught.value)


def test_an_older_document_without_consequences_stays_valid(data: dict[str, Any]) -> None:
    del data["agents"]["consequences"]
    assert PolicyDocument.from_json(data).agents.consequences == ()


def test_the_default_goes_from_advice_to_off_duty_and_holds_what_takes_something_away() -> None:
    consequences = load_preset("default").agents.consequences
    assert [(clause.kind, clause.automatic) for clause in consequences] == [
        ("coaching_notice", True),
        ("training_required", False),
        ("off_duty", False),
    ]


def test_nobody_is_put_off_duty_automatically(data: dict[str, Any]) -> None:
    data["agents"]["consequences"][2]["automatic"] = True
    assert "agents.consequences[2].automatic" in flaws(data)
    assert "without anybody having looked at it" in flaws(data)


def test_consequences_go_from_mild_to_severe(data: dict[str, Any]) -> None:
    data["agents"]["consequences"].reverse()
    assert '"training" (training_required) is milder than "off_duty"' in flaws(data)


@pytest.mark.parametrize(
    ("place", "changes", "message"),
    [
        (0, {"below_days": 8}, "8 days cannot lie within 7 days"),
        (0, {"part": "resolution"}, 'Nobody can be below standard in "resolution"'),
        (1, {"after": {"kind": "coaching_notice", "within_days": 34}}, "34 days are too few"),
    ],
)
def test_facts_that_cannot_exist_are_flaws(
    data: dict[str, Any], place: int, changes: dict[str, Any], message: str
) -> None:
    for item in data["agents"]["parts"][2]["items"]:
        item["line"] = None
    data["agents"]["consequences"][place]["when"] |= changes
    assert message in flaws(data)


def test_a_step_needs_a_window_and_its_days_after_the_one_before(data: dict[str, Any]) -> None:
    # A window of 30 days and 5 scored days: from 35 on.
    data["agents"]["consequences"][1]["when"]["after"]["within_days"] = 35
    assert PolicyDocument.from_json(data).agents.consequences[1].when.after is not None


def test_a_step_follows_a_kind_that_exists(data: dict[str, Any]) -> None:
    del data["agents"]["consequences"][0]
    assert '"training" follows a coaching_notice, but no consequence' in flaws(data)


def test_a_key_names_one_clause(data: dict[str, Any]) -> None:
    data["agents"]["consequences"][1]["key"] = "coaching"
    assert 'key "coaching" appears 2 times' in flaws(data)
