"""Which clock standard a day obeys."""

from __future__ import annotations

import pytest

from shops.actions.standards import NoStandardError, clock_standards
from tests.builders import make_policy, on

pytestmark = pytest.mark.django_db


def targets(first: int, last: int) -> list[tuple[int, int, int]]:
    """The spans as days after the Monday, with the target in seconds."""
    return [
        ((begins - on(0)).days, (ends - on(0)).days, standard.target_seconds)
        for begins, ends, standard in clock_standards(on(first), on(last))
    ]


def test_without_a_policy_no_day_can_be_measured():
    with pytest.raises(NoStandardError, match=r"manage\.py publish_policy default --from 2026-05-04"):
        clock_standards(on(0), on(3))


@pytest.mark.parametrize("starts_on", [-400, -1, 0])
def test_one_policy_holds_for_the_whole_span(starts_on):
    make_policy(on(starts_on))

    assert targets(0, 3) == [(0, 3, 180)]


def test_a_policy_in_the_middle_cuts_the_span():
    make_policy(on(-10))
    make_policy(on(2), clock={"target_seconds": 60})

    assert targets(0, 3) == [(0, 1, 180), (2, 3, 60)]


@pytest.mark.parametrize(("starts_on", "expected"), [(3, [(0, 2, 180), (3, 3, 60)]), (4, [(0, 3, 180)])])
def test_a_policy_counts_from_the_day_it_starts(starts_on, expected):
    make_policy(on(-10))
    make_policy(on(starts_on), clock={"target_seconds": 60})

    assert targets(0, 3) == expected


def test_days_before_the_first_policy_are_measured_by_it():
    make_policy(on(2))

    assert targets(0, 3) == [(0, 3, 180)]


def test_days_before_the_first_of_two_policies_are_measured_by_the_first():
    make_policy(on(2))
    make_policy(on(3), clock={"target_seconds": 60})

    assert targets(0, 3) == [(0, 2, 180), (3, 3, 60)]


def test_a_policy_that_starts_after_the_span_does_not_help():
    make_policy(on(4))

    with pytest.raises(NoStandardError):
        clock_standards(on(0), on(3))


def test_of_two_policies_from_one_day_the_later_one_counts():
    make_policy(on(0))
    make_policy(on(0), clock={"target_seconds": 60})

    assert targets(0, 3) == [(0, 3, 60)]


def test_one_query_finds_any_number_of_standards(django_assert_num_queries):
    for day in range(5):
        make_policy(on(day), clock={"target_seconds": 60 + day})

    with django_assert_num_queries(1):
        assert len(targets(0, 9)) == 5
