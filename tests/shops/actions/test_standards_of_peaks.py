"""The peak calendar as standards: days in a row, versions that replace each other, held against a naive reading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.models import Policy
from shops.actions.standards import NoStandardError, clock_standards
from shops.chat.standard import read_clock_standard
from shops.models import Standard
from tests.builders import make_policy, on

pytestmark = pytest.mark.django_db

TITLE = {"en": "Peak", "zh-hans": "大促"}


def peak(first: int, last: int, **clock: int):
    """A peak between two days after the Monday."""
    return {"title": TITLE, "first_on": on(first).isoformat(), "last_on": on(last).isoformat(), "clock": clock}


def targets(first: int, last: int) -> list[tuple[int, int, int]]:
    return [
        ((begins - on(0)).days, (ends - on(0)).days, standard.target_seconds)
        for begins, ends, standard in clock_standards(on(first), on(last))
    ]


def test_a_peak_has_its_own_target_on_its_days_and_only_there():
    make_policy(on(0), peaks=[peak(3, 4, target_seconds=600)])

    assert targets(0, 9) == [(0, 2, 180), (3, 4, 600), (5, 9, 180)]
    assert targets(4, 4) == [(4, 4, 600)]


def test_a_peak_keeps_the_rest_of_the_clock():
    make_policy(on(0), peaks=[peak(3, 3, target_seconds=300, cap_seconds=1200)])

    (_, _, ordinary), (_, _, special), _ = clock_standards(on(0), on(9))
    assert (special.target_seconds, special.cap_seconds) == (300, 1200)
    assert special.model_copy(update={"target_seconds": 180, "cap_seconds": 600}) == ordinary


def test_peaks_that_follow_each_other_leave_no_gap():
    make_policy(on(0), peaks=[peak(4, 5, target_seconds=60), peak(2, 3, target_seconds=90)])

    assert targets(0, 7) == [(0, 1, 180), (2, 3, 90), (4, 5, 60), (6, 7, 180)]


@pytest.mark.parametrize(("starts", "expected"), [(3, [(3, 4, 600), (5, 9, 180)]), (5, [(3, 9, 180)])])
def test_a_policy_that_starts_within_a_peak_or_after_it(starts, expected):
    make_policy(on(starts), peaks=[peak(2, 4, target_seconds=600)])

    assert targets(3, 9) == expected


def test_a_peak_of_a_replaced_version_does_not_count():
    make_policy(on(0), peaks=[peak(5, 6, target_seconds=600)])
    make_policy(on(3), clock={"target_seconds": 60})

    assert targets(0, 9) == [(0, 2, 180), (3, 9, 60)]


def test_a_version_that_starts_within_the_peak_of_another_ends_it():
    make_policy(on(0), peaks=[peak(2, 6, target_seconds=600)])
    make_policy(on(4), clock={"target_seconds": 60})

    assert targets(0, 9) == [(0, 1, 180), (2, 3, 600), (4, 9, 60)]


def test_a_version_published_later_for_an_earlier_day_ends_when_the_other_starts():
    make_policy(on(5), clock={"target_seconds": 60})
    make_policy(on(0), peaks=[peak(7, 8, target_seconds=600)])

    assert targets(0, 9) == [(0, 4, 180), (5, 9, 60)]


def test_the_newest_row_of_a_day_is_that_of_the_version_in_force():
    make_policy(on(0), peaks=[peak(5, 6, target_seconds=600)])
    make_policy(on(3), clock={"target_seconds": 60})

    found = [Standard.objects.in_force_on(on(day), "clock") for day in (-1, 2, 5, 9)]
    assert found[0] is None
    assert [read_clock_standard(row.document).target_seconds for row in found[1:]] == [180, 60, 60]


def naive(day: int) -> int | None:
    """The target of one day, read from the policies themselves."""
    policy = Policy.objects.in_force_on(on(day))
    if policy is None:
        return None
    document = policy.rules()
    for special in document.peaks:
        if special.first_on <= on(day) <= special.last_on:
            return special.clock.over(document.clock).target_seconds
    return document.clock.target_seconds


@st.composite
def versions(draw):
    """Up to four versions in any order of days, each with up to three peaks that do not overlap."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        edges = sorted(draw(st.sets(st.integers(0, 30), max_size=6)))
        pairs = list(zip(edges[::2], edges[1::2], strict=False))
        peaks = [
            peak(first, last, target_seconds=100 + 10 * number + place) for place, (first, last) in enumerate(pairs)
        ]
        found.append((draw(st.integers(0, 25)), 10 + number, peaks))
    return found


@given(versions=versions(), first=st.integers(0, 30), length=st.integers(0, 12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_say_of_every_day_what_the_policies_say(versions, first, length):
    Standard.objects.all().delete()
    Policy.objects.all().delete()
    for starts, target, peaks in versions:
        make_policy(on(starts), clock={"target_seconds": target}, peaks=peaks)
    last = first + length
    expected = [naive(day) for day in range(first, last + 1)]
    if expected[-1] is None:
        with pytest.raises(NoStandardError):
            clock_standards(on(first), on(last))
        return
    found = []
    for begins, ends, standard in clock_standards(on(first), on(last)):
        assert begins == on(first) + timedelta(days=len(found))
        found += [standard.target_seconds] * ((ends - begins).days + 1)
    earliest = min(starts for starts, _, _ in versions)
    # Days before the first policy are measured by the clock of its first day.
    assert found == [naive(earliest) if target is None else target for target in expected]
    for day in range(first, last + 1):
        row = Standard.objects.in_force_on(on(day), "clock")
        assert (row and read_clock_standard(row.document).target_seconds) == expected[day - first]
