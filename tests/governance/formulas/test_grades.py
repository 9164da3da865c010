"""The ladder of grades and the slow steps on it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.grades import PROVISIONAL, GradeRules, GradeState, Ladder, next_grade
from governance.formulas.ratings import Aim

LADDER = Ladder([("S", 90), ("A", 80), ("B", 60), ("C", 40), ("D", 0)])
RULES = GradeRules(
    rise_margin_points=1,
    rise_after_days=7,
    fall_margin_points=2,
    fall_after_days=5,
    new_shop_days=30,
    min_turns=20,
)
ORDER = "SABCD"
FIRST = date(2026, 3, 1)
TAKEN_BELOW = "B"
"""In these tests grades worse than B take privileges away, from better grades and from provisional alike."""


def takes_privilege(before: str, after: str) -> bool:
    floor = ORDER.index(TAKEN_BELOW)
    return ORDER.index(after) > floor and (before == PROVISIONAL or ORDER.index(before) < ORDER.index(after))


def on_day(number: int) -> date:
    """The date of day `number`, from 1."""
    return FIRST + timedelta(days=number - 1)


def step(previous: GradeState | None, points: float | None, day: int, **changes: Any) -> GradeState:
    facts: dict[str, Any] = {"age_days": 400, "turns": 100, "is_proven_below": False, **changes}
    return next_grade(
        previous, points, on=on_day(day), ladder=LADDER, rules=RULES, takes_privilege=takes_privilege, **facts
    )


def held(grade: str) -> GradeState:
    """A shop that got this grade long ago, with nothing waiting."""
    return GradeState(grade, date(2026, 1, 1), None, None, "steady")


def walk(start: GradeState | None, points: list[float], **changes: Any) -> list[GradeState]:
    """The states of days 1, 2, ... with these points."""
    states: list[GradeState] = []
    for day, value in enumerate(points, start=1):
        states.append(step(states[-1] if states else start, value, day, **changes))
    return states


class TestLadder:
    """Which grade points belong to."""

    @pytest.mark.parametrize(
        ("points", "grade"),
        [(100, "S"), (90, "S"), (89.99, "A"), (80, "A"), (79.99, "B"), (40, "C"), (39.99, "D"), (0, "D")],
    )
    def test_a_line_belongs_to_its_grade(self, points: float, grade: str) -> None:
        assert LADDER.grade_of(points) == grade

    def test_aims_of_a_graded_shop_include_the_margin(self) -> None:
        assert LADDER.aims("B", 1) == (Aim(81, "A"), Aim(91, "S"))
        assert LADDER.aims("S", 1) == ()

    def test_aims_of_a_shop_without_a_grade_are_the_plain_lines(self) -> None:
        plain = (Aim(40, "C"), Aim(60, "B"), Aim(80, "A"), Aim(90, "S"))
        assert LADDER.aims(None, 1) == LADDER.aims(PROVISIONAL, 1) == plain

    @pytest.mark.parametrize(
        ("rungs", "message"),
        [
            ([], "must start from 0"),
            ([("A", 50), ("B", 10)], "must start from 0"),
            ([("A", 50), ("B", 50), ("C", 0)], "from best to worst"),
            ([("A", 50), ("A", 0)], "keys that differ"),
            ([("A", 50), (PROVISIONAL, 0)], "keys that differ"),
        ],
    )
    def test_an_unsound_ladder_is_refused(self, rungs: list[tuple[str, float]], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Ladder(rungs)


class TestProvisional:
    """New and quiet shops."""

    @pytest.mark.parametrize(("age_days", "grade", "reason"), [(29, PROVISIONAL, "new_shop"), (30, "A", "first_grade")])
    def test_a_shop_younger_than_thirty_days_has_no_grade_yet(self, age_days: int, grade: str, reason: str) -> None:
        state = step(None, 85, 1, age_days=age_days)

        assert (state.grade, state.reason) == (grade, reason)

    @pytest.mark.parametrize(
        ("turns", "grade", "reason"), [(19, PROVISIONAL, "sample_too_small"), (20, "A", "first_grade")]
    )
    def test_a_shop_with_fewer_than_twenty_turns_has_no_grade_yet(self, turns: int, grade: str, reason: str) -> None:
        state = step(None, 85, 1, turns=turns)

        assert (state.grade, state.reason) == (grade, reason)

    def test_a_shop_of_unknown_age_is_old_enough(self) -> None:
        assert step(None, 85, 1, age_days=None).grade == "A"

    def test_a_shop_without_points_has_no_grade_yet(self) -> None:
        assert step(None, None, 1) == GradeState(PROVISIONAL, on_day(1), None, None, "sample_too_small")

    def test_provisional_since_is_the_first_day_of_it(self) -> None:
        first = step(None, 85, 1, turns=0)
        assert step(first, 85, 2, turns=0).since_on == on_day(1)

    def test_a_graded_shop_keeps_its_grade_through_quiet_days_and_stops_waiting(self) -> None:
        waiting = walk(held("B"), [85, 85, 85])[-1]
        quiet = step(waiting, 85, 4, turns=19)

        assert waiting.candidate == "A"
        assert quiet == GradeState("B", date(2026, 1, 1), None, None, "sample_too_small")

    def test_a_graded_shop_is_not_made_new_again_by_a_longer_youth(self) -> None:
        assert step(held("B"), 70, 1, age_days=10).reason == "steady"


class TestFirstGrade:
    """Out of provisional."""

    def test_it_is_adopted_at_once_and_without_a_margin(self) -> None:
        provisional = step(None, 80, 1, turns=0)
        assert step(provisional, 80, 2) == GradeState("A", on_day(2), None, None, "first_grade")

    def test_without_proof_it_is_the_lowest_that_takes_nothing_away(self) -> None:
        assert step(None, 10, 1) == GradeState("B", on_day(1), None, None, "first_grade_not_proven")

    def test_with_proof_it_is_what_the_points_say(self) -> None:
        assert step(None, 10, 1, is_proven_below=True) == GradeState("D", on_day(1), None, None, "first_grade")

    def test_where_every_grade_takes_something_the_shop_stays_provisional(self) -> None:
        state = next_grade(
            None,
            95,
            on=FIRST,
            ladder=LADDER,
            rules=RULES,
            age_days=400,
            turns=100,
            is_proven_below=False,
            takes_privilege=lambda _before, _after: True,
        )
        assert state == GradeState(PROVISIONAL, FIRST, None, None, "not_proven")

    def test_a_grade_of_a_former_ladder_counts_as_none(self) -> None:
        former = GradeState("gold", date(2026, 1, 1), None, None, "steady")
        facts: dict[str, Any] = {
            "on": FIRST,
            "ladder": LADDER,
            "rules": RULES,
            "age_days": 400,
            "is_proven_below": False,
            "takes_privilege": lambda before, _after: before != "gold",
        }

        assert next_grade(former, 70, turns=100, **facts).grade == "B"
        assert next_grade(former, 70, turns=0, **facts).grade == PROVISIONAL


class TestRise:
    """Margin 1, seven dates in a row."""

    @pytest.mark.parametrize(("points", "reason"), [(80.99, "steady"), (81, "rise_waiting")])
    def test_it_needs_the_margin(self, points: float, reason: str) -> None:
        assert step(held("B"), points, 1).reason == reason

    def test_it_comes_on_the_seventh_date_in_a_row(self) -> None:
        states = walk(held("B"), [85] * 7)

        assert states[5] == GradeState("B", date(2026, 1, 1), "A", on_day(1), "rise_waiting")
        assert states[6] == GradeState("A", on_day(7), None, None, "risen")

    def test_one_day_short_starts_the_wait_again(self) -> None:
        states = walk(held("B"), [85, 85, 85, 85, 85, 80, 85, 85, 85, 85, 85, 85, 85])

        assert states[5].reason == "steady"
        assert states[11].grade == "B"  # the sixth date of the second wait
        assert states[12].grade == "A"  # the seventh

    def test_it_may_jump_several_grades(self) -> None:
        assert walk(held("D"), [95] * 7)[-1].grade == "S"

    def test_it_jumps_only_as_high_as_every_day_reached(self) -> None:
        assert walk(held("C"), [95, 95, 82, 95, 95, 95, 95])[-1].grade == "A"
        assert walk(held("C"), [82, 95, 95, 95, 95, 95, 95])[-1].grade == "A"

    def test_dates_without_a_rating_do_not_interrupt_the_wait(self) -> None:
        assert step(step(held("B"), 85, 1), 85, 7).grade == "A"
        assert step(step(held("B"), 85, 1), 85, 6).grade == "B"


class TestFall:
    """Margin 2, five dates in a row."""

    @pytest.mark.parametrize(("points", "reason"), [(78, "steady"), (77.99, "fall_waiting")])
    def test_it_needs_the_margin(self, points: float, reason: str) -> None:
        assert step(held("A"), points, 1).reason == reason

    def test_one_that_takes_nothing_comes_on_the_fifth_date_without_proof(self) -> None:
        states = walk(held("A"), [70] * 5)

        assert states[3] == GradeState("A", date(2026, 1, 1), "B", on_day(1), "fall_waiting")
        assert states[4] == GradeState("B", on_day(5), None, None, "fallen")

    def test_it_stops_at_a_grade_whose_margin_still_holds(self) -> None:
        # 59 is under B's line of 60, but within its margin: a shop that was B would have stayed B.
        assert walk(held("A"), [59] * 5)[-1].grade == "B"

    def test_one_that_takes_a_privilege_is_held_without_proof(self) -> None:
        state = walk(held("B"), [30] * 6)[-1]

        assert state == GradeState("B", date(2026, 1, 1), "D", on_day(1), "not_proven")

    def test_one_that_was_held_comes_on_the_day_of_the_proof(self) -> None:
        waiting = walk(held("B"), [30] * 6)[-1]

        assert step(waiting, 30, 7, is_proven_below=True) == GradeState("D", on_day(7), None, None, "fallen")

    def test_proof_does_not_shorten_the_wait(self) -> None:
        states = walk(held("B"), [30] * 5, is_proven_below=True)

        assert [state.grade for state in states] == ["B", "B", "B", "B", "D"]

    def test_it_falls_only_as_low_as_every_day_was(self) -> None:
        assert walk(held("B"), [30, 30, 45, 30, 30], is_proven_below=True)[-1].grade == "C"

    def test_recovery_ends_the_wait(self) -> None:
        assert walk(held("B"), [30, 30, 30, 30, 60])[-1] == GradeState("B", date(2026, 1, 1), None, None, "steady")

    def test_a_turn_from_rising_to_falling_starts_a_wait_of_its_own(self) -> None:
        states = walk(held("B"), [85, 85, 85, 30, 30], is_proven_below=True)

        assert states[4] == GradeState("B", date(2026, 1, 1), "D", on_day(4), "fall_waiting")


def test_a_state_of_a_later_day_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot follow from a later state"):
        step(GradeState("A", on_day(3), None, None, "risen"), 85, 2)


points_of_days = st.lists(st.integers(0, 100).map(float), min_size=1, max_size=40)


@given(points_of_days)
def test_without_proof_no_shop_ever_loses_a_privilege(points: list[float]) -> None:
    before = PROVISIONAL
    for state in walk(None, points):
        assert state.grade == before or not takes_privilege(before, state.grade)
        before = state.grade


@given(points_of_days)
def test_a_grade_never_changes_twice_within_the_shorter_wait(points: list[float]) -> None:
    changes = [state.since_on for state in walk(None, points, is_proven_below=True)]
    days = sorted(set(changes))

    for earlier, later in pairwise(days):
        assert (later - earlier).days >= min(RULES.rise_after_days, RULES.fall_after_days)
