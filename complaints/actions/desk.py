"""The desk: work is drawn with a lease, given back, assigned. Who holds a complaint alone may work on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.actions.course import (
    audit,
    check_held,
    enter,
    lease_of,
    let_go,
    lock_complaint,
    lock_complaints,
    renew_lease,
    written,
)
from complaints.actions.desk_clock import DeskClock, policy_at
from complaints.actions.errors import ComplaintError
from complaints.models import Complaint, Entry, Recusal
from governance.policy.sections.redress import RedressRules
from shops.models import User

TRIES: Final = 20
"""How many complaints that others took a moment before are passed over in one draw."""


def draw_complaint(*, by: User, at: datetime, kind: str | None = None) -> Complaint | None:
    """The most urgent complaint that is free, now held by `by` for a lease; None where there is none.

    Left out are those that `by` is recused from, and decided ones that wait for a second person's release.
    """
    redress = policy_at(at).rules().redress
    for _try in range(TRIES):
        with transaction.atomic():
            complaint = _most_urgent(by, at, kind)
            if complaint is None:
                return None
            if _lease(complaint, by, at, redress):
                return complaint
    return None


@transaction.atomic
def take_complaint(complaint_id: int, *, by: User, at: datetime) -> Complaint:
    """One complaint, held by `by` for a lease from now; who holds it already keeps it for longer.

    Raises ComplaintError where it waits for nobody at the desk, another holds it, or `by` is recused from it.
    """
    complaint = lock_complaint(complaint_id)
    _check_workable(complaint)
    if complaint.recusals.filter(user=by).exists():
        raise ComplaintError(_("You are recused from complaint %(code)s. Draw another.") % {"code": complaint.code})
    if not _lease(complaint, by, at, policy_at(at).rules().redress):
        raise ComplaintError(
            _("%(person)s works on complaint %(code)s. Draw another, or ask for it.")
            % {"person": complaint.assigned_to, "code": complaint.code}
        )
    return complaint


@transaction.atomic
def return_complaint(complaint_id: int, *, by: User, at: datetime) -> Complaint:
    """Give a complaint that `by` holds back to the queue. Raises ComplaintError where `by` does not hold it."""
    complaint = lock_complaint(complaint_id)
    check_held(complaint, by, at)
    let_go(complaint)
    complaint.save(update_fields=["assigned_to", "assigned_until"])
    enter(complaint, Entry.Kind.RETURNED, side=Entry.Side.STAFF, at=at, by=by, audience=Entry.Audience.STAFF)
    audit(complaint, "return_complaint", by=by)
    return complaint


@transaction.atomic
def recuse(complaint_id: int, *, reason: str, by: User, at: datetime) -> Complaint:
    """Note that `by` has an interest in a complaint and does not work on it; it goes back where `by` held it.

    Again changes nothing. Raises ComplaintError without a reason.
    """
    reason = written(reason, _("The reason"))
    complaint = lock_complaint(complaint_id)
    _recusal, is_new = Recusal.objects.get_or_create(
        complaint=complaint, user=by, defaults={"reason": reason, "at": at}
    )
    if not is_new:
        return complaint
    if complaint.assigned_to_id == by.pk:
        let_go(complaint)
        complaint.save(update_fields=["assigned_to", "assigned_until"])
    enter(complaint, Entry.Kind.RECUSED, side=Entry.Side.STAFF, at=at, by=by, audience=Entry.Audience.STAFF)
    audit(complaint, "recuse", by=by, detail={"reason": reason})
    return complaint


@transaction.atomic
def assign_complaints(ids: Sequence[int], *, to: User, by: User, at: datetime) -> int:
    """Give open complaints to a person for a day of the desk; how many were given.

    Passed over are those that are not open, that wait for a release, and that the person is recused from; who held one
    before does not hold it any more. Raises ComplaintError for an unknown id or a person who is not active staff.
    """
    if not to.is_active or not to.is_staff:
        raise ComplaintError(_("%(person)s does not work at the desk. Choose one of the staff.") % {"person": to})
    clock = DeskClock(policy_at(at).rules().redress, at)
    until = clock.due_at(at, clock.day_seconds)
    recused = set(Recusal.objects.filter(user=to, complaint__in=list(ids)).values_list("complaint_id", flat=True))
    given = 0
    for complaint in lock_complaints(ids):
        if not complaint.is_open() or complaint.decision_id is not None or complaint.pk in recused:
            continue
        complaint.assigned_to, complaint.assigned_until = to, until
        complaint.save(update_fields=["assigned_to", "assigned_until"])
        enter(
            complaint,
            Entry.Kind.ASSIGNED,
            side=Entry.Side.STAFF,
            at=at,
            by=by,
            text=str(to),
            audience=Entry.Audience.STAFF,
        )
        audit(complaint, "assign_complaint", by=by, detail={"to": to.get_username()})
        given += 1
    return given


@transaction.atomic
def add_note(complaint_id: int, *, text: str, by: User, at: datetime) -> Complaint:
    """Add words that only staff read; whoever holds the complaint keeps it for another lease.

    Raises ComplaintError for blank words.
    """
    text = written(text, _("The note"))
    complaint = lock_complaint(complaint_id)
    enter(complaint, Entry.Kind.NOTE, side=Entry.Side.STAFF, at=at, by=by, text=text, audience=Entry.Audience.STAFF)
    renew_lease(complaint, policy_at(at).rules().redress, by, at)
    audit(complaint, "add_note", by=by)
    return complaint


def _most_urgent(by: User, at: datetime, kind: str | None) -> Complaint | None:
    """The first of the queue that may be drawn, locked; rows that another draw has locked are passed over."""
    waiting = Complaint.objects.at_desk().free_at(at).filter(decision=None)
    if kind is not None:
        waiting = waiting.filter(kind=kind)
    free = waiting.exclude(pk__in=Recusal.objects.filter(user=by).values("complaint"))
    return free.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("shop", "agent").first()


def _lease(complaint: Complaint, by: User, at: datetime, redress: RedressRules) -> bool:
    """Hold it for a lease unless another does; the condition is part of the statement, so only one of two can."""
    until = at + lease_of(redress)
    was_mine = complaint.assigned_to_id == by.pk and complaint.is_held_at(at)
    if was_mine and complaint.assigned_until is not None:
        until = max(until, complaint.assigned_until)  # What was assigned for a day is not shortened to a lease.
    free = Q(assigned_until=None) | Q(assigned_until__lte=at) | Q(assigned_to=by)
    rows = Complaint.objects.filter(free, pk=complaint.pk, state__in=Complaint.AT_DESK, decision=None)
    if not rows.update(assigned_to=by, assigned_until=until):
        return False
    complaint.assigned_to, complaint.assigned_until = by, until
    if not was_mine:
        enter(complaint, Entry.Kind.DRAWN, side=Entry.Side.STAFF, at=at, by=by, audience=Entry.Audience.STAFF)
        audit(complaint, "draw_complaint", by=by)
    return True


def _check_workable(complaint: Complaint) -> None:
    if complaint.decision_id is not None and complaint.is_open():
        raise ComplaintError(
            _("Complaint %(code)s is decided and waits for a second person's release.") % {"code": complaint.code}
        )
    if complaint.state not in Complaint.AT_DESK:
        raise ComplaintError(
            _('Complaint %(code)s is "%(state)s" and does not wait for the desk. Draw another.')
            % {"code": complaint.code, "state": complaint.get_state_display()}
        )
