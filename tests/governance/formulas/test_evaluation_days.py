"""Grades that change on evaluation days only, while points go on every day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from governance.formulas.grades import GradeRules, Ladder, next_grade
from governance.policy.sections.shops import Evaluation

LADDER = Ladder((("A", 80), ("B", 50), ("C", 0)))
FIRST = date(2026, 5, 18)


def run(points, *, after_days=1, evaluation=(date(2026, 5, 20),), proven=True):
    rules = GradeRules(0, after_days, 0, after_days, 0, 1)
    state, states = None, []
    for number, found in enumerate(points):
        day = FIRST + timedelta(days=number)
        state = next_grade(
            state, found, on=day, ladder=LADDER, rules=rules, age_days=None, turns=99, is_proven_below=proven,
            takes_privilege=lambda before, after: before < after, is_evaluation_day=day in evaluation,
        )  # fmt: skip
        states.append(state)
    return states


def test_the_first_grade_waits_for_the_evaluation_day_and_is_by_its_points_alone():
    states = run([10, 90, 60, 90])

    assert [state.grade for state in states] == ["provisional", "provisional", "B", "B"]
    assert [state.reason for state in states] == ["between_evaluations", "between_evaluations", "first_grade",
                                                  "between_evaluations"]  # fmt: skip


@pytest.mark.parametrize("last", [10, 90])
def test_what_the_points_were_between_two_evaluations_does_not_count_where_one_date_decides(last):
    states = run([90, 10, 60, last], evaluation=(FIRST, FIRST + timedelta(days=3)))

    assert [state.grade for state in states] == ["A", "A", "A", "C" if last == 10 else "A"]


def test_days_in_a_row_are_counted_between_evaluations_and_the_change_waits():
    states = run([90, 10, 60, 10, 10], after_days=2, evaluation=(FIRST, FIRST + timedelta(days=4)))

    assert [state.grade for state in states] == ["A", "A", "A", "A", "B"]  # the mildest of the days that waited
    assert states[3].reason == "between_evaluations"
    assert (states[3].candidate, states[3].candidate_since_on) == ("B", date(2026, 5, 19))


def test_a_fall_on_an_evaluation_day_still_needs_proof():
    states = run([90, 90, 10], evaluation=(FIRST, date(2026, 5, 20)), proven=False)

    assert (states[-1].grade, states[-1].reason) == ("A", "not_proven")


@pytest.mark.parametrize(
    ("evaluation", "day", "is_one"),
    [
        ({"day_of_month": 20}, date(2026, 5, 20), True),
        ({"day_of_month": 20}, date(2026, 5, 21), False),
        ({"day_of_month": 1}, date(2026, 6, 1), True),
        ({"weekday": "monday"}, date(2026, 5, 18), True),
        ({"weekday": "monday"}, date(2026, 5, 17), False),
        ({"weekday": "sunday"}, date(2026, 5, 17), True),
    ],
)
def test_evaluation_days_are_the_twentieth_the_first_or_a_weekday(evaluation, day, is_one):
    assert Evaluation(**evaluation).falls_on(day) is is_one
