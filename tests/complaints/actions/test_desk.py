"""The desk: who gets what, for how long, and who must not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.actions.desk import (
    add_note,
    assign_complaints,
    draw_complaint,
    recuse,
    return_complaint,
    take_complaint,
)
from complaints.actions.errors import ComplaintError
from complaints.actions.hearing import hear_shop
from complaints.models import Complaint
from shops.models import AuditEntry, User
from tests.builders import at
from tests.complaints.builders import FILED_AT, make_complaint, make_investigator

pytestmark = pytest.mark.django_db
LEASE = timedelta(minutes=30)


@pytest.fixture
def carol() -> User:
    return make_investigator()


@pytest.fixture
def dan() -> User:
    return make_investigator("dan")


def test_the_most_urgent_is_drawn_first(carol: User) -> None:
    usual = make_complaint()
    urgent = make_complaint(kind="attitude")  # priority 1 by the preset
    escalated = make_complaint(kind="brush_off")
    Complaint.objects.filter(pk=escalated.pk).update(escalated_at=FILED_AT)
    Complaint.objects.filter(pk=urgent.pk).update(priority=1)

    drawn = [draw_complaint(by=carol, at=FILED_AT) for _time in range(4)]

    assert [each.pk if each else None for each in drawn] == [escalated.pk, urgent.pk, usual.pk, None]
    assert AuditEntry.objects.filter(action="draw_complaint").count() == 3


def test_of_a_kind_only_that_kind_is_drawn(carol: User) -> None:
    make_complaint()

    assert draw_complaint(by=carol, at=FILED_AT, kind="goods") is None


def test_a_lease_ends_by_itself(carol: User, dan: User) -> None:
    complaint = make_complaint()
    draw_complaint(by=carol, at=FILED_AT)

    assert draw_complaint(by=dan, at=FILED_AT + LEASE - timedelta(seconds=1)) is None
    drawn = draw_complaint(by=dan, at=FILED_AT + LEASE)
    assert drawn is not None
    assert (drawn.pk, drawn.assigned_to) == (complaint.pk, dan)


def test_somebody_elses_complaint_is_not_taken(carol: User, dan: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=FILED_AT)

    with pytest.raises(ComplaintError, match="carol works on complaint"):
        take_complaint(complaint.pk, by=dan, at=FILED_AT)
    again = take_complaint(complaint.pk, by=carol, at=at("10:10"))
    assert again.assigned_until == at("10:40")
    assert complaint.entries.filter(kind="drawn").count() == 1


def test_a_complaint_that_the_shop_is_asked_about_waits_for_nobody(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=FILED_AT)
    hear_shop(complaint.pk, version=1, words="What happened?", by=carol, at=FILED_AT)

    with pytest.raises(ComplaintError, match="does not wait for the desk"):
        take_complaint(complaint.pk, by=carol, at=FILED_AT)


def test_returned_work_is_drawn_by_the_next(carol: User, dan: User) -> None:
    complaint = make_complaint()
    draw_complaint(by=carol, at=FILED_AT)

    with pytest.raises(ComplaintError, match="do not hold"):
        return_complaint(complaint.pk, by=dan, at=FILED_AT)
    return_complaint(complaint.pk, by=carol, at=FILED_AT)

    drawn = draw_complaint(by=dan, at=FILED_AT)
    assert drawn is not None
    assert drawn.pk == complaint.pk


def test_who_is_recused_gets_it_by_no_way(carol: User, dan: User) -> None:
    complaint = make_complaint()
    draw_complaint(by=carol, at=FILED_AT)

    recuse(complaint.pk, reason="My sister owns the shop.", by=carol, at=FILED_AT)
    recuse(complaint.pk, reason="Again.", by=carol, at=FILED_AT)

    assert complaint.recusals.get().reason == "My sister owns the shop."
    assert draw_complaint(by=carol, at=FILED_AT) is None
    with pytest.raises(ComplaintError, match="recused"):
        take_complaint(complaint.pk, by=carol, at=FILED_AT)
    assert assign_complaints([complaint.pk], to=carol, by=dan, at=FILED_AT) == 0
    assert draw_complaint(by=dan, at=FILED_AT) is not None


def test_assigned_work_stays_for_a_day_of_the_desk(carol: User, dan: User) -> None:
    one, two = make_complaint(), make_complaint(kind="goods")

    assert assign_complaints([one.pk, two.pk], to=carol, by=dan, at=FILED_AT) == 2

    one.refresh_from_db()
    assert (one.assigned_to, one.assigned_until) == (carol, at("10:00", 1))
    assert take_complaint(one.pk, by=carol, at=FILED_AT).assigned_until == at("10:00", 1)
    assert draw_complaint(by=dan, at=FILED_AT) is None


def test_work_is_assigned_to_staff_only(dan: User) -> None:
    owner = User.objects.create_user("owner")

    with pytest.raises(ComplaintError, match="does not work at the desk"):
        assign_complaints([make_complaint().pk], to=owner, by=dan, at=FILED_AT)
    with pytest.raises(ComplaintError, match="unknown"):
        assign_complaints([999_999], to=dan, by=dan, at=FILED_AT)


def test_a_note_is_for_staff_and_keeps_the_lease(carol: User) -> None:
    complaint = take_complaint(make_complaint().pk, by=carol, at=FILED_AT)

    add_note(complaint.pk, text="Looks like a rule.", by=carol, at=at("10:20"))

    complaint.refresh_from_db()
    assert complaint.assigned_until == at("10:50")
    assert complaint.version == 1
    assert not complaint.entries.for_buyer().filter(kind="note").exists()
    assert not complaint.entries.for_shop().filter(kind="note").exists()


def test_unknown_complaints_are_said_to_be_unknown(carol: User) -> None:
    make_complaint()
    with pytest.raises(ComplaintError, match="no such complaint"):
        take_complaint(999_999, by=carol, at=FILED_AT)


@pytest.mark.parametrize("waiting", [2, 10])
def test_a_draw_costs_the_same_however_many_wait(carol: User, waiting: int, django_assert_num_queries: Any) -> None:
    for number in range(waiting):
        make_complaint(buyer_id=f"b{number}")

    # The policy; a savepoint there and back; the first of the queue; the lease; its entry and its record.
    with django_assert_num_queries(7):
        assert draw_complaint(by=carol, at=FILED_AT) is not None
