"""The presets like Taobao, Shopee and Douyin in force: what their published ladders do to a shop."""

from __future__ import annotations

from datetime import datetime

import pytest

from governance.actions.decide_violation import decide_violation
from governance.actions.override_decision import withdraw_decision
from governance.actions.penalties import note_correction, sweep_penalties
from governance.actions.points import balance_of
from governance.actions.publish_policy import publish_policy
from governance.actions.review_decision import release_decision
from governance.models import Decision, Obligation, Penalty
from governance.policy.reading import load_preset
from governance.policy.reasons import Statement
from shops.models import Shop, User
from tests.builders import on
from tests.governance.actions.violating import RULING, held_privileges, make_granted_shop, make_staff, noon


@pytest.fixture
def carol(db: None) -> User:
    return make_staff("carol")


@pytest.fixture
def dave(db: None) -> User:
    return make_staff("dave")


def shop_under(preset: str) -> Shop:
    publish_policy(load_preset(preset), starts_on=on(-10))
    return make_granted_shop()


def decide(shop: Shop, clause: str, how: str, by: User, day: float) -> Decision:
    return decide_violation(
        shop, clause=clause, gravity=how, occurred_on=on(0), ruling=RULING, by=by, at=noon(day)
    )  # fmt: skip


def listings_blocked() -> list[tuple[int | None, datetime, datetime | None]]:
    """Every penalty that blocks listings: its node and span."""
    rows = Penalty.objects.filter(may_list=False, kind="restriction").order_by("pk")
    return [(row.node, row.starts_at, row.ends_at) for row in rows]


def test_a_second_node_reached_inside_the_first_extends_it(carol, dave):
    shop = shop_under("taobao")
    decide(shop, "harassment", "serious", carol, day=0)
    second = decide(shop, "harassment", "serious", carol, day=3)
    release_decision(second.pk, by=dave, at=noon(4), reason="Checked.")

    assert listings_blocked() == [(12, noon(0), noon(7)), (24, noon(7), noon(21))]  # 7 d, then 14 d


def test_a_second_node_reached_after_the_first_begins_at_once(carol, dave):
    shop = shop_under("taobao")
    decide(shop, "harassment", "serious", carol, day=0)
    Penalty.objects.update(corrected_at=noon(1))  # recovery needs correction and expiry
    second = decide(shop, "harassment", "serious", carol, day=8)
    release_decision(second.pk, by=dave, at=noon(9), reason="Checked.")

    assert listings_blocked() == [(12, noon(0), noon(7)), (24, noon(9), noon(23))]


def test_recovery_needs_correction_and_expiry(carol, dave):
    shop = shop_under("taobao")
    decide(shop, "harassment", "serious", carol, day=0)

    sweep_penalties(noon(7))
    assert held_privileges(shop).may_list is False  # expired, and nothing was put right
    blocked = Penalty.objects.get(may_list=False)
    note_correction(blocked.pk, note="The agent was trained.", by=dave, at=noon(8))
    sweep_penalties(noon(8))
    assert held_privileges(shop).may_list is True


def test_classes_are_executed_apart(carol):
    shop = shop_under("taobao")
    decide(shop, "harassment", "serious", carol, day=0)
    decide(shop, "bad_goods", "forbidden", carol, day=3)

    assert listings_blocked() == [(12, noon(0), noon(7)), (12, noon(3), noon(10))]


def test_a_shop_is_restricted_beside_its_grade_and_the_steps_of_shopee_add_up(carol):
    shop = shop_under("shopee")
    decide(shop, "harassment", "grave", carol, day=0)
    assert held_privileges(shop).may_join_campaigns is False
    assert float(held_privileges(shop).search_weight) == 1.05

    decide(shop, "harassment", "grave", carol, day=1)
    assert float(held_privileges(shop).search_weight) == 0.8
    assert held_privileges(shop).may_list is True


def test_a_won_appeal_gives_points_and_privileges_back(carol, dave):
    shop = shop_under("shopee")
    first = decide(shop, "harassment", "grave", carol, day=0)

    withdraw_decision(first.pk, words=Statement("It was wrong.", "原决定有误。"), by=dave, at=noon(2))

    assert balance_of(shop.pk, "points", on(2), load_preset("shopee")) == 0
    assert held_privileges(shop).may_join_campaigns is True


def test_an_appeal_won_after_the_reset_takes_nothing_from_the_new_year(carol, dave):
    shop = shop_under("taobao")
    may, january = 0, 250  # 4 May 2026 and 9 January 2027
    first = decide(shop, "harassment", "serious", carol, day=may)
    decide(shop, "harassment", "ordinary", carol, day=january)

    withdraw_decision(first.pk, words=Statement("It was wrong.", "原决定有误。"), by=dave, at=noon(january + 1))

    rules = load_preset("taobao")
    assert balance_of(shop.pk, "A", on(january + 1), rules) == 2
    assert balance_of(shop.pk, "A", on(may + 1), rules) == 0


def test_a_fine_of_douyin_is_owed_and_counts_as_a_sanction(carol):
    shop = shop_under("douyin")
    decide(shop, "passive_service", "warned", carol, day=0)
    for day in (1, 2, 3):
        decide(shop, "passive_service", "fined", carol, day=day)

    assert [obligation.kind for obligation in Obligation.objects.all()] == ["fine"] * 3
    assert Penalty.objects.filter(kind="public_warning").count() == 1
    assert held_privileges(shop).may_join_campaigns is False  # the third sanction in 30 days
