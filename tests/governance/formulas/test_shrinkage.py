"""Estimates that lean on the peers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.shrinkage import shrink_rate

rates = st.floats(0, 1)
strengths = st.floats(0.1, 1_000)


def test_ten_perfect_turns_count_as_ten_among_thirty_ordinary_ones() -> None:
    assert shrink_rate(10, 10, prior=0.8, strength=30) == pytest.approx(0.85)  # (10 + 30 x .8) / (10 + 30) = 34 / 40


def test_without_a_case_the_estimate_is_the_peers_mean() -> None:
    assert shrink_rate(0, 0, prior=0.8, strength=30) == 0.8  # (0 + 24) / (0 + 30)


def test_without_a_prior_strength_the_estimate_is_the_plain_rate() -> None:
    assert shrink_rate(3, 4, prior=0.1, strength=0) == 0.75


def test_nothing_at_all_cannot_be_estimated_from() -> None:
    with pytest.raises(ValueError, match="Nothing to estimate from"):
        shrink_rate(0, 0, prior=0.5, strength=0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), rates, strengths)
def test_the_estimate_lies_between_the_plain_rate_and_the_peers(
    case: tuple[int, int], prior: float, strength: float
) -> None:
    k, n = case
    low, high = sorted((k / n, prior))

    assert low - 1e-12 <= shrink_rate(k, n, prior, strength) <= high + 1e-12
