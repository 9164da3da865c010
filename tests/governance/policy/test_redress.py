"""Complaints and rights to appeal in the document: what is refused, where, and what to do instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.governance.policy.test_violations import TITLE, problems_of

COMPLAINT: dict[str, Any] = {"kind": "attitude", "title": TITLE, "evidence": TITLE, "clauses": ["harassment"]}
RIGHT: dict[str, Any] = {"who": "shop", "against": "violation", "within_days": 15}


def of_redress(**sections: Any) -> list[str]:
    return problems_of(redress=sections)


def test_a_kind_of_complaint_is_listed_once():
    assert of_redress(complaints=[COMPLAINT, COMPLAINT]) == [
        'redress.complaints: The kind "attitude" appears 2 times. Keep one of them, or rename the others.'
    ]


def test_a_complaint_is_about_clauses_that_exist():
    assert of_redress(complaints=[COMPLAINT | {"clauses": ["harasment"]}]) == [
        'redress.complaints[0].clauses[0]: "harasment" is no clause of this policy. Did you mean "harassment"?'
    ]
    assert problems_of(clauses=(), redress={"complaints": [COMPLAINT]}) == [
        (
            'redress.complaints[0].clauses[0]: "harassment" is no clause of this policy. Remove it, or add the clause '
            "under violations.clauses."
        )
    ]
    assert of_redress(complaints=[COMPLAINT | {"clauses": ["harassment", "harassment"]}]) == [
        (
            'redress.complaints[0].clauses: The clause "harassment" appears 2 times. Keep one of them, or rename the '
            "others."
        )
    ]


def test_not_every_complaint_is_urgent_from_the_start():
    assert of_redress(complaints=[COMPLAINT | {"decide_within_hours": 9}]) == []
    assert of_redress(complaints=[COMPLAINT | {"decide_within_hours": 8}]) == [
        (
            "redress.complaints[0].decide_within_hours: Every complaint of this kind would be urgent from the start: "
            "it is decided within 8 hours and goes up 8 hours before. Raise it, or lower escalate_before_hours."
        )
    ]


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        ("weekdays 9 to 6", 'Hours "weekdays 9 to 6" cannot be read'),
        ("mon-fri 25:00-26:00", '"25:00" in "mon-fri 25:00-26:00" is not a time of day'),
        ("mon-sun closed", "The desk is never open, so that nothing would ever be due."),
        (" ; ", "The desk is never open"),
    ],
)
def test_the_hours_of_the_desk_can_be_read(hours, what):
    (problem,) = of_redress(desk_hours=hours)

    assert problem.startswith(f"redress.desk_hours: {what}")
    assert problem.endswith('Write for example "mon-fri 09:00-18:00".')


def test_a_right_to_appeal_is_listed_once():
    assert of_redress(appeals=[RIGHT, RIGHT | {"against": "no_violation"}]) == []
    assert of_redress(appeals=[RIGHT, RIGHT | {"within_days": 30}]) == [
        (
            "redress.appeals: The right of the shop to appeal against violation appears 2 times. Keep one of them."
        )
    ]  # fmt: skip
