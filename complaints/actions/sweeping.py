"""What time does to complaints: silence, deadlines, leases, decisions released or taken back, the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from complaints.actions.course import (
    audit,
    enter,
    let_go,
    lock_complaint,
    move,
    resume,
    save_step,
    tell_shop,
    tell_systems,
)
from complaints.actions.desk_clock import HOUR_SECONDS, DeskClock, policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.filing import is_party
from complaints.actions.hearing import end_access_at
from complaints.actions.settling import reopen, send_back, settle
from complaints.models import Complaint, ComplaintQuerySet, Entry
from governance.actions.appeals import appeal_right
from governance.models import Appeal, Decision, Remedy
from governance.policy.sections.redress import RedressRules
from shops.actions.protections import close_protection
from shops.models import Protection

MOST: Final = 1_000
"""Complaints of one kind of news that a sweep takes; the next sweep takes the rest."""

Step = Callable[[Complaint], bool]
"""Does to a locked complaint what is due, where it still is; True if it did."""


class Sweep:
    """One look at the clock. Each complaint moves in a transaction of its own, so a sweep can be stopped anywhere."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.redress: RedressRules = policy_at(at).rules().redress
        self.clock = DeskClock(self.redress, at)

    def run(self) -> dict[str, int]:
        """How many complaints had which news; settled decisions before deadlines, so that nobody is told too late."""
        at, open_ones = self.at, Complaint.objects.open()
        running = open_ones.filter(due_left_seconds=None, decision=None)
        over = Decision.objects.settled().filter(overrides__isnull=False)
        news: list[tuple[str, ComplaintQuerySet, Step]] = [
            ("settled", open_ones.filter(decision__effective_at__isnull=False), self._settle),
            ("sent_back", open_ones.filter(decision__review=Decision.Review.DISMISSED), self._send_back),
            ("followed", Complaint.objects.filter(decision__in=over.values("overrides"), erased_at=None), self._follow),
            (
                "shop_silent",
                Complaint.objects.filter(state=Complaint.State.AWAITING_SHOP, shop_due_at__lte=at),
                self._shop_silent,
            ),
            ("buyer_silent", open_ones.filter(buyer_due_at__lte=at), self._buyer_silent),
            ("returned", open_ones.filter(assigned_until__lte=at), self._return),
            (
                "taken_up",
                Complaint.objects.filter(
                    state=Complaint.State.RECEIVED,
                    decision=None,
                    filed_at__lte=self.clock.started_by(at, self.redress.refuse_within_hours * HOUR_SECONDS),
                ),
                self._take_up,
            ),
            ("overdue", running.filter(overdue_at=None, due_at__lte=at), self._overdue),
            ("escalated", running.filter(escalated_at=None, due_at__lte=self._soon()), self._escalate),
            ("closed", self._closable(), self._close),
        ]
        return {name: self._each(found, step) for name, found, step in news}

    def _each(self, found: ComplaintQuerySet, step: Step) -> int:
        done = 0
        for pk in list(found.order_by("pk").values_list("pk", flat=True)[:MOST]):
            with transaction.atomic():
                complaint = lock_complaint(pk)
                if step(complaint):
                    tell_systems([complaint], self.at)
                    done += 1
        return done

    def _settle(self, complaint: Complaint) -> bool:
        decision = complaint.decision
        if not complaint.is_open() or decision is None or decision.effective_at is None:
            return False
        settle(complaint, decision, at=self.at)
        return True

    def _send_back(self, complaint: Complaint) -> bool:
        decision = complaint.decision
        if not complaint.is_open() or decision is None or decision.review != Decision.Review.DISMISSED:
            return False
        send_back(complaint, self.redress, at=self.at)
        return True

    def _follow(self, complaint: Complaint) -> bool:
        """Open it again where its decision was taken back; where another took its place, that one is the answer."""
        later = Decision.objects.settled().filter(overrides=complaint.decision).select_related("policy").first()
        if later is None or complaint.state not in (Complaint.State.DECIDED, Complaint.State.CLOSED):
            return False
        if later.ends_another():
            reopen(complaint, self.redress, at=self.at)
            return True
        if complaint.state == Complaint.State.CLOSED:
            reopen(complaint, self.redress, at=self.at)
        settle(complaint, later, at=self.at)
        return True

    def _shop_silent(self, complaint: Complaint) -> bool:
        due_at = complaint.shop_due_at
        if complaint.state != Complaint.State.AWAITING_SHOP or due_at is None or self.at < due_at:
            return False
        move(complaint, Complaint.State.INVESTIGATING)
        resume(complaint, self.clock, self.at)
        save_step(complaint)
        enter(complaint, Entry.Kind.SHOP_SILENT, side=Entry.Side.SYSTEM, at=self.at)
        tell_shop(complaint, self.at, what="silent")
        audit(complaint, "shop_silent", by=None)
        return True

    def _buyer_silent(self, complaint: Complaint) -> bool:
        if not complaint.is_open() or complaint.buyer_due_at is None or self.at < complaint.buyer_due_at:
            return False
        complaint.buyer_due_at = None
        resume(complaint, self.clock, self.at)
        save_step(complaint)
        enter(complaint, Entry.Kind.BUYER_SILENT, side=Entry.Side.SYSTEM, at=self.at, audience=Entry.Audience.BUYER)
        audit(complaint, "buyer_silent", by=None)
        return True

    def _return(self, complaint: Complaint) -> bool:
        if complaint.assigned_until is None or complaint.is_held_at(self.at):
            return False
        let_go(complaint)
        complaint.save(update_fields=["assigned_to", "assigned_until"])
        enter(complaint, Entry.Kind.RETURNED, side=Entry.Side.SYSTEM, at=self.at, audience=Entry.Audience.STAFF)
        return True

    def _take_up(self, complaint: Complaint) -> bool:
        if complaint.state != Complaint.State.RECEIVED:
            return False
        move(complaint, Complaint.State.INVESTIGATING)
        save_step(complaint)
        enter(complaint, Entry.Kind.TAKEN_UP, side=Entry.Side.SYSTEM, at=self.at)
        return True

    def _overdue(self, complaint: Complaint) -> bool:
        if not self._runs(complaint) or complaint.overdue_at is not None or self.at < complaint.due_at:
            return False
        complaint.overdue_at = self.at
        complaint.escalated_at = complaint.escalated_at or self.at
        save_step(complaint)
        enter(complaint, Entry.Kind.OVERDUE, side=Entry.Side.SYSTEM, at=self.at, audience=Entry.Audience.BUYER)
        audit(complaint, "complaint_overdue", by=None)
        return True

    def _escalate(self, complaint: Complaint) -> bool:
        if not self._runs(complaint) or complaint.escalated_at is not None or self._soon() < complaint.due_at:
            return False
        complaint.escalated_at = self.at
        save_step(complaint)
        enter(complaint, Entry.Kind.ESCALATED, side=Entry.Side.SYSTEM, at=self.at, audience=Entry.Audience.BUYER)
        return True

    def _close(self, complaint: Complaint) -> bool:
        """Close it once neither side can appeal any more and nothing is owed; until then the buyer stays protected."""
        if complaint.state != Complaint.State.DECIDED or complaint.decision is None:
            return False
        parties = ["shop", *(["buyer"] if is_party(complaint) else [])]
        for who in parties:
            reference = complaint.code if who == "buyer" else ""
            if appeal_right(complaint.decision, who, at=self.at, complaint=reference).may:
                return False
        move(complaint, Complaint.State.CLOSED)
        complaint.closed_at = self.at
        complaint.access_ends_at = end_access_at(self.at)
        save_step(complaint)
        close_protection(source=Protection.Source.COMPLAINT, reference=complaint.code, at=self.at)
        enter(complaint, Entry.Kind.CLOSED, side=Entry.Side.SYSTEM, at=self.at, audience=Entry.Audience.BUYER)
        audit(complaint, "close_complaint", by=None)
        return True

    def _closable(self) -> ComplaintQuerySet:
        """Decided ones without open remedy or appeal whose time to appeal may be over; each is looked at again."""
        over = Q()
        for kind in (Decision.Kind.VIOLATION, Decision.Kind.NO_VIOLATION):
            rights = [self.redress.right_of(who, kind) for who in ("buyer", "shop")]
            days = max(right.within_days if right is not None else 0 for right in rights)
            over |= Q(decision__kind=kind, decided_at__lte=self.at - timedelta(days=days))
        return Complaint.objects.filter(
            over,
            ~Exists(Remedy.objects.open().filter(complaint=OuterRef("code"))),
            ~Exists(Appeal.objects.open().filter(decision=OuterRef("decision"))),
            state=Complaint.State.DECIDED,
        )

    def _runs(self, complaint: Complaint) -> bool:
        return complaint.is_open() and complaint.due_left_seconds is None and complaint.decision_id is None

    def _soon(self) -> datetime:
        """Deadlines up to this instant are near enough for the complaint to go up in the queue."""
        return self.clock.due_at(self.at, self.redress.escalate_before_hours * HOUR_SECONDS)


def sweep_complaints(at: datetime) -> dict[str, int]:
    """What became due by `at`, how many complaints of each kind of news. Safe to run twice, and beside another sweep.

    Without a policy in force there are no deadlines, and nothing is done.
    """
    try:
        sweep = Sweep(at)
    except ComplaintError:
        return {}
    return sweep.run()
