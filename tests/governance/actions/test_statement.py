"""Statements of reasons: the fields of the DSA transparency database, and what shop and buyer read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from governance.actions.decide import decide as decide_about_agent
from governance.actions.decide_violation import RemedyOrder, decide_no_violation
from governance.actions.override_decision import withdraw_decision
from governance.actions.review_decision import release_decision
from governance.actions.statement import dsa_statement, mask, state_to_buyer, state_to_shop
from governance.models import Decision
from governance.policy.reasons import Statement
from shops.models import User
from tests.builders import ANN, make_policy, on
from tests.governance.actions.judging import consequences
from tests.governance.actions.violating import (
    RULING,
    clause,
    decide,
    ladder,
    make_granted_shop,
    make_staff,
    make_violation_policy,
    noon,
    penalty,
)

pytestmark = pytest.mark.django_db
DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
FACTS = Statement(
    "Ann told bo-17 to write to bo@example.com or +86 138 0013 8000 on 2026-05-04, order 20260504.",
    "Ann 让买家bo-17改发邮件。",
)


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


def violate(carol: User, *penalties: dict[str, Any], fine: bool = False, **ruling: Any) -> Decision:
    """A violation of 6 points whose node brings these penalties."""
    rule = clause(category="STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS")
    if fine:
        rule["gravities"][1] |= {"fine": {"amount": 300, "currency": "CNY", "due_days": 15}}
    make_violation_policy(
        rule, ladders=[ladder(nodes=[{"at": 6, "penalties": list(penalties) or [penalty(keyword_limit=10)]}])]
    )
    shop = make_granted_shop()
    return decide(shop, "serious", carol, agent=shop.agents.get(code=ANN), ruling=replace(RULING, **ruling))


def test_it_fills_the_fields_of_the_database(carol: User) -> None:
    decision = violate(
        carol,
        penalty(7, may_join_campaigns=False),
        penalty(14, search_weight=0.5),
        fine=True,
        matter="C-1",
        automated_detection=True,
    )

    told = dsa_statement(decision, ground_url="https://market.example/policy/1/")

    assert told["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DEMOTED"]
    assert told["end_date_visibility_restriction"] == "2026-05-18"
    assert (told["decision_provision"], told["end_date_service_restriction"]) == (
        "DECISION_PROVISION_PARTIAL_SUSPENSION",
        "2026-05-11",
    )
    assert (told["decision_monetary"], told["decision_monetary_other"]) == (
        "DECISION_MONETARY_OTHER",
        "a fine of 300.00 CNY",
    )
    assert told["decision_account"] is None
    assert told["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert told["decision_ground_reference_url"] == "https://market.example/policy/1/"
    assert str(told["incompatible_content_ground"]).startswith("Muting buyers (muting), version 1 of the policy")
    assert told["incompatible_content_explanation"] == "A shop does not mute buyers."
    assert told["category"] == "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    assert (told["content_date"], told["application_date"]) == ("2026-05-04", "2026-05-04")
    assert (told["source_type"], told["puid"]) == ("SOURCE_TYPE_OTHER_NOTIFICATION", decision.code)
    assert (told["automated_detection"], told["automated_decision"]) == ("Yes", "AUTOMATED_DECISION_NOT_AUTOMATED")


@pytest.mark.parametrize(
    ("days", "account"), [(None, "DECISION_ACCOUNT_TERMINATED"), (30, "DECISION_ACCOUNT_SUSPENDED")]
)
def test_a_closure_ends_or_suspends_the_account(carol: User, days: int | None, account: str) -> None:
    held = violate(carol, penalty(days, kind="closure", held=True, may_list=False))
    decision = release_decision(held.pk, by=make_staff("dave"), at=noon(1), reason="Clear.")

    told = dsa_statement(decision)

    assert told["decision_account"] == account
    assert told["end_date_account_restriction"] == (None if days is None else "2026-06-04")


def test_a_public_warning_is_a_label(carol: User) -> None:
    told = dsa_statement(violate(carol, penalty(7, kind="public_warning")))

    assert told["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_LABELLED"]


def test_off_duty_suspends_a_part_of_the_service_until_it_ends(carol: User) -> None:
    make_policy(measures_window_days=3, agents={"consequences": consequences()})
    ann = make_granted_shop().agents.get(code=ANN)
    words = Statement("Ann insulted three buyers.", "辱骂三位买家。")
    held = decide_about_agent(
        ann, clause="off_duty", facts_first_on=on(0), facts_last_on=on(0), words=words, by=carol, at=noon()
    )
    decision = release_decision(held.pk, by=make_staff("dave"), at=noon(1), reason="Clear.")

    told = dsa_statement(decision)

    assert (told["decision_provision"], told["end_date_service_restriction"]) == (
        "DECISION_PROVISION_PARTIAL_SUSPENSION",
        "2026-05-12",
    )
    assert told["category"] == "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"
    assert str(told["incompatible_content_ground"]).startswith("Off duty (off_duty), version 1")
    assert "[removed] insulted three buyers." in str(told["decision_facts"])


def test_what_restricts_nothing_or_was_taken_back_has_nothing_to_send(carol: User) -> None:
    decision = violate(carol, penalty(7, may_list=False))
    innocent = decide_no_violation(decision.shop, occurred_on=on(0), ruling=RULING, by=carol, at=noon())
    withdraw_decision(decision.pk, words=Statement("Wrong.", "有误。"), by=carol, at=noon(1))

    for each in (decision, innocent):
        assert [dsa_statement(each)[name] for name in DECISIONS] == [None] * 4


def test_no_personal_data_leaves(carol: User) -> None:
    order = RemedyOrder("answer", "C-1", "bo-17")
    decision = violate(carol, facts=FACTS, remedies=(order,))

    assert dsa_statement(decision)["decision_facts"] == (
        "[removed] told [removed] to write to [removed] or [removed] on 2026-05-04, order [removed]."
    )


def test_facts_are_no_longer_than_the_database_takes(carol: User) -> None:
    # Masking makes a short id longer, so that it must come before the cut.
    order = RemedyOrder("answer", "C-1", "bo")
    decision = violate(carol, facts=Statement("bo " * 1_600, "买家"), remedies=(order,))

    assert len(str(dsa_statement(decision)["decision_facts"])) == 5_000


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("bo and bob and Bo.", "[removed] and bob and [removed]."),
        ("买家bo说", "买家[removed]说"),
        ("from 2026-05-04 to 2026-06-04, 300 CNY", "from 2026-05-04 to 2026-06-04, 300 CNY"),
        ("13800138000", "[removed]"),
    ],
)
def test_only_what_stands_alone_is_masked(text: str, masked: str) -> None:
    assert mask(text, ["bo", ""]) == masked


def test_the_shop_reads_every_penalty_what_it_owes_and_until_when_it_may_appeal(carol: User) -> None:
    told = state_to_shop(violate(carol, penalty(7, may_list=False), fine=True))

    assert "Restricted. From 2026-05-04 12:00 to 2026-05-11 12:00." in told.en
    assert "A fine of 300.00 CNY by 2026-05-19." in told.en
    assert "You may appeal before 2026-05-12 00:00" in told.en
    assert "罚款 300.00 CNY，须于 2026-05-19 前完成。" in told.zh_hans
    assert "您可在 2026-05-12 00:00" in told.zh_hans


def test_a_buyer_reads_what_was_found_and_only_the_own_remedy(carol: User) -> None:
    orders = (RemedyOrder("answer", "C-1", "bo-17", due_at=noon(3)), RemedyOrder("apology", "C-2", "cy-18"))
    told = state_to_buyer(violate(carol, facts=FACTS, remedies=orders, private_note="Watch them."), complaint="C-1")

    assert "The shop answers you, by 2026-05-07." in told.en
    assert "店铺将回复您，不晚于 2026-05-07。" in told.zh_hans
    for hidden in ("apologises", "Ann", "bo-17", "cy-18", "Watch them"):
        assert hidden not in told.en + told.zh_hans


def test_a_buyer_without_a_finding_reads_how_to_appeal_and_where_else_to_turn(carol: User) -> None:
    make_violation_policy()
    innocent = decide_no_violation(make_granted_shop(), occurred_on=on(0), ruling=RULING, by=carol, at=noon())

    told = state_to_buyer(innocent, complaint="C-1")

    assert "No violation was found." in told.en
    assert "You may appeal before 2026-05-12 00:00" in told.en
    assert "market regulator" in told.en
    assert "未认定违规。" in told.zh_hans
