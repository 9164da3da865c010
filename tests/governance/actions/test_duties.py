"""What is owed after a decision: noted as done, waived, or followed up once when its time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance.actions.appeals import decide_appeal, file_appeal
from governance.actions.decide_violation import RemedyOrder
from governance.actions.duties import (
    DutyError,
    note_obligation_met,
    note_remedy_done,
    sweep_duties,
    waive_obligation,
)
from governance.actions.points import balances_of
from governance.models import Decision, Obligation, Penalty, PointEntry, Remedy
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Notice, Shop, User
from tests.builders import on
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
)

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)
NOTHING = {"remedies_escalated": 0, "obligations_missed": 0}


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


def with_remedy(carol: User) -> Remedy:
    make_violation_policy()
    order = RemedyOrder("answer", "C-1", "bo", due_at=noon(3))
    decide(make_granted_shop(), "minor", carol, ruling=replace(RULING, remedies=(order,)))
    return Remedy.objects.get()


def with_training(carol: User) -> Decision:
    make_violation_policy(clause(first_offence={"within_days": 90, "training_days": 7}))
    return decide(make_granted_shop(), "serious", carol)  # 6 points, or training within 7 days instead


def balance(shop: Shop, day: int) -> int:
    document = Decision.objects.earliest("pk").policy.rules()
    return balances_of([shop.pk], on(day), document).get(shop.pk, {}).get("A", 0)


def test_a_remedy_done_in_time_is_never_escalated(carol: User) -> None:
    remedy = with_remedy(carol)

    note_remedy_done(remedy.pk, note="Answered by phone.", by=carol, at=noon(2))

    remedy.refresh_from_db()
    assert (remedy.done_at, remedy.done_by, remedy.note) == (noon(2), carol, "Answered by phone.")
    assert AuditEntry.objects.get(action="note_remedy_done").detail == {"note": "Answered by phone."}
    assert sweep_duties(noon(4)) == NOTHING
    with pytest.raises(DutyError, match="not owed any more"):
        note_remedy_done(remedy.pk, note="Again.", by=carol, at=noon(2))


def test_an_overdue_remedy_is_escalated_once(carol: User) -> None:
    remedy = with_remedy(carol)

    assert sweep_duties(noon(3) - MOMENT) == NOTHING
    assert sweep_duties(noon(3)) == NOTHING | {"remedies_escalated": 1}
    assert sweep_duties(noon(4)) == NOTHING

    remedy.refresh_from_db()
    assert remedy.escalated_at == noon(3)
    assert remedy.is_open()
    told = Notice.objects.get(reference__contains=" remedy ")
    assert "an answer by 2026-05-07 20:00 (complaint C-1)" in told.text_en
    assert "bo" not in f"{told.text_en} {told.text_zh_hans}".split()


def test_training_that_was_missed_brings_its_points_once(carol: User) -> None:
    shop = with_training(carol).shop
    assert balance(shop, 1) == 0

    assert sweep_duties(noon(7) - MOMENT) == NOTHING
    assert sweep_duties(noon(7)) == NOTHING | {"obligations_missed": 1}
    assert sweep_duties(noon(8)) == NOTHING

    entry = PointEntry.objects.get()
    assert (entry.kind, entry.points, entry.fell_on) == ("missed_training", 6, on(7))
    assert balance(shop, 7) == 6
    assert held_privileges(shop).may_join_campaigns is False
    assert "6 points fall due instead" in Notice.objects.get(reference__endswith="missed").text_en


@pytest.mark.parametrize("settle", [note_obligation_met, waive_obligation])
def test_training_that_was_completed_or_waived_brings_none(settle, carol: User) -> None:  # type: ignore[no-untyped-def]
    with_training(carol)

    settle(Obligation.objects.get().pk, note="Certificate seen.", by=carol, at=noon(6))

    assert sweep_duties(noon(9)) == NOTHING
    assert not PointEntry.objects.exists()
    with pytest.raises(DutyError, match="not owed any more"):
        settle(Obligation.objects.get().pk, note="Again.", by=carol, at=noon(6))


def test_a_won_appeal_takes_back_points_of_missed_training_and_what_is_still_owed(carol: User) -> None:
    decision = with_training(carol)
    appeal = file_appeal(decision, who="shop", text="We did it.", at=noon(1))
    sweep_duties(noon(7))

    decide_appeal(
        appeal.pk, accept=True, answer=Statement("So it was.", "情况属实。"), by=make_staff("dave"), at=noon(9)
    )

    assert balance(decision.shop, 9) == 0
    assert Penalty.objects.standing().count() == 0
    assert Obligation.objects.get().reversed_at == noon(9)


def test_a_fine_that_is_not_paid_is_told_once(carol: User) -> None:
    fined = clause()
    fined["gravities"][0] |= {"fine": {"amount": 300, "currency": "CNY", "due_days": 15}}
    make_violation_policy(fined)
    decide(make_granted_shop(), "minor", carol)

    assert sweep_duties(noon(15)) == NOTHING | {"obligations_missed": 1}
    assert sweep_duties(noon(16)) == NOTHING

    fine = Obligation.objects.get()
    assert fine.is_open()
    note_obligation_met(fine.pk, note="Paid late.", by=carol, at=noon(17))
    assert PointEntry.objects.count() == 1  # those of the violation itself


def test_what_must_be_put_right_cannot_be_waived_and_lets_penalties_end(carol: User) -> None:
    make_violation_policy(ladders=[ladder(needs_correction=True)])
    decide(make_granted_shop(), "serious", carol)
    correction = Obligation.objects.get(kind="correction")

    with pytest.raises(DutyError, match="waits until things are put right"):
        waive_obligation(correction.pk, note="Never mind.", by=carol, at=noon(1))
    note_obligation_met(correction.pk, note="The rules were removed.", by=carol, at=noon(2))

    assert Penalty.objects.get().corrected_at == noon(2)


def test_a_note_says_something(carol: User) -> None:
    remedy = with_remedy(carol)

    with pytest.raises(DutyError, match="Write what was done"):
        note_remedy_done(remedy.pk, note=" ", by=carol, at=noon(2))


def test_nothing_overdue_costs_two_queries(carol: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with_remedy(carol)

    with django_assert_num_queries(2):
        sweep_duties(noon(1))
