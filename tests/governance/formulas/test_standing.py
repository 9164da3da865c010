"""Where a rate stands: only proof is below standard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.intervals import wilson
from governance.formulas.standing import judge_standing


@pytest.mark.parametrize(
    ("k", "n", "buyers", "standing"),
    [
        (7, 10, 3, "below"),  # 3 misses of 10: high .892 < .90
        (8, 10, 3, "not_proven"),  # 2 misses of 10: high .943
        (7, 10, 2, "not_proven"),  # two distinct buyers prove nothing
        (84, 100, 16, "below"),  # 16 misses of 100
        (85, 100, 15, "not_proven"),
        (475, 500, 25, "at"),  # [.927, .966]
        (95, 100, 5, "not_proven"),  # [.888, .978] straddles .90
        (10, 10, 0, "not_proven"),  # [.722, 1]: ten good turns prove nothing either
    ],
)
def test_a_rate_of_good_cases_against_ninety_percent(k: int, n: int, buyers: int, standing: str) -> None:
    assert judge_standing(wilson(k, n), 0.90, higher_is_better=True, affected_buyers=buyers) == standing


@pytest.mark.parametrize(
    ("k", "n", "buyers", "standing"),
    [
        (3, 10, 3, "below"),  # the mirror image: low .108 > .10
        (2, 10, 2, "not_proven"),
        (3, 10, 2, "not_proven"),
        (25, 500, 25, "at"),  # [.034, .073]
        (5, 100, 5, "not_proven"),
    ],
)
def test_a_rate_of_bad_cases_against_ten_percent(k: int, n: int, buyers: int, standing: str) -> None:
    assert judge_standing(wilson(k, n), 0.10, higher_is_better=False, affected_buyers=buyers) == standing


def test_a_bound_on_the_line_is_at_standard_and_never_below() -> None:
    assert judge_standing((0.9, 0.95), 0.9, higher_is_better=True, affected_buyers=9) == "at"
    assert judge_standing((0.8, 0.9), 0.9, higher_is_better=True, affected_buyers=9) == "not_proven"
    assert judge_standing((0.05, 0.1), 0.1, higher_is_better=False, affected_buyers=9) == "at"
    assert judge_standing((0.1, 0.2), 0.1, higher_is_better=False, affected_buyers=9) == "not_proven"


def test_without_a_case_nothing_is_proven() -> None:
    assert judge_standing(None, 0.9, higher_is_better=True, affected_buyers=9) == "not_proven"


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(1, 99))
def test_both_directions_judge_the_same_facts_alike(case: tuple[int, int], percent: int) -> None:
    good, n = case
    by_good = judge_standing(wilson(good, n), percent / 100, higher_is_better=True, affected_buyers=3)
    by_bad = judge_standing(wilson(n - good, n), 1 - percent / 100, higher_is_better=False, affected_buyers=3)

    assert by_good == by_bad
