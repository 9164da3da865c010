"""A policy at work, end to end on rows of stored measures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from governance.formulas.grades import GradeState
from governance.formulas.ratings import Aim
from governance.policy.judge import Judge
from governance.policy.reading import load_preset

JUDGE = Judge(load_preset("default"))
FORUM = Judge(load_preset("forum"))
TODAY = date(2026, 3, 31)
OPENED_LONG_AGO = date(2020, 1, 1)


def row_of(**changes: Any) -> dict[str, Any]:
    """The window of a good shop: every rate at the target of the default policy."""
    return {
        "settled": 1000,
        "answered": 970,
        "on_time": 900,
        "effective_on_time": 900,
        "brushed_off": 48,  # 4.9 % of 970
        "off_hours_settled": 100,
        "off_hours_on_time": 80,
        "contacts_settled": 1000,
        "contacts_resolved": 850,
        "contacts_escalated": 10,
        "stars_count": 100,
        "stars_low": 10,
        "unanswered_buyers": 30,
        "late_buyers": 100,
        "ineffective_buyers": 100,
        "brushed_off_buyers": 48,
        "off_hours_late_buyers": 20,
        "unresolved_buyers": 150,
        "low_star_buyers": 10,
        "effective_priced_mean": 60.0,
        "priced_response_mean": 60.0,
        **changes,
    }


GOOD = row_of()
PRIORS = JUDGE.priors_of(GOOD)


def test_a_shop_at_every_target_has_90_points_and_is_an_a() -> None:
    rating = JUDGE.rate_shop(GOOD, PRIORS)
    state = JUDGE.next_grade(None, rating, on=TODAY, opened_on=OPENED_LONG_AGO, turns=GOOD["settled"])

    assert rating.points == pytest.approx(90, abs=0.1)
    assert (state.grade, state.reason) == ("A", "first_grade")


def test_a_shop_at_every_line_has_60_points_of_those_that_have_lines() -> None:
    row = row_of(
        answered=900, effective_on_time=750, brushed_off=135, contacts_resolved=700, stars_low=30, off_hours_on_time=50
    )
    rating = JUDGE.rate_shop(row, JUDGE.priors_of(row))

    assert rating.points == pytest.approx(60)  # off hours have no line, but their curve earns 60 at 50 %
    assert rating.proven_below == ()  # on the line is not below it


def test_the_peers_means_come_from_their_summed_columns() -> None:
    totals = row_of(settled=2000, answered=1500, stars_count=0, stars_low=0)

    assert PRIORS[0] == 0.97
    assert JUDGE.priors_of(totals)[0] == 0.75  # 1500 / 2000
    assert JUDGE.priors_of(totals)[5] is None  # nobody rated anybody


def test_an_agent_is_scored_by_parts() -> None:
    score = JUDGE.score_agent(GOOD)

    assert score.parts == {"speed": 90.0, "quality": pytest.approx(90, abs=0.2), "resolution": 90.0}
    assert score.standing == "at"


@pytest.mark.parametrize(("turns", "is_scored"), [(19, False), (20, True)])
def test_an_agent_needs_twenty_turns_for_a_score(turns: int, is_scored: bool) -> None:
    few = row_of(settled=turns, answered=turns, on_time=turns, effective_on_time=turns, brushed_off=0)
    score = JUDGE.score_agent(few)

    assert (score.points is not None) is is_scored
    assert (score.standing != "no_sample") is is_scored


def test_escalations_move_neither_score_nor_rating() -> None:
    escalated = row_of(contacts_escalated=1000)

    assert JUDGE.score_agent(escalated).points == JUDGE.score_agent(GOOD).points
    assert JUDGE.rate_shop(escalated, PRIORS).points == JUDGE.rate_shop(GOOD, PRIORS).points
    assert JUDGE.rate_shop(escalated, PRIORS).lines[-1].value == 1


def test_what_would_raise_a_graded_shop_is_the_line_and_the_margin() -> None:
    assert JUDGE.rate_shop(GOOD, PRIORS, "A").aim == Aim(94, "S")  # 93 + 1
    assert JUDGE.rate_shop(GOOD, PRIORS).aim == Aim(93, "S")
    assert JUDGE.rate_shop(GOOD, PRIORS, "gold").aim == Aim(93, "S")  # of a former policy
    assert JUDGE.rate_shop(GOOD, PRIORS, "S").aim is None


@pytest.mark.parametrize(("age", "grade"), [(29, "provisional"), (30, "A")])
def test_a_shop_is_new_for_thirty_days(age: int, grade: str) -> None:
    opened_on = TODAY - timedelta(days=age)
    state = JUDGE.next_grade(None, JUDGE.rate_shop(GOOD, PRIORS), on=TODAY, opened_on=opened_on, turns=1000)

    assert state.grade == grade


def test_a_shop_that_answers_nobody_loses_privileges_only_with_enough_affected_buyers() -> None:
    silent = {"settled": 40, "answered": 0, "on_time": 0, "effective_on_time": 0, "brushed_off": 0}
    a = GradeState("A", TODAY, None, None, "steady")
    states = {}
    for buyers in (2, 3):
        row = row_of(**silent, unanswered_buyers=buyers, ineffective_buyers=buyers)
        rating, state = JUDGE.rate_shop(row, PRIORS, "A"), a
        for day in range(1, 8):
            state = JUDGE.next_grade(state, rating, on=TODAY + timedelta(days=day), opened_on=OPENED_LONG_AGO, turns=40)
        states[buyers] = (state.grade, state.reason)

    # Nothing by answers (25) and punctuality (30), 90 % of the other 45: 40.5 points, a D.
    assert states == {2: ("A", "not_proven"), 3: ("D", "fallen")}


def test_a_desk_of_the_forum_is_judged_in_hours() -> None:
    # 70 % answered, half of them all within eight hours, 55 % resolved: an ordinary desk of the real data.
    row = row_of(settled=100, answered=70, on_time=50, contacts_settled=60, contacts_resolved=33)
    rating = FORUM.rate_shop(row, FORUM.priors_of(row))

    # .55 -> .85 earns 60 -> 90: .70 is 75; .35 -> .65: .50 is 75; .40 -> .75: .55 is 60 + 30 x .15 / .35 = 72.86
    assert rating.points == 74.57  # .45 x 75 + .35 x 75 + .20 x 72.86
    assert FORUM.ladder.grade_of(rating.points) == "B"


def test_the_columns_asked_for_are_all_that_is_read() -> None:
    agent = {column: GOOD[column] for column in JUDGE.agent_columns}
    shop = {column: GOOD[column] for column in JUDGE.shop_columns}

    assert JUDGE.score_agent(agent) == JUDGE.score_agent(GOOD)
    assert JUDGE.rate_shop(shop, JUDGE.priors_of(shop)) == JUDGE.rate_shop(GOOD, PRIORS)
