"""Clauses and ladders in the document: what is refused, where, and what to do instead."""

from __future__ import annotations

import json
from typing import Any

import pytest

from governance.policy.problems import PolicyError
from governance.policy.reading import load_preset, read_policy
from governance.policy.schema import PolicyDocument
from governance.policy.soundness.violations import CURRENCIES

TITLE = {"en": "T", "zh-hans": "题"}
CAMPAIGNS: dict[str, Any] = {
    "kind": "restriction",
    "title": TITLE,
    "days": 7,
    "limits": {"may_join_campaigns": False},
}
LADDER: dict[str, Any] = {
    "key": "A",
    "title": TITLE,
    "period": {"calendar": "year"},
    "nodes": [{"at": 12, "penalties": [CAMPAIGNS]}, {"at": 24, "penalties": [CAMPAIGNS]}],
}
GRAVITY: dict[str, Any] = {"key": "mild", "title": TITLE, "ladder": "A", "points": 6}
CLAUSE: dict[str, Any] = {"key": "harassment", "title": TITLE, "rule": TITLE, "gravities": [GRAVITY]}

BARE = {key: value for key, value in load_preset("default").to_data().items() if key not in {"violations", "redress"}}


def problems_of(*, clauses: Any = (CLAUSE,), ladders: Any = (LADDER,), redress: Any = None) -> list[str]:
    """The problems of a policy with these clauses and ladders, without their lines; none of a sound one."""
    document = BARE | {"violations": {"clauses": clauses, "ladders": ladders}, "redress": redress or {}}
    try:
        read_policy(json.dumps(document), "mine.json")
    except PolicyError as error:
        return [
            f"{str(problem).partition(' (line ')[0]}: {problem.what} {problem.remedy}" for problem in error.problems
        ]
    return []


def of_clause(**changed: Any) -> list[str]:
    return problems_of(clauses=[CLAUSE | changed])


def of_gravity(**changed: Any) -> list[str]:
    return of_clause(gravities=[GRAVITY | changed])


def of_ladder(**changed: Any) -> list[str]:
    return problems_of(ladders=[LADDER | changed])


def of_penalty(**changed: Any) -> list[str]:
    return of_ladder(nodes=[{"at": 12, "penalties": [CAMPAIGNS | changed]}])


def test_a_policy_without_violations_is_sound_and_penalises_nobody():
    document = PolicyDocument.from_json(BARE)

    assert document.violations.clauses == ()
    assert document.redress.complaint_rules("attitude").decide_within_hours == 120
    assert document.redress.right_of("shop", "violation") is None


def test_the_smallest_clause_and_ladder_are_sound():
    assert problems_of() == []


def test_a_gravity_of_an_unknown_ladder_is_refused():
    assert of_gravity(ladder="B") == [
        'violations.clauses[0].gravities[0].ladder: "B" is no ladder of this policy. Use one of: A.'
    ]
    assert problems_of(ladders=()) == [
        'violations.clauses[0].gravities[0].ladder: "A" is no ladder of this policy. Add it under violations.ladders.'
    ]


def test_keys_are_written_once():
    assert problems_of(clauses=[CLAUSE, CLAUSE]) == [
        'violations.clauses: The key "harassment" appears 2 times. Keep one of them, or rename the others.'
    ]
    assert of_clause(gravities=[GRAVITY, GRAVITY]) == [
        'violations.clauses[0].gravities: The key "mild" appears 2 times. Keep one of them, or rename the others.'
    ]
    assert problems_of(ladders=[LADDER, LADDER]) == [
        'violations.ladders: The key "A" appears 2 times. Keep one of them, or rename the others.'
    ]


def test_a_clause_is_no_consequence_for_agents():
    assert of_clause(key="coaching") == [
        (
            'violations.clauses[0].key: "coaching" is a consequence for agents as well, so that a decision by it could '
            "mean either. Choose another key."
        )
    ]


def test_gravities_go_from_mild_to_severe():
    severe = GRAVITY | {"key": "severe", "points": 5}

    assert of_clause(gravities=[GRAVITY, severe]) == [
        (
            'violations.clauses[0].gravities[1].points: "severe" brings 5 points, fewer than "mild" before it (6). '
            "List the gravities from mild to severe."
        )
    ]
    assert of_clause(gravities=[GRAVITY, severe | {"points": 6}]) == []


def test_gravities_of_different_ladders_cannot_be_compared():
    severe = GRAVITY | {"key": "severe", "points": 5, "ladder": "B"}

    assert problems_of(
        clauses=[CLAUSE | {"gravities": [GRAVITY, severe]}], ladders=[LADDER, LADDER | {"key": "B"}]
    ) == []  # fmt: skip


def test_a_category_of_the_transparency_database_is_named():
    (problem,) = of_clause(category="RUDE")

    assert problem.startswith('violations.clauses[0].category: "RUDE" is no category of the DSA transparency database.')


@pytest.mark.parametrize("first", [{"within_days": 365}, {"within_days": 365, "points": 1, "training_days": 14}])
def test_a_first_offence_brings_fewer_points_or_training_and_not_both(first):
    (problem,) = of_clause(first_offence=first)

    assert problem.startswith("violations.clauses[0].first_offence: It must say either how many points")
    assert problem.endswith("Keep one of points and training_days.")


def test_a_first_offence_is_milder_than_the_gravest():
    assert of_clause(first_offence={"within_days": 365, "points": 6}) == [
        (
            "violations.clauses[0].first_offence.points: A first offence of at most 6 points is no milder than any "
            "other: the gravest brings 6. Write at most 5, or remove the section."
        )
    ]
    assert of_clause(first_offence={"within_days": 365, "points": 5}) == []


