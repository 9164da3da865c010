"""Privileges in words."""

from __future__ import annotations

from decimal import Decimal

from shops.models import Privileges
from shops.views.privileges import privilege_names, privileges_in_words


def test_each_privilege_is_a_sentence() -> None:
    privileges = Privileges(
        keyword_limit=1, blocked_buyer_limit=50, may_join_campaigns=True, search_weight=Decimal("1.10"), may_list=True
    )

    assert [told.sentence for told in privileges_in_words(privileges)] == [
        "May stop messages by up to 1 keyword rule",
        "May block up to 50 buyers",
        "May join campaigns",
        "Appears in search with weight 1.10",
        "May list goods",
    ]
    assert all(told.is_granted for told in privileges_in_words(privileges))


def test_what_a_shop_may_not_do_is_said_too() -> None:
    privileges = Privileges(
        keyword_limit=0, blocked_buyer_limit=0, may_join_campaigns=False, search_weight=Decimal("0.70"), may_list=False
    )

    assert [told.sentence for told in privileges_in_words(privileges)] == [
        "May not stop messages by keyword",
        "May not block buyers",
        "May not join campaigns",
        "Appears in search with weight 0.70",
        "May not list goods",
    ]
    assert not any(told.is_granted for told in privileges_in_words(privileges))


def test_a_shop_that_was_never_rated_has_none() -> None:
    assert privileges_in_words(None) == []


def test_privileges_are_named_as_people_know_them() -> None:
    assert privilege_names(["keyword_limit", "may_list", "of_another_time"]) == (
        "keyword limit, may list goods, of_another_time"
    )
