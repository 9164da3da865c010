"""Appeals in the same moment as something else, on PostgreSQL with real connections: each has one right outcome."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from governance.actions.appeals import AppealError, decide_appeal, draw_appeal, file_appeal
from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.override_decision import withdraw_decision
from governance.actions.penalties import sweep_penalties
from governance.models import Appeal, Decision, Penalty, PointEntry
from governance.policy.reasons import Statement
from shops.models import Event, Notice, Privileges, Shop, User
from tests.builders import BOOKS, on
from tests.governance.actions.test_judge_agents_races import run_at_once
from tests.governance.actions.violating import (
    BASE,
    decide,
    held_privileges,
    make_granted_shop,
    make_staff,
    make_violation_policy,
    noon,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]
ANSWER = Statement("It was no refund.", "与退款无关。")
LAST_SECOND = datetime(2026, 5, 11, 15, 59, 59, tzinfo=UTC)
"""A second before midnight in Shanghai, when seven whole days are over."""


@pytest.fixture
def shop() -> Shop:
    make_violation_policy()
    return make_granted_shop()


@pytest.fixture
def staff() -> list[User]:
    return [make_staff(name) for name in ("carol", "dave", "erin")]


def kinds(results: list[object]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def is_gapless() -> bool:
    positions = list(Event.objects.order_by("position").values_list("position", flat=True))
    return positions == list(range(positions[0], positions[0] + len(positions)))


def test_two_of_the_shop_appeal_in_the_last_second_and_one_does(shop: Shop, staff: list[User]) -> None:
    decision = decide(shop, "serious", staff[0])

    results = run_at_once(
        *(lambda: file_appeal(decision, who="shop", text="No.", at=LAST_SECOND) for _ in range(2)),
        lambda: file_appeal(decision, who="shop", text="No.", at=LAST_SECOND + timedelta(seconds=1)),
    )

    assert kinds(results) == ["Appeal", "AppealError", "AppealError"]
    assert Appeal.objects.get().filed_at == LAST_SECOND
    assert Notice.objects.filter(kind="appeal").count() == 1
    assert is_gapless()


def test_an_appeal_while_the_decision_is_withdrawn_is_too_late_or_finds_it_withdrawn(
    shop: Shop, staff: list[User]
) -> None:
    decision = decide(shop, "serious", staff[0])

    filed, withdrawn = run_at_once(
        lambda: file_appeal(decision, who="shop", text="No.", at=noon(1)),
        lambda: withdraw_decision(decision.pk, words=ANSWER, by=staff[0], at=noon(1)),
    )

    assert isinstance(withdrawn, Decision)
    assert isinstance(filed, Appeal | AppealError)
    assert Penalty.objects.standing().count() == 0
    assert held_privileges(shop).may_join_campaigns is True
    if isinstance(filed, Appeal):
        assert decide_appeal(filed.pk, accept=True, answer=ANSWER, by=staff[1], at=noon(2)).outcome == withdrawn


def test_of_two_reviewers_who_answer_at_once_one_does(shop: Shop, staff: list[User]) -> None:
    carol, dave, erin = staff
    appeal = file_appeal(decide(shop, "grave", carol), who="shop", text="No.", at=noon(1))

    results = run_at_once(
        lambda: decide_appeal(appeal.pk, accept=True, answer=ANSWER, by=dave, at=noon(2)),
        lambda: decide_appeal(appeal.pk, accept=False, answer=ANSWER, by=erin, at=noon(2)),
    )

    assert kinds(results) == ["Appeal", "AppealError"]
    appeal.refresh_from_db()
    is_accepted = appeal.state == "accepted"
    assert Decision.objects.filter(kind="withdrawal").count() == int(is_accepted)
    assert PointEntry.objects.filter(kind="reversed").count() == int(is_accepted)
    assert held_privileges(shop).keyword_limit == (100 if is_accepted else 10)
    assert Notice.objects.filter(kind="appeal").count() == 2  # filed, and answered once
    assert is_gapless()


def test_two_who_draw_at_once_never_have_the_same(shop: Shop, staff: list[User]) -> None:
    carol, dave, erin = staff
    for _ in range(2):
        file_appeal(decide(shop, "minor", carol), who="shop", text="No.", at=noon(1))

    drawn = run_at_once(lambda: draw_appeal(None, by=dave, at=noon(1)), lambda: draw_appeal(None, by=erin, at=noon(1)))

    assert len({appeal.pk for appeal in drawn if isinstance(appeal, Appeal)}) == 2


def test_a_penalty_that_ends_while_it_is_reversed_is_told_each_once(shop: Shop, staff: list[User]) -> None:
    carol, dave, _ = staff
    decision = decide(shop, "grave", carol)  # fewer keywords for 14 days
    appeal = file_appeal(decision, who="shop", text="No.", at=noon(1))

    swept, again, answered = run_at_once(
        lambda: sweep_penalties(noon(14)),
        lambda: sweep_penalties(noon(14)),
        lambda: decide_appeal(appeal.pk, accept=True, answer=ANSWER, by=dave, at=noon(14)),
    )

    assert isinstance(answered, Appeal), answered
    assert isinstance(swept, dict), swept
    assert isinstance(again, dict), again
    assert swept["over"] + again["over"] <= 1
    penalty = Penalty.objects.get()
    assert penalty.reversed_by == answered.outcome
    assert [lost["days"] for lost in answered.cannot_be_undone] == [14.0]
    assert held_privileges(shop).keyword_limit == 100
    changes = Counter(
        Event.objects.filter(type="penalty.changed").values_list("data__change", flat=True)  # type: ignore[arg-type]
    )
    assert changes["reversed"] == 1
    assert changes["over"] <= 1
    assert is_gapless()


def test_an_answer_and_a_night_that_grants_privileges_do_not_wait_for_each_other(shop: Shop, staff: list[User]) -> None:
    carol, dave, _ = staff
    books = make_granted_shop(BOOKS)
    appeal = file_appeal(decide(shop, "grave", carol), who="shop", text="No.", at=noon(1))
    lower = Grant("B", BASE.model_copy(update={"keyword_limit": 50}), "fallen", 1)

    results = run_at_once(
        lambda: decide_appeal(appeal.pk, accept=True, answer=ANSWER, by=dave, at=noon(2)),
        lambda: grant_privileges(on(1), {shop.pk: lower, books.pk: lower}, now=noon(2)),
    )

    assert kinds(results) == ["Appeal", "tuple"]
    assert set(Privileges.objects.values_list("keyword_limit", flat=True)) == {50}
    assert is_gapless()
