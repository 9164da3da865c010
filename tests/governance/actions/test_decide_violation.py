"""A person finds that a shop broke a clause: points, nodes, penalties, privileges, and the gate before severe ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from governance.actions.decide_violation import RemedyOrder, decide_no_violation, decide_violation, preview_violation
from governance.actions.override_decision import withdraw_decision
from governance.actions.penalties import sweep_penalties
from governance.actions.points import balances_of
from governance.actions.review_decision import DecisionError, dismiss_decision, release_decision
from governance.models import Decision, Obligation, Penalty, PointEntry, Policy, Remedy
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Event, Notice, PrivilegesChange, Shop, User
from tests.builders import at, make_shop, on
from tests.governance.actions.violating import (
    RULING,
    clause,
    decide,
    held_privileges,
    ladder,
    make_granted_shop,
    make_staff,
    make_violation_policy,
    noon,
    penalty,
)

pytestmark = pytest.mark.django_db
WORDS = Statement("It was wrong.", "原决定有误。")


@pytest.fixture
def policy() -> Policy:
    return make_violation_policy()


@pytest.fixture
def shop(policy: Policy) -> Shop:
    return make_granted_shop()


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


def balance(shop: Shop, policy: Policy, day: int = 0) -> int:
    return balances_of([shop.pk], on(day), policy.rules()).get(shop.pk, {}).get("A", 0)


def test_points_below_the_first_node_restrict_nothing(shop: Shop, policy: Policy, carol: User) -> None:
    decision = decide(shop, "minor", carol)

    assert balance(shop, policy) == 3
    assert not Penalty.objects.exists()
    assert held_privileges(shop).may_join_campaigns is True
    assert decision.effective_at == noon()
    assert "It brings 3 points (Class A), which makes 3 in force." in decision.reasons_en
    assert "计 3 分" in decision.reasons_zh_hans


def test_the_node_that_the_points_reach_brings_its_penalty_and_reduces_privileges(shop: Shop, carol: User) -> None:
    decide(shop, "minor", carol)
    second = decide(shop, "minor", carol, day=1)

    restriction = Penalty.objects.get()
    assert (restriction.decision, restriction.node) == (second, 6)
    assert (restriction.starts_at, restriction.ends_at) == (noon(1), noon(8))
    assert held_privileges(shop).may_join_campaigns is False
    assert held_privileges(shop).base_may_join_campaigns is True
    change = PrivilegesChange.objects.latest("pk")
    assert (change.taken, change.cause) == (["may_join_campaigns"], second.code)
    types = list(Event.objects.order_by("position").values_list("type", flat=True))[-3:]
    assert types == ["decision.taken", "penalty.changed", "privileges.changed"]


def test_penalties_end_by_the_clock_once(shop: Shop, carol: User) -> None:
    decide(shop, "serious", carol)

    assert sweep_penalties(noon(7) - timedelta(seconds=1)) == {"begun": 0, "over": 0}
    assert held_privileges(shop).may_join_campaigns is False
    assert sweep_penalties(noon(7)) == {"begun": 0, "over": 1}
    assert held_privileges(shop).may_join_campaigns is True
    assert sweep_penalties(noon(8)) == {"begun": 0, "over": 0}
    assert Notice.objects.filter(kind="penalty").count() == 1


def test_what_a_severe_penalty_would_follow_from_is_held_without_points(
    shop: Shop, policy: Policy, carol: User
) -> None:
    decision = decide(shop, "extreme", carol)

    assert decision.waits()
    assert (balance(shop, policy), Penalty.objects.count()) == (0, 0)
    sweep_penalties(noon(60))  # time alone releases nothing
    assert held_privileges(shop).may_list is True


def test_a_second_person_releases_it_and_its_days_count_from_then(shop: Shop, policy: Policy, carol: User) -> None:
    decision = decide(shop, "extreme", carol)
    with pytest.raises(DecisionError, match="A second person"):
        release_decision(decision.pk, by=carol, at=noon(3), reason="Fine.")

    release_decision(decision.pk, by=make_staff("dave"), at=noon(3), reason="Checked.")

    assert balance(shop, policy, day=3) == 24
    assert Penalty.objects.get().ends_at == noon(33)
    assert held_privileges(shop).may_list is False


def test_a_dismissed_one_leaves_nothing(shop: Shop, policy: Policy, carol: User) -> None:
    decision = decide(shop, "extreme", carol)

    dismiss_decision(decision.pk, by=make_staff("dave"), at=noon(1), reason="No proof.")

    assert balance(shop, policy, day=1) == 0


def test_a_withdrawn_decision_leaves_privileges_and_points_as_if_it_had_never_been(
    shop: Shop, policy: Policy, carol: User
) -> None:
    decision = decide(shop, "serious", carol)

    ending = withdraw_decision(decision.pk, words=WORDS, by=carol, at=noon(2))

    restriction = Penalty.objects.get()
    assert (restriction.reversed_at, restriction.reversed_by) == (noon(2), ending)
    assert balance(shop, policy, day=2) == 0
    assert list(PointEntry.objects.order_by("pk").values_list("points", "fell_on")) == [(6, on(0)), (-6, on(0))]
    assert held_privileges(shop).may_join_campaigns is True
    with pytest.raises(DecisionError):
        withdraw_decision(decision.pk, words=WORDS, by=carol, at=noon(3))


def test_without_the_first_violation_the_second_reached_no_node(shop: Shop, carol: User) -> None:
    first = decide(shop, "minor", carol)
    second = decide(shop, "minor", carol, day=1)
    assert Penalty.objects.get().decision == second

    withdraw_decision(first.pk, words=WORDS, by=carol, at=noon(2))

    assert Penalty.objects.get().reversed_at == noon(2)
    assert held_privileges(shop).may_join_campaigns is True


def test_a_lower_node_takes_the_place_of_the_one_that_was_reached_too_much(shop: Shop, carol: User) -> None:
    first = decide(shop, "serious", carol)  # 6: no campaigns until day 7
    decide(shop, "serious", carol, day=1)  # 12: ten keywords until day 15
    assert held_privileges(shop).keyword_limit == 10

    withdraw_decision(first.pk, words=WORDS, by=carol, at=noon(2))

    lower = Penalty.objects.standing().get()  # 6: no campaigns, from day 1 on
    assert (lower.node, lower.starts_at, lower.ends_at) == (6, noon(1), noon(8))
    assert (held_privileges(shop).keyword_limit, held_privileges(shop).may_join_campaigns) == (100, False)


def test_a_severe_node_that_only_a_withdrawal_makes_reached_waits_for_a_person(carol: User) -> None:
    severe_first = [
        {"at": 6, "penalties": [penalty(30, held=True, may_list=False)]},
        {"at": 12, "penalties": [penalty(7, keyword_limit=10)]},
    ]
    make_violation_policy(ladders=[ladder(nodes=severe_first)])
    shop, dave = make_granted_shop(), make_staff("dave")
    first = decide(shop, "serious", carol)
    release_decision(first.pk, by=dave, at=noon(1), reason="Checked.")
    decide(shop, "serious", carol, day=2)  # 12: mild, so nobody released it

    withdraw_decision(first.pk, words=WORDS, by=carol, at=noon(3))

    assert Penalty.objects.standing().get().held_at == noon(3)
    assert held_privileges(shop).may_list is True


def test_a_replaced_decision_counts_no_more(shop: Shop, policy: Policy, carol: User) -> None:
    first = decide(shop, "serious", carol)

    second = decide(shop, "minor", carol, day=1, replaces=first)

    assert second.overrides == first
    assert balance(shop, policy, day=1) == 3
    assert held_privileges(shop).may_join_campaigns is True
    assert f"takes the place of {first.code}" in second.reasons_en


def test_on_a_ladder_that_extends_a_second_node_begins_when_the_first_is_over(carol: User) -> None:
    make_violation_policy(ladders=[ladder(while_running="extend")])
    shop = make_granted_shop()
    decide(shop, "serious", carol)

    decide(shop, "serious", carol, day=3)

    later = Penalty.objects.get(node=12)
    assert (later.starts_at, later.ends_at) == (noon(7), noon(21))
    assert held_privileges(shop).keyword_limit == 100
    assert sweep_penalties(noon(7)) == {"begun": 1, "over": 1}
    assert (held_privileges(shop).keyword_limit, held_privileges(shop).may_join_campaigns) == (10, True)


def test_what_waited_for_a_reversed_penalty_begins_at_once(carol: User) -> None:
    make_violation_policy(clause(), clause("spam"), ladders=[ladder(while_running="extend", crossed_at_once="highest")])
    shop = make_granted_shop()
    first = decide(shop, "grave", carol)  # 12: until day 14
    decide(shop, "grave", carol, day=1, clause="spam")  # 24 would be held
    second = Decision.objects.latest("pk")
    release_decision(second.pk, by=make_staff("dave"), at=noon(2), reason="Checked.")
    assert Penalty.objects.get(node=24).starts_at == noon(14)

    withdraw_decision(first.pk, words=WORDS, by=carol, at=noon(3))

    standing = Penalty.objects.standing().get()  # 12 again instead of 24
    assert standing.node == 12


def test_restrictions_that_need_correction_last_until_it_was_made(carol: User) -> None:
    make_violation_policy(ladders=[ladder(needs_correction=True)])
    shop = make_granted_shop()
    decide(shop, "serious", carol)

    assert sweep_penalties(noon(8)) == {"begun": 0, "over": 0}
    assert held_privileges(shop).may_join_campaigns is False
    assert Obligation.objects.get().kind == "correction"


def test_a_first_offence_brings_fewer_points(carol: User, policy: Policy) -> None:
    policy = make_violation_policy(clause(first_offence={"within_days": 365, "points": 1}))
    shop = make_granted_shop()

    decide(shop, "serious", carol)
    assert balance(shop, policy) == 1
    decide(shop, "serious", carol, day=1)
    assert balance(shop, policy, day=1) == 7


def test_training_stands_in_for_the_points_of_a_first_offence(carol: User) -> None:
    policy = make_violation_policy(clause(first_offence={"within_days": 365, "training_days": 10}))
    shop = make_granted_shop()

    decide(shop, "serious", carol)

    assert balance(shop, policy) == 0
    training = Obligation.objects.get()
    assert (training.kind, training.points, training.due_at) == ("training", 6, noon(10))


def test_a_fine_is_recorded_and_a_direct_penalty_imposed(carol: User) -> None:
    gravity = {
        "key": "once",
        "title": {"en": "Once", "zh-hans": "一次"},
        "ladder": "A",
        "points": 0,
        "penalties": [penalty(90, search_weight=0.5)],
        "fine": {"amount": 500, "currency": "CNY"},
    }
    make_violation_policy(clause(gravities=[gravity]))
    shop = make_granted_shop()

    decide(shop, "once", carol)

    assert Obligation.objects.get().amount == Decimal(500)
    assert held_privileges(shop).search_weight == Decimal("0.50")


def test_no_violation_gives_the_buyer_a_remedy_all_the_same(shop: Shop, carol: User) -> None:
    order = RemedyOrder("answer", "C-1", "buyer-1", due_at=noon(2))

    decision = decide_no_violation(
        shop, occurred_on=on(0), ruling=replace(RULING, remedies=[order], matter="C-1"), by=carol, at=noon()
    )

    assert Remedy.objects.get().decision == decision
    assert "No violation was found." in decision.reasons_en
    assert not PointEntry.objects.exists()
    assert AuditEntry.objects.filter(action="decide", target=f"decision {decision.code}").count() == 1


def test_a_preview_says_what_would_follow_and_decides_nothing(shop: Shop) -> None:
    preview = preview_violation(shop, clause="muting", gravity="extreme", occurred_on=on(0), at=noon())

    assert (preview.points, preview.balance_before, preview.balance_after, preview.is_held) == (24, 0, 24, True)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"clause": "other"}, 'no clause "other"'),
        ({"gravity": "huge"}, 'no gravity "huge"'),
        ({"occurred_on": on(5)}, "cannot lie in the future"),
        ({"ruling": replace(RULING, words=Statement("x", " "))}, "in both"),
        ({"ruling": replace(RULING, facts=Statement("x" * 5_001, "x"))}, "at most 5000"),
    ],
)
def test_what_cannot_be_decided_says_why(shop: Shop, carol: User, wrong: dict[str, object], said: str) -> None:
    asked = {"clause": "muting", "gravity": "minor", "occurred_on": on(0), "ruling": RULING} | wrong

    with pytest.raises(DecisionError, match=said):
        decide_violation(shop, **asked, by=carol, at=noon())
    assert not Decision.objects.exists()


def test_an_agent_of_another_shop_cannot_be_named(shop: Shop, carol: User) -> None:
    agent = make_shop("book-nook", agents=("bea",)).agents.get()

    with pytest.raises(DecisionError, match="another shop"):
        decide(shop, "minor", carol, agent=agent)
    assert at("12:00") == noon()
