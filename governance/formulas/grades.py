"""The ladder of grades and the slow steps on it: a margin and a waiting time keep a grade from flickering."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from governance.formulas.ratings import Aim

PROVISIONAL: Final = "provisional"
"""The grade of a shop that is too new or too quiet to have had one yet. No rung of a ladder is called so."""

Reason = Literal[
    "new_shop",
    "sample_too_small",
    "first_grade",
    "first_grade_not_proven",
    "steady",
    "rise_waiting",
    "risen",
    "fall_waiting",
    "fallen",
    "not_proven",
    "between_evaluations",
]

NEW_SHOP: Final = "new_shop"
SAMPLE_TOO_SMALL: Final = "sample_too_small"
FIRST_GRADE: Final = "first_grade"
FIRST_GRADE_NOT_PROVEN: Final = "first_grade_not_proven"
STEADY: Final = "steady"
RISE_WAITING: Final = "rise_waiting"
RISEN: Final = "risen"
FALL_WAITING: Final = "fall_waiting"
FALLEN: Final = "fallen"
NOT_PROVEN: Final = "not_proven"
BETWEEN_EVALUATIONS: Final = "between_evaluations"

TakesPrivilege = Callable[[str, str], bool]
"""Whether going from one grade (or PROVISIONAL) to another makes any privilege smaller."""


@dataclass(frozen=True, slots=True)
class GradeRules:
    """When a grade changes. Margins are points beyond a line, waits are dates in a row, the first and last included."""

    rise_margin_points: float
    rise_after_days: int
    fall_margin_points: float
    fall_after_days: int
    new_shop_days: int
    """A shop younger than this has no grade yet."""
    min_turns: int
    """With fewer settled counted turns in the window a shop gets no grade, or keeps the one it has."""


class Ladder:
    """The grades from best to worst, each with the points it starts from; the last starts from 0."""

    __slots__ = ("_index", "from_points", "keys")

    def __init__(self, rungs: Iterable[tuple[str, float]]) -> None:
        """Compile (key, from_points). Raises ValueError unless the points fall strictly to 0 and the keys differ."""
        rungs = tuple(rungs)
        self.keys = tuple(key for key, _ in rungs)
        self.from_points = tuple(float(points) for _, points in rungs)
        self._index = {key: index for index, key in enumerate(self.keys)}
        if not rungs or self.from_points[-1] != 0:
            raise ValueError("The worst grade must start from 0 points.")
        if any(later >= earlier for earlier, later in pairwise(self.from_points)):
            raise ValueError(
                "Grades must go from best to worst: each must start from fewer points than the one before."
            )
        if len(self._index) < len(rungs) or PROVISIONAL in self._index:
            raise ValueError(f"Grades need keys that differ from each other and from '{PROVISIONAL}'.")

    def __contains__(self, key: str) -> bool:
        return key in self._index

    def index_of(self, key: str) -> int:
        """0 for the best grade. Raises KeyError for an unknown key."""
        return self._index[key]

    def grade_of(self, points: float, margin: float = 0.0) -> str:
        """The best grade whose line lies at most `points` - `margin`; a grade's line belongs to the grade."""
        for key, from_points in zip(self.keys, self.from_points, strict=True):
            if points >= from_points + margin:
                return key
        return self.keys[-1]

    def aims(self, grade: str | None, rise_margin_points: float) -> tuple[Aim, ...]:
        """The grades better than `grade` by rising points, with what a rise takes: the line and the margin.

        Without a grade (None or PROVISIONAL) every line but the lowest counts, without a margin: a first grade is
        adopted at once.
        """
        if grade in self._index:
            better, margin = self._index[grade], rise_margin_points
        else:
            better, margin = len(self.keys) - 1, 0.0
        return tuple(Aim(self.from_points[index] + margin, self.keys[index]) for index in range(better - 1, -1, -1))


@dataclass(frozen=True, slots=True)
class GradeState:
    """A shop's grade on a day, with what is waiting to happen to it."""

    grade: str
    since_on: date
    candidate: str | None
    """The grade that the points ask for, while it waits for its days or its proof."""
    candidate_since_on: date | None
    reason: Reason