@pytest.mark.parametrize("name", ["compensation", "fine"])
def test_money_is_in_a_currency_that_exists(name):
    where = f"violations.clauses[0].gravities[0].{name}.currency"
    remedy = "Write its three capital letters of ISO 4217, such as CNY, EUR or USD."

    assert of_gravity(**{name: {"amount": 300, "currency": "CNY"}}) == []
    assert of_gravity(**{name: {"amount": 300, "currency": "RMB"}}) == [
        f'{where}: "RMB" is no currency that anybody pays with. {remedy}'
    ]
    assert of_gravity(**{name: {"amount": 300, "currency": "cny"}}) == [
        f'{where}: This must be the code of a currency, it is "cny". {remedy}'
    ]


def test_the_currencies_are_codes():
    assert {"CNY", "EUR", "USD", "SGD"} <= CURRENCIES
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)


def test_nodes_rise():
    nodes = [{"at": 12, "penalties": [CAMPAIGNS]}, {"at": 12, "penalties": [CAMPAIGNS]}]

    assert of_ladder(nodes=nodes) == [
        (
            "violations.ladders[0].nodes[1].at: The node at 12 points comes after the one at 12. List the nodes by "
            "rising points, each balance once."
        )
    ]


@pytest.mark.parametrize("nodes", [[], [{"at": 12, "penalties": []}]])
def test_a_ladder_has_nodes_and_they_bring_penalties(nodes):
    (problem,) = of_ladder(nodes=nodes, repeat_every=12)

    assert "needs at least 1 entries" in problem


@pytest.mark.parametrize(
    ("period", "count"),
    [
        ({}, 0),
        ({"never": False}, 0),
        ({"calendar": "year", "rolling_days": 365}, 2),
        ({"calendar": "year", "rolling_days": 365, "never": True}, 3),
    ],
)
def test_a_period_is_said_in_one_way(period, count):
    assert of_ladder(period=period) == [
        (
            f"violations.ladders[0].period: It must say in one way how long points count, and says it in {count}. "
            "Keep one of calendar, rolling_days and never: true."
        )
    ]


@pytest.mark.parametrize("period", [{"calendar": "month"}, {"rolling_days": 30}, {"never": True}])
def test_each_of_the_three_periods_is_sound(period):
    assert of_ladder(period=period) == []


def test_points_are_carried_over_where_a_calendar_period_ends():
    assert of_ladder(carry_over={"at_least": 24, "carried": 24}) == []
    assert of_ladder(period={"rolling_days": 30}, carry_over={"at_least": 24}) == [
        (
            "violations.ladders[0].carry_over: Points are carried over where a calendar period ends, and this ladder "
            "has none. Remove it, or write period: {calendar: year}."
        )
    ]


def test_no_more_is_carried_over_than_there_was():
    assert of_ladder(carry_over={"at_least": 24, "carried": 25}) == [
        (
            "violations.ladders[0].carry_over.carried: From a balance of 24 points the next period would start with "
            "25, more than there were. Write at most 24."
        )
    ]


def test_what_is_brought_again_has_an_end():
    endless = CAMPAIGNS | {"days": None}
    nodes = [LADDER["nodes"][0], {"at": 24, "penalties": [CAMPAIGNS, endless]}]

    assert of_ladder(nodes=nodes) == []
    assert of_ladder(nodes=nodes, while_running="extend") == []  # nothing comes after it
    assert of_ladder(nodes=nodes, repeat_every=12) == [
        (
            'violations.ladders[0].nodes[1].penalties[1].days: "T" has no end, so that it cannot be brought again '
            "every 12 points. Write its days, or remove repeat_every."
        )
    ]


def test_what_is_extended_has_an_end():
    nodes = [{"at": 12, "penalties": [CAMPAIGNS | {"days": None}]}, LADDER["nodes"][1]]

    assert of_ladder(nodes=nodes) == []
    assert of_ladder(nodes=nodes, while_running="extend") == [
        (
            'violations.ladders[0].nodes[0].penalties[0].days: "T" has no end, and what a later node brings would '
            "start at its end. Write its days, or while_running: beside."
        )
    ]


@pytest.mark.parametrize(
    ("changed", "does"),
    [
        ({"kind": "closure", "days": 1, "limits": {}}, "closes the shop"),
        ({"limits": {"may_list": False}, "days": 14}, "lets the shop list nothing for 14 days"),
        ({"limits": {"may_list": False}, "days": None}, "lets the shop list nothing without an end"),
    ],
)
def test_what_takes_the_trade_away_waits_for_a_second_person(changed, does):
    expected = f'"T" {does} without a second person having looked at it. Write held: true.'

    assert of_penalty(**changed) == [f"violations.ladders[0].nodes[0].penalties[0].held: {expected}"]
    assert of_gravity(penalties=[CAMPAIGNS | changed]) == [
        f"violations.clauses[0].gravities[0].penalties[0].held: {expected}"
    ]
    assert of_penalty(**changed, held=True) == []


def test_thirteen_days_without_listings_need_no_second_person():
    assert of_penalty(limits={"may_list": False}, days=13) == []


def test_a_restriction_restricts_and_a_warning_does_not():
    assert of_penalty(limits={}) == [
        (
            'violations.ladders[0].nodes[0].penalties[0].limits: "T" restricts nothing. Name at least one privilege, '
            "such as may_join_campaigns: false, or make it a public_warning."
        )
    ]
    assert of_penalty(kind="public_warning") == [
        (
            'violations.ladders[0].nodes[0].penalties[0].limits: "T" is a warning, which takes no privileges. Add a '
            "penalty of the kind restriction that does."
        )
    ]
    assert of_penalty(kind="public_warning", limits={}) == []
