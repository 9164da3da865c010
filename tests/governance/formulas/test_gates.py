"""Gates: conditions of real marketplaces, days in a row, proof, evaluation days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from governance.formulas.gates import GateFacts, GateRules, GateState, NeedRule, next_gate
from governance.formulas.samples import rate_sample

MONDAY = date(2026, 5, 4)
CAMPAIGNS = GateRules(
    "campaigns",
    (NeedRule("points", at_least=70, mean_of_days=7),),
    closes_after_days=7,
    needs_proof=False,
    narrows=True,
)
"""Douyin's gate of big campaigns."""


def facts(points=80.0, *, turns=200, age=400, proven=False, **rates):
    """What is known of a shop; rates as (good, all, affected buyers)."""
    samples = {name: rate_sample(*rate) for name, rate in rates.items()}
    return GateFacts(points, turns, age, samples, is_proven_below=proven)


def run(rules, days, state=None, *, evaluation=lambda _day: True):
    """The states of days in a row, from the facts of each."""
    states = []
    for number, found in enumerate(days):
        day = MONDAY + timedelta(days=number)
        state = next_gate(state, rules, found, on=day, is_evaluation_day=evaluation(day))
        states.append(state)
    return states


def opened(states):
    return "".join("O" if state.is_open else "-" for state in states)


def test_a_campaign_gate_opens_at_a_mean_of_seventy_and_closes_after_seven_days_below():
    # The mean of 90 x 7 and n x 40 over seven dates: n=2: 75.7, n=3: 68.6, so the third bad day is the first below.
    states = run(CAMPAIGNS, [facts(90.0)] * 7 + [facts(40.0)] * 10)

    assert opened(states) == "O" * 7 + "O" * 8 + "-" * 2
    assert [state.reason for state in states[7:11]] == ["met", "met", "closing", "closing"]
    assert states[14].waiting_since_on == MONDAY + timedelta(days=9)
    assert (states[15].since_on, states[15].reason) == (MONDAY + timedelta(days=15), "missed")


def test_one_good_mean_interrupts_the_days_in_a_row():
    mean_of_one = GateRules("g", (NeedRule("points", at_least=70),), closes_after_days=3, needs_proof=False)

    assert opened(run(mean_of_one, [facts(p) for p in (80.0, 60, 60, 70, 60, 60, 60, 60)])) == "OOOOOO--"


def test_a_mean_over_days_needs_only_the_dates_that_were_rated():
    states = run(CAMPAIGNS, [facts(69.0), facts(None), facts(71.0)])  # (69 + 71) / 2 = 70

    assert opened(states) == "--O"
    assert [state.needs[0].value for state in states] == [69.0, None, 70.0]
    assert states[1].reason == "unknown"


def test_points_older_than_the_mean_are_forgotten():
    states = run(CAMPAIGNS, [facts(90.0)] * 9)

    assert [len(state.recent) for state in states] == [1, 2, 3, 4, 5, 6, 7, 7, 7]


@pytest.mark.parametrize(
    ("answered", "buyers", "age", "turns", "is_open"),
    [
        (199, 1, 90, 200, True),  # 0.5 % of 200
        (198, 2, 90, 200, False),  # 1 %
        (1_990, 3, 90, 2_000, True),
        (1_990, 4, 90, 2_000, False),  # the rate is fine, the buyers are too many
        (199, 1, 89, 200, False),
        (100, 0, 90, 100, True),
        (99, 0, 90, 99, False),
        (199, 1, None, 200, True),  # nobody knows when it opened: old enough
    ],
)
def test_top_rated_wants_rate_and_distinct_buyers_and_age_and_volume(answered, buyers, age, turns, is_open):
    top_rated = GateRules(
        "top_rated",
        (
            NeedRule("age_days", at_least=90),
            NeedRule("turns", at_least=100),
            NeedRule("answer_rate", at_least=0.995, buyers_at_most=3),
        ),
        needs_proof=False,
    )
    found = facts(turns=turns, age=age, answer_rate=(answered, turns, buyers))

    assert next_gate(None, top_rated, found, on=MONDAY).is_open is is_open


@pytest.mark.parametrize(
    ("bad", "buyers", "is_open"), [(4, 3, True), (5, 4, True), (5, 5, False), (2, 5, True)],
    ids=["few buyers", "four buyers", "five buyers", "rate within"],
)  # fmt: skip
def test_below_standard_takes_a_bad_rate_and_more_than_four_buyers(bad, buyers, is_open):
    standard = GateRules(
        "standard", (NeedRule("answer_rate", at_least=0.98, or_buyers_at_most=4),), needs_proof=False, narrows=True
    )

    found = facts(answer_rate=(100 - bad, 100, buyers))
    assert next_gate(None, standard, found, on=MONDAY).is_open is is_open


