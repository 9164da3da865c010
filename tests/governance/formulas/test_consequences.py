"""Which consequence follows from scored days: the newest day, the row, the part, what came before, no turn twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.consequences import Judged, Rule, ScoredDay, choose_consequence

FIRST = date(2026, 5, 4)
COACHING = Rule("coaching", "coaching_notice", below_days=2, within_days=4)
TRAINING = Rule(
    "training", "training_required", below_days=2, within_days=4, after_kind="coaching_notice", after_within_days=30
)


def on(days: int) -> date:
    return FIRST + timedelta(days=days)


def scored(marks: str, window: int = 1) -> list[ScoredDay]:
    """A day a letter: b below in speed, . not; a gap leaves the day out."""
    return [
        ScoredDay(
            on(number),
            on(number - window + 1),
            on(number),
            is_below=mark == "b",
            below_parts=frozenset({"speed"} if mark == "b" else ()),
        )
        for number, mark in enumerate(marks)
        if mark != " "
    ]


def judged(facts_to: int, kind: str = "coaching_notice", *, stands: bool = True, is_waiting: bool = False) -> Judged:
    return Judged("D-1", kind, on(facts_to), on(facts_to), stands, is_waiting)


def key_of(rules: list[Rule], marks: str, earlier: list[Judged] | None = None, window: int = 1) -> str | None:
    grounds = choose_consequence(rules, scored(marks, window), earlier or [], on(len(marks) - 1))
    return grounds and grounds.rule.key


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("bb", "coaching"),
        ("b", None),
        ("b..b", "coaching"),  # two within four days
        ("b...b", None),  # the first is five days back
        ("bb.", None),  # better by now
        ("bb ", None),  # not scored today
        ("b  b", "coaching"),
    ],
)
def test_so_many_days_below_within_so_many(marks: str, expected: str | None) -> None:
    assert key_of([COACHING], marks) == expected


@pytest.mark.parametrize(
    ("marks", "expected"), [("b.bb", "coaching"), ("bb.b", None), ("b b", "coaching"), ("b", None)]
)
def test_in_a_row_means_no_better_day_between(marks: str, expected: str | None) -> None:
    assert key_of([replace(COACHING, in_a_row=True)], marks) == expected


def test_a_rule_for_a_part_counts_that_part_only() -> None:
    assert key_of([replace(COACHING, part="speed")], "bb") == "coaching"
    assert key_of([replace(COACHING, part="quality")], "bb") is None


def test_the_most_severe_rule_that_applies_is_taken() -> None:
    assert key_of([COACHING, TRAINING], "bb....bb", [judged(1)]) == "training"
    assert key_of([COACHING, TRAINING], "bb....bb") == "coaching"


@pytest.mark.parametrize(("facts_to", "expected"), [(-23, "training"), (-24, "coaching")])
def test_what_came_before_counts_within_its_days(facts_to: int, expected: str) -> None:
    # Judged on day 7: 30 days after day -23, 31 after day -24.
    assert key_of([COACHING, TRAINING], "......bb", [judged(facts_to)]) == expected


def test_a_withdrawn_or_dismissed_decision_is_followed_by_nothing_but_its_turns_stay_counted() -> None:
    gone = judged(1, stands=False)
    assert key_of([COACHING, TRAINING], "bb....bb", [gone]) == "coaching"
    assert key_of([COACHING, TRAINING], "bbb", [gone]) is None  # only day 2 is new


def test_a_window_counts_only_where_it_lies_wholly_after_the_earlier_turns() -> None:
    # Windows of three days; the earlier decision counted turns up to day 1. Day 4 is the first of its own (2 to 4).
    assert key_of([COACHING], "bbbbb", [judged(1)], window=3) is None
    assert key_of([COACHING], "bbbbbb", [judged(1)], window=3) == "coaching"


@pytest.mark.parametrize(("marks", "expected"), [("bb..bb", None), ("bb...bb", "coaching")])
def test_a_cooldown_leaves_days_out(marks: str, expected: str | None) -> None:
    # Cooldown of 3 days after day 1: days up to 4 do not count.
    assert key_of([replace(COACHING, cooldown_days=3)], marks, [judged(1)]) == expected


def test_nothing_follows_while_another_decision_waits() -> None:
    assert key_of([COACHING, TRAINING], "bb....bb", [judged(1), judged(2, is_waiting=True, stands=False)]) is None


@given(st.text("b. ", min_size=1, max_size=60), st.integers(1, 7))
def test_night_after_night_no_turn_is_held_against_anybody_twice(marks: str, window: int) -> None:
    days = scored(marks, window)
    earlier: list[Judged] = []
    counted: list[tuple[date, date]] = []
    for number in range(len(marks)):
        grounds = choose_consequence([COACHING, TRAINING], days, earlier, on(number))
        if grounds is None:
            continue
        facts = [day for day in days if grounds.first_on <= day.on <= grounds.last_on and day.is_below]
        counted.append((min(day.window_first_on for day in facts), max(day.window_last_on for day in facts)))
        earlier.append(judged(number, grounds.rule.kind))
        assert grounds.after is None or grounds.after in earlier[:-1]
    assert all(before[1] < after[0] for before, after in pairwise(counted))
