"""The ladders that Taobao, Shopee and Douyin publish, reproduced by their presets alone (published-rules.md).

The arithmetic on days; deciding about a shop with the same presets in force is test_published_ladders_in_force.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest

from governance.formulas.ladders import Fallen, balance_on, nodes_of_each, nodes_reached
from governance.policy.ladders import compile_ladder, penalties_at
from governance.policy.reading import load_preset
from governance.policy.sections.violations import Gravity, PenaltyRule, PointLadder

NEW_YEAR = date(2027, 1, 1)
LAST_DAY = date(2026, 12, 31)
MAY = date(2026, 5, 4)


def ladder(preset: str, key: str) -> PointLadder:
    found = load_preset(preset).ladder(key)
    assert found is not None
    return found


def gravity(preset: str, clause: str, key: str) -> Gravity:
    found = load_preset(preset).clause(clause)
    assert found is not None
    return next(each for each in found.gravities if each.key == key)


def brought(rules: PointLadder, before: int, after: int) -> list[PenaltyRule]:
    """The penalties of the nodes between two balances."""
    reached = nodes_reached(compile_ladder(rules), before, after)
    return [rule for node in reached for rule in penalties_at(rules, node.place)]


def days_of(rules: Iterable[PenaltyRule], kind: str = "restriction") -> list[int | None]:
    return [rule.days for rule in rules if rule.kind == kind]


def limits_of(rules: Sequence[PenaltyRule]) -> dict[str, bool | float]:
    """What a shop may at most do while all of these are in force."""
    named: dict[str, bool | float] = {}
    for rule in rules:
        for privilege, value in rule.limits.named().items():
            named[privilege] = min(named.get(privilege, value), value)
    return named


def balance(rules: PointLadder, entries: Sequence[tuple[int, date]], day: date) -> int:
    return balance_on(compile_ladder(rules), [Fallen(*entry) for entry in entries], day)


# Taobao


@pytest.mark.parametrize(("node", "days"), [(12, 7), (24, 14), (36, 21), (48, 21), (60, 21)])
def test_every_twelve_points_of_class_a_warn_and_block_listings(node, days):
    penalties = brought(ladder("taobao", "A"), node - 12, node)

    assert days_of(penalties, "public_warning") == [days]
    assert days_of(penalties) == [days]
    assert limits_of(penalties) == {"may_list": False, "search_weight": 0}  # no listing, hidden in search


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [(0, 11, []), (11, 12, [7]), (12, 23, []), (0, 36, [21]), (23, 25, [14]), (47, 61, [21])],
)
def test_only_the_highest_of_the_nodes_crossed_at_once_counts_in_class_a(before, after, days):
    assert days_of(brought(ladder("taobao", "A"), before, after)) == days


@pytest.mark.parametrize(
    ("node", "days", "closures"), [(12, [7], []), (24, [14], []), (36, [21], [21]), (48, [], [None])]
)
def test_class_b_closes_the_shop_at_36_and_the_account_at_48(node, days, closures):
    penalties = brought(ladder("taobao", "B"), node - 12, node)

    assert days_of(penalties) == days
    assert days_of(penalties, "closure") == closures
    assert all(rule.held for rule in penalties if rule.kind == "closure")  # the account can be closed: a person says so
    assert limits_of(penalties)["may_list"] is False


def test_class_b_ends_at_48():
    assert brought(ladder("taobao", "B"), 48, 96) == []


def test_three_strikes_of_class_c_close_the_account():
    rules = ladder("taobao", "C")
    strike = gravity("taobao", "counterfeit", "strike").points

    assert [days_of(brought(rules, count * strike, (count + 1) * strike)) for count in range(3)] == [[14], [21], []]
    assert days_of(brought(rules, 2 * strike, 3 * strike), "closure") == [None]


@pytest.mark.parametrize(
    ("key", "fallen", "left"),
    [("A", 11, 0), ("A", 47, 0), ("B", 12, 0), ("B", 47, 0), ("B", 48, 48), ("B", 60, 60),
     ("C", 12, 0), ("C", 23, 0), ("C", 24, 24), ("C", 48, 24)],
)  # fmt: skip
def test_what_is_left_of_the_points_of_a_year_on_new_year(key, fallen, left):
    rules = ladder("taobao", key)

    assert balance(rules, [(fallen, LAST_DAY)], LAST_DAY) == fallen
    assert balance(rules, [(fallen, LAST_DAY)], NEW_YEAR) == left
    assert balance(rules, [(fallen, LAST_DAY)], date(2029, 1, 1)) == left


def test_strikes_of_two_years_are_no_third_strike():
    # Two strikes in 2026 (48), carried over as 24; a strike in 2027 makes 48 again.
    assert balance(ladder("taobao", "C"), [(24, MAY), (24, LAST_DAY), (24, NEW_YEAR)], NEW_YEAR) == 48


@pytest.mark.parametrize(
    ("key", "class_", "points"), [("ordinary", "A", 2), ("serious", "A", 12), ("especially_serious", "B", 48)]
)
def test_harassment_brings_points_by_gravity_and_300_to_the_buyer(key, class_, points):
    how = gravity("taobao", "harassment", key)

    assert (how.ladder, how.points) == (class_, points)
    assert how.compensation is not None
    assert (how.compensation.amount, how.compensation.currency) == (300, "CNY")


def test_the_gravest_harassment_leads_to_the_end_of_the_account_at_once():
    how = gravity("taobao", "harassment", "especially_serious")

    assert days_of(brought(ladder("taobao", how.ladder), 0, how.points), "closure") == [None]


def test_a_reversal_after_the_reset_belongs_to_the_year_in_which_the_points_fell():
    incurred, later = (12, LAST_DAY), (6, NEW_YEAR)
    reversed_ = (-12, LAST_DAY)  # entered in 2027, on the day of what it takes back

    assert balance(ladder("taobao", "A"), [incurred, later, reversed_], NEW_YEAR) == 6
    # What was carried over because of them goes as well: 24 + 24 - 24 instead of 24 + 24.
    strikes = [(24, LAST_DAY), (24, NEW_YEAR)]
    assert balance(ladder("taobao", "C"), strikes, NEW_YEAR) == 48
    assert balance(ladder("taobao", "C"), [*strikes, (-24, LAST_DAY)], NEW_YEAR) == 24


def test_without_the_reversed_points_later_ones_reach_no_node():
    rules = compile_ladder(ladder("taobao", "A"))
    six = Fallen(6, MAY)

    assert [[node.at for node in reached] for reached in nodes_of_each([(rules, six), (rules, six)])] == [[], [12]]
    assert nodes_of_each([(rules, six)]) == [()]


# Shopee


@pytest.mark.parametrize(
    ("points", "limits", "closures"),
    [
        (3, {"may_join_campaigns": False}, []),
        (6, {"may_join_campaigns": False, "search_weight": 0.8}, []),
        (9, {"may_join_campaigns": False, "search_weight": 0.4}, []),
        (12, {"may_join_campaigns": False, "search_weight": 0.4, "may_list": False}, []),
        (15, {"may_join_campaigns": False, "search_weight": 0.4, "may_list": False}, [28]),
    ],
)
@pytest.mark.parametrize("before", ["nothing", "the points just below"])
def test_consequences_of_penalty_points_add_up_for_28_days(points, limits, closures, before):
    penalties = brought(ladder("shopee", "points"), 0 if before == "nothing" else points - 1, points)

    assert limits_of(penalties) == limits
    assert days_of(penalties, "closure") == closures
    assert {rule.days for rule in penalties} == {28}


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2026-03-31", "2026-04-01"),
        ("2026-06-30", "2026-07-01"),
        ("2026-09-30", "2026-10-01"),
        ("2026-12-31", "2027-01-01"),
    ],
)
def test_penalty_points_are_reset_every_quarter(last, first):
    rules, entries = ladder("shopee", "points"), [(9, date.fromisoformat(last))]

    assert balance(rules, entries, date.fromisoformat(last)) == 9
    assert balance(rules, entries, date.fromisoformat(first)) == 0


def test_severe_consequences_wait_for_a_second_person():
    nodes = ladder("shopee", "points").nodes

    assert [any(rule.held for rule in node.penalties) for node in nodes] == [False, False, False, True, True]


# Douyin


@pytest.mark.parametrize(
    ("days", "reached"), [((0, 10, 29), [3]), ((0, 10, 30), []), ((0, 0, 0), [3]), ((0, 29, 58), [])]
)
def test_three_sanctions_within_thirty_days_cost_campaigns(days, reached):
    rules = compile_ladder(ladder("douyin", "sanctions"))
    told = nodes_of_each([(rules, Fallen(1, MAY + timedelta(days=day))) for day in days])

    assert [node.at for node in told[-1]] == reached


def test_passive_service_is_warned_first_and_fined_above():
    warned, fined = (gravity("douyin", "passive_service", key) for key in ("warned", "fined"))

    assert (warned.points, [rule.kind for rule in warned.penalties], warned.fine) == (0, ["public_warning"], None)
    assert (fined.points, fined.fine is not None) == (1, True)


def test_appeals_of_shops_are_filed_in_seven_days_and_decided_in_five_working_days():
    right = load_preset("douyin").redress.right_of("shop", "violation")

    assert right is not None
    assert (right.within_days, right.decided_within_hours) == (7, 5 * 9)