def next_grade(
    previous: GradeState | None,
    points: float | None,
    *,
    on: date,
    ladder: Ladder,
    rules: GradeRules,
    age_days: int | None,
    turns: int,
    is_proven_below: bool,
    takes_privilege: TakesPrivilege,
    is_evaluation_day: bool = True,
) -> GradeState:
    """The grade on `on`, given the state of the day before (None: never rated).

    - Provisional: a shop younger than new_shop_days (`age_days` None: unknown, old enough) or with fewer than min_turns
      settled `turns`, or without points, gets no first grade; one that has a grade keeps it and stops waiting.
    - The first grade is adopted at once.
    - Rise: points at least a better line + margin on rise_after_days dates in a row, this one included. The best grade
      that all these days reached is adopted, so several steps at once are possible.
    - Fall: points below the own line - margin on fall_after_days dates in a row; the mildest of these days is adopted.
    - A fall that takes a privilege away needs `is_proven_below` on the day it would happen. Until then it is held with
      the reason `not_proven`, and happens as soon as there is proof. A first grade that would take one away becomes the
      lowest grade that takes nothing; where every grade does, the shop stays provisional.
    - Where policy has evaluation days, a grade (also the first one) changes on them only. A change that is due on
      another day waits for the next; where a change takes a single date, the figures of that evaluation day decide.

    Waits count calendar dates, and a date without a rating does not interrupt them. A grade that this ladder does not
    know (of a former policy) counts as none, but its privileges are what the first grade is compared with. Raises
    ValueError where `on` lies before the previous state. Sources: clock.md section 6; published-rules.md (Douyin: out
    after 7 straight days below).
    """
    if previous is not None and on < (previous.candidate_since_on or previous.since_on):
        raise ValueError(f"The grade of {on} cannot follow from a later state, of {previous.since_on}.")
    held = previous if previous is not None and previous.grade in ladder else None
    is_too_new = age_days is not None and age_days < rules.new_shop_days
    if points is None or turns < rules.min_turns or (is_too_new and held is None):
        reason: Reason = NEW_SHOP if is_too_new and held is None else SAMPLE_TOO_SMALL
        return _stay(held, reason) if held else _provisional(previous, on, reason)
    if held is None:
        if not is_evaluation_day:
            return _provisional(previous, on, BETWEEN_EVALUATIONS)
        return _first_grade(previous, points, on, ladder, takes_privilege, is_proven_below=is_proven_below)

    is_fall = points < ladder.from_points[ladder.index_of(held.grade)]
    if is_fall:
        state = _fall(held, points, on, ladder, rules, is_proven_below=is_proven_below, takes_privilege=takes_privilege)
    else:
        state = _rise(held, points, on, ladder, rules)
    if is_evaluation_day or state.reason not in {RISEN, FALLEN, NOT_PROVEN}:
        return state
    if (rules.fall_after_days if is_fall else rules.rise_after_days) == 1:
        return _stay(held, BETWEEN_EVALUATIONS)
    candidate = ladder.index_of(state.grade if state.candidate is None else state.candidate)
    candidate, since_on = _waiting(held, candidate, on, ladder, is_rise=not is_fall)
    return GradeState(held.grade, held.since_on, ladder.keys[candidate], since_on, BETWEEN_EVALUATIONS)


def _rise(held: GradeState, points: float, on: date, ladder: Ladder, rules: GradeRules) -> GradeState:
    """The grade of a day with points at or over the own line."""
    by_points = ladder.index_of(ladder.grade_of(points, rules.rise_margin_points))
    if by_points >= ladder.index_of(held.grade):
        return _stay(held, STEADY)
    candidate, since_on = _waiting(held, by_points, on, ladder, is_rise=True)
    if (on - since_on).days + 1 < rules.rise_after_days:
        return GradeState(held.grade, held.since_on, ladder.keys[candidate], since_on, RISE_WAITING)
    return GradeState(ladder.keys[candidate], on, None, None, RISEN)


def _fall(
    held: GradeState,
    points: float,
    on: date,
    ladder: Ladder,
    rules: GradeRules,
    *,
    is_proven_below: bool,
    takes_privilege: TakesPrivilege,
) -> GradeState:
    """The grade of a day with points under the own line."""
    by_points = ladder.index_of(ladder.grade_of(points, -rules.fall_margin_points))
    if by_points <= ladder.index_of(held.grade):
        return _stay(held, STEADY)
    candidate, since_on = _waiting(held, by_points, on, ladder, is_rise=False)
    key = ladder.keys[candidate]
    if (on - since_on).days + 1 < rules.fall_after_days:
        return GradeState(held.grade, held.since_on, key, since_on, FALL_WAITING)
    if not is_proven_below and takes_privilege(held.grade, key):
        return GradeState(held.grade, held.since_on, key, since_on, NOT_PROVEN)
    return GradeState(key, on, None, None, FALLEN)


def _stay(held: GradeState, reason: Reason) -> GradeState:
    """The same grade, with nothing waiting any more."""
    return GradeState(held.grade, held.since_on, None, None, reason)


def _provisional(previous: GradeState | None, on: date, reason: Reason) -> GradeState:
    since_on = previous.since_on if previous is not None and previous.grade == PROVISIONAL else on
    return GradeState(PROVISIONAL, since_on, None, None, reason)


def _first_grade(
    previous: GradeState | None,
    points: float,
    on: date,
    ladder: Ladder,
    takes_privilege: TakesPrivilege,
    *,
    is_proven_below: bool,
) -> GradeState:
    """The grade by points, or without proof the lowest one at or above it that takes no privilege away."""
    before = previous.grade if previous is not None else PROVISIONAL
    by_points = ladder.index_of(ladder.grade_of(points))
    if is_proven_below or not takes_privilege(before, ladder.keys[by_points]):
        return GradeState(ladder.keys[by_points], on, None, None, FIRST_GRADE)
    for index in range(by_points - 1, -1, -1):
        if not takes_privilege(before, ladder.keys[index]):
            return GradeState(ladder.keys[index], on, None, None, FIRST_GRADE_NOT_PROVEN)
    return _provisional(previous, on, NOT_PROVEN)


def _waiting(held: GradeState, today: int, on: date, ladder: Ladder, *, is_rise: bool) -> tuple[int, date]:
    """The grade (by index) nearest to the own one that all days of the wait reached, and the first of these days."""
    if held.candidate is None or held.candidate_since_on is None or held.candidate not in ladder:
        return today, on
    own, waiting = ladder.index_of(held.grade), ladder.index_of(held.candidate)
    if (waiting < own) != is_rise or waiting == own:
        return today, on
    return (max(waiting, today) if is_rise else min(waiting, today)), held.candidate_since_on
