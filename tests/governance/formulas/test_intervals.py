"""Wilson intervals, against the published figures and their own properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.intervals import wilson

cases = st.integers(0, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(4, 5, 0.376, 0.964), (19, 20, 0.764, 0.991), (95, 100, 0.888, 0.978), (475, 500, 0.927, 0.966)],
)
def test_intervals_are_the_published_ones(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)

    assert interval is not None
    assert interval == pytest.approx((low, high), abs=0.0005)


@pytest.mark.parametrize(("misses", "n"), [(3, 10), (7, 30), (16, 100), (41, 300)])
def test_so_many_misses_prove_less_than_ninety_percent_and_one_fewer_does_not(misses: int, n: int) -> None:
    proven, unproven = wilson(n - misses, n), wilson(n - misses + 1, n)

    assert proven is not None
    assert unproven is not None
    assert proven[1] < 0.90 <= unproven[1]


def test_without_a_case_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_a_numerator_outside_its_denominator_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{k} of {n} is no rate"):
        wilson(k, n)


@given(cases)
def test_the_interval_holds_the_rate_and_stays_between_none_and_all(case: tuple[int, int]) -> None:
    k, n = case
    interval = wilson(k, n)

    if n == 0:
        assert interval is None
    else:
        assert interval is not None
        assert 0 <= interval[0] <= k / n <= interval[1] <= 1


@given(cases)
def test_failures_have_the_mirrored_interval(case: tuple[int, int]) -> None:
    k, n = case
    successes, failures = wilson(k, n), wilson(n - k, n)

    if successes is not None and failures is not None:
        assert successes[0] == pytest.approx(1 - failures[1], abs=1e-12)


@given(st.integers(1, 300), st.integers(1, 300))
def test_more_cases_of_the_same_rate_narrow_the_interval(n: int, times: int) -> None:
    few, many = wilson(n // 2, n), wilson(n // 2 * (times + 1), n * (times + 1))

    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]
