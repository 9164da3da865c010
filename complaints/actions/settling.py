"""What a decision, once it is in effect or taken back, does to the complaints that it was about."""

from __future__ import annotations

import hashlib
from datetime import datetime

from complaints.actions.course import enter, let_go, move, save_step, tell_shop
from complaints.actions.desk_clock import HOUR_SECONDS, DeskClock
from complaints.actions.filing import is_party
from complaints.models import BlindReview, Complaint, Entry, Recusal
from governance.models import Decision
from governance.policy.sections.redress import RedressRules
from shops.actions.protections import open_protection
from shops.models import Protection


def settle(complaint: Complaint, decision: Decision, *, at: datetime) -> None:
    """Let a locked complaint be decided by a decision in effect: the answer is its statement of reasons.

    Where no violation was found the outside routes are told too, and chance may draw it for a blind review.
    """
    if complaint.state == Complaint.State.RECEIVED:
        move(complaint, Complaint.State.INVESTIGATING)
    if complaint.state != Complaint.State.DECIDED:
        move(complaint, Complaint.State.DECIDED)
    found_nothing = decision.kind == Decision.Kind.NO_VIOLATION
    redress = decision.policy.rules().redress
    complaint.decision = decision
    complaint.decided_at = decision.effective_at or at
    complaint.outcome_en, complaint.outcome_zh_hans = decision.reasons_en, decision.reasons_zh_hans
    if found_nothing:
        complaint.outcome_en = _with_routes(complaint.outcome_en, redress.outside_routes.en)
        complaint.outcome_zh_hans = _with_routes(complaint.outcome_zh_hans, redress.outside_routes.zh_hans)
    complaint.buyer_due_at = None
    complaint.due_left_seconds = None
    let_go(complaint)
    save_step(complaint)
    enter(
        complaint,
        Entry.Kind.DECIDED,
        side=Entry.Side.STAFF,
        at=at,
        by=decision.decided_by,
        text=complaint.outcome_in(complaint.language),
        audience=Entry.Audience.BUYER,
    )
    if complaint.told_shop_at is not None:
        tell_shop(complaint, at, what="decided")
    if found_nothing and decision.decided_by is not None and is_drawn_for_review(complaint.code, redress.review_share):
        BlindReview.objects.get_or_create(
            complaint=complaint, defaults={"decided_by": decision.decided_by, "drawn_at": at}
        )


def send_back(complaint: Complaint, redress: RedressRules, *, at: datetime) -> None:
    """Give a locked complaint whose held decision a second person dismissed back to the desk."""
    resume_at = DeskClock(redress, at)
    code = complaint.decision.code if complaint.decision is not None else ""
    complaint.decision = None
    if complaint.due_left_seconds is not None:
        complaint.due_at = resume_at.due_at(at, complaint.due_left_seconds)
        complaint.due_left_seconds = None
    let_go(complaint)
    save_step(complaint)
    enter(complaint, Entry.Kind.RETURNED, side=Entry.Side.SYSTEM, at=at, text=code, audience=Entry.Audience.STAFF)


def reopen(complaint: Complaint, redress: RedressRules, *, at: datetime) -> None:
    """Open a locked complaint again since its decision was taken back: a whole deadline anew, for another person.

    The buyer is protected again, the link works again.
    """
    decision = complaint.decision
    move(complaint, Complaint.State.INVESTIGATING)
    hours = redress.complaint_rules(complaint.kind).decide_within_hours
    complaint.due_at = DeskClock(redress, at).due_at(at, hours * HOUR_SECONDS)
    complaint.decision = complaint.decided_at = complaint.closed_at = complaint.access_ends_at = None
    complaint.escalated_at = complaint.overdue_at = complaint.due_left_seconds = None
    complaint.outcome_en = complaint.outcome_zh_hans = ""
    complaint.is_refused = False
    let_go(complaint)
    save_step(complaint)
    enter(
        complaint,
        Entry.Kind.REOPENED,
        side=Entry.Side.SYSTEM,
        at=at,
        text=decision.code if decision is not None else "",
    )
    if decision is not None and decision.decided_by is not None:
        Recusal.objects.get_or_create(
            complaint=complaint,
            user=decision.decided_by,
            defaults={"reason": f"Took the decision {decision.code}, which was taken back.", "at": at},
        )
    if is_party(complaint) and complaint.buyer_id:
        open_protection(
            complaint.shop, complaint.buyer_id, source=Protection.Source.COMPLAINT, reference=complaint.code, at=at
        )
    if complaint.told_shop_at is not None:
        tell_shop(complaint, at, what="reopened")


def is_drawn_for_review(code: str, share: float) -> bool:
    """True for a share (0 to 1) of all references, by their hash: nobody can choose, a rerun says the same."""
    drawn = int.from_bytes(hashlib.sha256(f"review {code}".encode()).digest()[:4], "big")
    return drawn < share * 2**32


def _with_routes(text: str, routes: str) -> str:
    return text if routes in text else f"{text}\n{routes}"
