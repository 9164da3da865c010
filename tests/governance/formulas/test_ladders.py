"""Balances of points, and the nodes that they reach."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.formulas.ladders import Fallen, Ladder, Reached, balance_on, next_node, nodes_of_each, nodes_reached

A_YEAR = Ladder((12, 24, 36), calendar="year", repeat_every=12)
B_YEAR = Ladder((12, 24, 36, 48), calendar="year", carry_at_least=48)
C_YEAR = Ladder((24,), calendar="year", carry_at_least=24, carried=24)
QUARTER = Ladder((3, 6, 9), calendar="quarter", only_highest=False)
ROLLING = Ladder((10,), rolling_days=90)
FOREVER = Ladder((10,))


def test_points_of_a_calendar_year_fall_away_together_on_new_year() -> None:
    entries = [Fallen(6, date(2026, 1, 5)), Fallen(6, date(2026, 12, 31))]

    assert balance_on(A_YEAR, entries, date(2026, 12, 31)) == 12
    assert balance_on(A_YEAR, entries, date(2027, 1, 1)) == 0


def test_quarters_end_on_their_last_day() -> None:
    entries = [Fallen(2, date(2026, 3, 31)), Fallen(1, date(2026, 4, 1))]

    assert balance_on(QUARTER, entries, date(2026, 3, 31)) == 2
    assert balance_on(QUARTER, entries, date(2026, 4, 1)) == 1


def test_a_balance_of_48_of_class_b_is_kept_and_one_of_47_is_not() -> None:
    assert balance_on(B_YEAR, [Fallen(48, date(2026, 5, 1))], date(2028, 1, 1)) == 48
    assert balance_on(B_YEAR, [Fallen(47, date(2026, 5, 1))], date(2027, 1, 1)) == 0


def test_class_c_carries_24_whatever_more_there_was() -> None:
    assert balance_on(C_YEAR, [Fallen(36, date(2026, 5, 1))], date(2027, 6, 1)) == 24
    assert balance_on(C_YEAR, [Fallen(36, date(2026, 5, 1)), Fallen(1, date(2027, 1, 1))], date(2027, 6, 1)) == 25


def test_a_reversal_after_the_reset_takes_away_what_was_carried() -> None:
    entries = [Fallen(30, date(2026, 5, 1)), Fallen(-30, date(2026, 5, 1))]

    assert balance_on(C_YEAR, entries, date(2027, 6, 1)) == 0


def test_rolling_points_count_for_their_days_and_not_a_day_longer() -> None:
    entries = [Fallen(4, date(2026, 1, 1))]

    assert balance_on(ROLLING, entries, date(2026, 1, 1) + timedelta(days=89)) == 4
    assert balance_on(ROLLING, entries, date(2026, 1, 1) + timedelta(days=90)) == 0


def test_later_entries_do_not_count_yet() -> None:
    assert balance_on(FOREVER, [Fallen(4, date(2026, 1, 2))], date(2026, 1, 1)) == 0


@pytest.mark.parametrize(
    ("ladder", "before", "after", "reached"),
    [
        (A_YEAR, 0, 11, []),
        (A_YEAR, 0, 12, [(12, 0)]),
        (A_YEAR, 12, 23, []),
        (A_YEAR, 11, 36, [(36, 2)]),  # only the highest of three
        (A_YEAR, 36, 47, []),
        (A_YEAR, 36, 48, [(48, 2)]),  # 36 + 12: the last node's penalties again
        (A_YEAR, 48, 72, [(72, 2)]),
        (A_YEAR, 50, 59, []),
        (QUARTER, 0, 7, [(3, 0), (6, 1)]),
        (QUARTER, 9, 30, []),  # not repeated
    ],
)
def test_nodes_above_the_old_balance_are_reached(
    ladder: Ladder, before: int, after: int, reached: list[tuple[int, int]]
) -> None:
    assert list(nodes_reached(ladder, before, after)) == [Reached(*each) for each in reached]


@pytest.mark.parametrize(("balance", "node"), [(0, 12), (12, 24), (35, 36), (36, 48), (47, 48), (48, 60)])
def test_the_next_node(balance: int, node: int) -> None:
    assert next_node(A_YEAR, balance) == node
    assert next_node(QUARTER, 9) is None


def test_without_the_first_violation_the_second_reaches_nothing() -> None:
    first, second = Fallen(6, date(2026, 2, 1)), Fallen(6, date(2026, 3, 1))

    assert nodes_of_each([(A_YEAR, first), (A_YEAR, second)]) == [(), (Reached(12, 0),)]
    assert nodes_of_each([(A_YEAR, second)]) == [()]


@given(
    st.lists(st.tuples(st.integers(1, 20), st.dates(date(2024, 1, 1), date(2027, 12, 31))), max_size=8),
    st.sampled_from([A_YEAR, B_YEAR, C_YEAR, QUARTER, ROLLING, FOREVER]),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
)
def test_taking_back_an_entry_leaves_what_never_was(entries: list[tuple[int, date]], ladder: Ladder, day: date) -> None:
    fallen = [Fallen(*each) for each in entries]
    taken_back = [*fallen, *(Fallen(-points, on) for points, on in fallen[:1])]

    assert balance_on(ladder, taken_back, day) == balance_on(ladder, fallen[1:], day)


@given(st.integers(0, 100), st.integers(0, 60), st.integers(0, 60))
def test_every_node_is_reached_once_however_the_points_come(start: int, first: int, second: int) -> None:
    every = Ladder((12, 24, 36), repeat_every=12, only_highest=False)
    step, whole = start + first, start + first + second

    assert nodes_reached(every, start, step) + nodes_reached(every, step, whole) == nodes_reached(every, start, whole)
