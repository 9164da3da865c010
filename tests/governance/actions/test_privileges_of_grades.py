"""From proof to privileges: what a grade takes away needs a dimension proven below its line."""

from __future__ import annotations

import pytest

from governance.actions.grant_privileges import Grant, grant_privileges
from governance.models import ShopRating
from governance.policy.schema import GradePrivileges
from shops.models import Privileges, PrivilegesChange
from tests.builders import BOOKS, TEA, make_policy, make_shop, on, policy_document
from tests.governance.actions.marketplace import (
    BAD,
    GOOD,
    POOR,
    QUICK,
    changes,
    grades,
    granted,
    make_quick_policy,
    privileges,
    score,
    talk,
)

pytestmark = pytest.mark.django_db


def points(day: int, shop: str = TEA) -> float:
    return ShopRating.objects.get(shop__code=shop, on=on(day)).points


def proven(day: int, shop: str = TEA) -> list[str]:
    lines = ShopRating.objects.get(shop__code=shop, on=on(day)).lines
    return [line["key"] for line in lines if line["standing"] == "below"]


def test_a_first_grade_that_takes_something_away_needs_proof():
    """Eight of ten answered is 64 points, a C; but 0.94 could be true, so the shop gets the B that takes nothing."""
    make_quick_policy()
    make_shop(TEA, category="tea")
    make_shop(BOOKS, category="books")
    talk(0, POOR, TEA)
    talk(0, BAD, BOOKS)

    score(0)

    # answered 0.8 30 points, in time 0.8 70, brush-offs 0 100, resolved 0.8 80, by the weights 25, 30, 10, 20 of 85
    assert points(0) == pytest.approx((25 * 30 + 30 * 70 + 10 * 100 + 20 * 80) / 85, abs=0.005)
    assert (grades(TEA), proven(0)) == ([(0, "B", "first_grade_not_proven")], [])
    assert (grades(BOOKS), proven(0, BOOKS)) == ([(0, "D", "first_grade")], ["answered"])  # 6 of 10: at most 0.83
    assert (privileges(TEA), privileges(BOOKS)) == (granted("B"), granted("D"))


def test_a_fall_waits_for_its_days_and_then_for_proof():
    make_quick_policy()
    make_shop()
    for day, waits in enumerate([GOOD, POOR, POOR, POOR, BAD]):
        talk(day, waits)

    score(0, 4)

    assert grades() == [
        (0, "S", "first_grade"),
        (1, "S", "fall_waiting"),
        (2, "S", "not_proven"),
        (3, "S", "not_proven"),
        (4, "C", "fallen"),  # the mildest of the days of the wait
    ]
    assert [proven(day) for day in range(5)] == [[], [], [], [], ["answered"]]
    assert changes() == [
        (0, "", "S", [], []),
        (4, "S", "C", ["keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight"], []),
    ]
    assert privileges() == granted("C")
    assert Privileges.objects.get().in_force_on == on(4)


def test_privileges_stay_until_the_day_of_the_fall():
    make_quick_policy()
    make_shop()
    for day, waits in enumerate([GOOD, BAD, BAD]):
        talk(day, waits)

    score(0, 1)
    assert privileges() == granted("S")
    summary = score(2)
    assert privileges() == granted("D")
    assert (summary.privileges_changed, summary.privileges_lost) == (1, 1)


def test_a_rise_grants_what_the_better_grade_has():
    make_quick_policy()
    make_shop()
    for day, waits in enumerate([BAD, GOOD, GOOD]):
        talk(day, waits)

    summary = score(0, 2)

    assert [grade for _, grade, _ in grades()] == ["D", "D", "S"]
    everything_but_listing = ["keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight"]
    assert changes()[-1] == (2, "D", "S", [], everything_but_listing)
    assert (summary.privileges_changed, summary.privileges_lost) == (2, 0)


@pytest.mark.parametrize(("age_days", "expected"), [(9, ("provisional", "new_shop")), (10, ("S", "first_grade"))])
def test_a_new_shop_is_provisional_for_ten_days(age_days, expected):
    make_quick_policy()
    make_shop(opened_on=on(-age_days))
    talk(0, GOOD)

    score(0)

    assert grades() == [(0, *expected)]
    assert privileges() == granted(expected[0])


@pytest.mark.parametrize(("turns", "expected"), [(4, ("provisional", "sample_too_small")), (5, ("S", "first_grade"))])
def test_a_quiet_shop_is_provisional(turns, expected):
    make_quick_policy()
    make_shop()
    talk(0, GOOD[:turns])

    score(0)

    assert grades() == [(0, *expected)]


def test_a_policy_that_grants_more_for_the_same_grade_changes_privileges():
    make_quick_policy()
    richer = policy_document().to_data()["grades"]
    richer[0]["privileges"]["keyword_limit"] = 250
    make_shop()
    for day in range(2):
        talk(day, GOOD)
    make_policy(on(1), shops=QUICK, measures_window_days=1, grades=richer)

    score(0, 1)

    assert changes() == [(0, "", "S", [], []), (1, "S", "S", [], ["keyword_limit"])]
    assert PrivilegesChange.objects.order_by("on").last().policy_version == 2
    assert privileges()["keyword_limit"] == 250


def a_grant(grade: str = "A", **changed) -> Grant:
    values = policy_document().privileges_of(grade).model_dump() | changed
    return Grant(grade, GradePrivileges(**values), "risen", 1)


def test_granting_twice_changes_once():
    shop = make_shop()
    assert grant_privileges(on(0), {shop.pk: a_grant()}) == (1, 0)
    rows = list(PrivilegesChange.objects.values_list()), list(Privileges.objects.values_list())

    assert grant_privileges(on(0), {shop.pk: a_grant()}) == (0, 0)
    assert grant_privileges(on(1), {shop.pk: a_grant()}) == (0, 0)

    assert (list(PrivilegesChange.objects.values_list()), list(Privileges.objects.values_list())) == rows


@pytest.mark.parametrize(
    ("changed", "taken", "gained"),
    [
        ({"keyword_limit": 99}, ["keyword_limit"], []),
        ({"keyword_limit": 101}, [], ["keyword_limit"]),
        ({"search_weight": 1.04}, ["search_weight"], []),
        ({"search_weight": 1.06, "may_list": False}, ["may_list"], ["search_weight"]),
        ({"may_join_campaigns": False}, ["may_join_campaigns"], []),
    ],
)
def test_each_privilege_that_shrinks_or_grows_is_named(changed, taken, gained):
    shop = make_shop()
    grant_privileges(on(0), {shop.pk: a_grant()})

    assert grant_privileges(on(1), {shop.pk: a_grant(**changed)}) == (1, int(bool(taken)))

    row = PrivilegesChange.objects.get(on=on(1))
    assert (row.taken, row.granted) == (taken, gained)
    assert {name: float(getattr(row, name)) for name in changed} == {name: float(v) for name, v in changed.items()}


def test_what_is_in_force_from_a_later_day_stays():
    shop = make_shop()
    grant_privileges(on(1), {shop.pk: a_grant("A")})

    assert grant_privileges(on(0), {shop.pk: a_grant("D")}) == (0, 0)

    assert Privileges.objects.get().grade == "A"
    assert PrivilegesChange.objects.count() == 1