@pytest.mark.parametrize(
    ("bad", "cases", "is_met"),
    [(1, 4, True), (2, 4, False), (2, 5, False), (1, 5, True), (3, 10, False), (2, 10, True)],
)
def test_few_cases_are_counted_and_many_are_a_rate(bad, cases, is_met):
    """Douyin's passive service: under 5 tickets the second one warns; from 5 on, 30 % and more warn."""
    need = NeedRule("brush_off_rate", at_most=0.29, few_cases=(5, 1), higher_is_better=False)
    state = next_gate(
        None, GateRules("g", (need,), needs_proof=False), facts(brush_off_rate=(bad, cases, bad)), on=MONDAY
    )

    assert state.needs[0].is_met is is_met


def test_closing_waits_for_proof_and_happens_as_soon_as_there_is_some():
    rules = GateRules("g", (NeedRule("answer_rate", at_least=0.9),), narrows=True)
    good, doubtful = facts(answer_rate=(95, 100, 5)), facts(answer_rate=(8, 10, 2))  # 8/10: [.49, .94]
    proven = facts(answer_rate=(80, 100, 20))  # 80/100: [.71, .87]

    states = run(rules, [good, doubtful, doubtful, proven])

    assert opened(states) == "OOO-"
    assert [state.reason for state in states] == ["met", "not_proven", "not_proven", "missed"]
    assert [state.needs[0].is_proven for state in states] == [False, False, False, True]


def test_three_distinct_buyers_are_needed_for_proof():
    rules = GateRules("g", (NeedRule("answer_rate", at_least=0.9),), narrows=True)

    assert opened(run(rules, [facts(answer_rate=(80, 100, 2))])) == "O"
    assert opened(run(rules, [facts(answer_rate=(80, 100, 3))])) == "-"


def test_points_are_proven_by_a_dimension_below_its_line():
    rules = GateRules("g", (NeedRule("points", at_least=70),), narrows=True)

    assert opened(run(rules, [facts(80.0), facts(60.0), facts(60.0, proven=True)])) == "OO-"


def test_age_and_volume_prove_nothing_against_a_shop():
    rules = GateRules("g", (NeedRule("turns", at_least=100),), narrows=True)

    states = run(rules, [facts(turns=100), facts(turns=5), facts(turns=5, proven=True)])
    assert (opened(states), states[-1].reason) == ("OOO", "not_proven")


def test_a_programme_that_takes_nothing_is_entered_only_when_its_needs_are_met():
    rules = GateRules("badge", (NeedRule("answer_rate", at_least=0.9),))

    assert opened(run(rules, [facts(answer_rate=(0, 0, 0)), facts(answer_rate=(9, 10, 1))])) == "-O"


def test_a_day_of_which_nothing_is_known_changes_nothing_and_interrupts_the_wait():
    rules = GateRules("g", (NeedRule("points", at_least=70),), closes_after_days=2, needs_proof=False)

    states = run(rules, [facts(80.0), facts(60.0), facts(None), facts(60.0), facts(60.0)])
    assert opened(states) == "OOOO-"


def test_opening_takes_its_days_in_a_row():
    rules = GateRules("g", (NeedRule("points", at_least=70),), opens_after_days=3, needs_proof=False)

    assert opened(run(rules, [facts(p) for p in (60.0, 80, 80, 60, 80, 80, 80)])) == "------O"


def test_a_gate_changes_on_evaluation_days_only_and_by_their_figures_alone():
    rules = GateRules("g", (NeedRule("points", at_least=70),), needs_proof=False)
    points = [80.0, 60, 60, 80, 60, 60, 60, 60]

    states = run(rules, map(facts, points), evaluation=lambda day: day in {MONDAY, date(2026, 5, 7), date(2026, 5, 11)})
    assert opened(states) == "OOOOOOO-"  # the 7th is a good day, the 11th a bad one
    assert [state.reason for state in states[1:4]] == ["between_evaluations", "between_evaluations", "met"]


def test_a_wait_that_is_over_waits_on_for_the_evaluation_day():
    rules = GateRules("g", (NeedRule("points", at_least=70),), closes_after_days=2, needs_proof=False)

    states = run(rules, map(facts, [80.0] + [60.0] * 7), evaluation=lambda day: day == date(2026, 5, 11))
    assert opened(states) == "OOOOOOO-"
    assert states[6].waiting_since_on == date(2026, 5, 5)


def test_a_state_survives_being_stored():
    for state in run(CAMPAIGNS, [facts(90.0), facts(40.0), facts(40.0)]):
        stored = GateState.from_data(state.to_data())
        assert stored.to_data() | {"needs": []} == state.to_data() | {"needs": []}


def test_a_gate_cannot_follow_from_a_later_state():
    later = next_gate(None, CAMPAIGNS, facts(), on=MONDAY + timedelta(days=1))

    with pytest.raises(ValueError, match="later state"):
        next_gate(later, CAMPAIGNS, facts(), on=MONDAY)
