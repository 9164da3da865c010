"""What complaints hold about a buyer: exported for the buyer, erased at the buyer's wish or when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.actions.course import audit, enter, lock_complaint
from complaints.actions.desk_clock import policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import erase_contents
from complaints.models import BlindReview, Complaint, ComplaintQuerySet, Entry
from complaints.models.complaint import new_access_code
from governance.models import Appeal, Remedy
from shops.models import Shop, User

MOST: Final = 1_000
"""Complaints that one run of the retention takes; the next one takes the rest."""
OVER: Final = (Complaint.State.CLOSED, Complaint.State.WITHDRAWN)


def export_buyer(buyer_id: str, shop: Shop | None = None) -> dict[str, Any]:
    """All that complaints hold about a buyer, at one shop or at all, as plain values for JSON."""
    return {"buyer_id": buyer_id, "complaints": [_exported(each) for each in _complaints_of(buyer_id, shop)]}


def erase_complaints(buyer_id: str, *, by: User | None, at: datetime, shop: Shop | None = None) -> int:
    """Erase what is personal in a buyer's complaints, at one shop or at all; how many complaints.

    The texts, the contents of the evidence and the buyer's id go; the steps, the hashes, the decisions and what follows
    from them stay. Raises ComplaintError, and erases nothing, while one of them is not over: it could not be decided or
    appealed any more.
    """
    if not buyer_id:
        raise ComplaintError(_("Name the buyer whose data are to be erased."))
    with transaction.atomic():
        complaints = list(_complaints_of(buyer_id, shop))
        for complaint in complaints:
            if complaint.state not in OVER:
                raise ComplaintError(
                    _("Complaint %(code)s is not over: its data are needed until then. Erase them afterwards.")
                    % {"code": complaint.code}
                )
        return sum(_erase(complaint.pk, by=by, at=at) for complaint in complaints)


def retain_complaints(at: datetime) -> int:
    """Erase what is personal in complaints that ended as long ago as the policy keeps evidence; how many complaints.

    Each in a transaction of its own. Nothing where no policy is in force.
    """
    try:
        kept = timedelta(days=policy_at(at).rules().redress.evidence_kept_days)
    except ComplaintError:
        return 0
    old = Complaint.objects.filter(closed_at__lte=at - kept, erased_at=None, state__in=OVER).order_by("pk")
    done = 0
    for pk in list(old.values_list("pk", flat=True)[:MOST]):
        with transaction.atomic():
            done += _erase(pk, by=None, at=at)
    return done


def course_for_buyer(complaint: Complaint) -> list[dict[str, Any]]:
    """The steps that the complainant may read, oldest first."""
    return [
        {"at": entry.at.isoformat(), "what": entry.kind, "side": entry.side, "text": entry.text}
        for entry in complaint.entries.for_buyer()
    ]


def decision_of(complaint: Complaint) -> dict[str, Any] | None:
    """The decision in effect about a complaint, as everybody may read it; None before."""
    decision = complaint.decision
    if decision is None or decision.effective_at is None:
        return None
    return {
        "reference": decision.code,
        "kind": decision.kind,
        "clause": decision.clause,
        "gravity": decision.gravity,
        "policy_version": decision.policy.version,
        "effective_at": decision.effective_at.isoformat(),
        "facts": {"en": decision.facts_en, "zh-hans": decision.facts_zh_hans},
        "reasons": {"en": decision.reasons_en, "zh-hans": decision.reasons_zh_hans},
        "evidence": decision.evidence,
    }


def remedies_of(complaint: Complaint) -> list[dict[str, Any]]:
    """What the complainant is to get."""
    return [
        {
            "kind": remedy.kind,
            "amount": str(remedy.amount) if remedy.amount is not None else None,
            "currency": remedy.currency,
            "due_at": _iso(remedy.due_at),
            "done_at": _iso(remedy.done_at),
            "reversed_at": _iso(remedy.reversed_at),
        }
        for remedy in Remedy.objects.filter(complaint=complaint.code, decision__effective_at__isnull=False).order_by(
            "pk"
        )
    ]


def _complaints_of(buyer_id: str, shop: Shop | None) -> ComplaintQuerySet:
    at_shop = Q() if shop is None else Q(shop=shop)
    rows = Complaint.objects.filter(at_shop, buyer_id=buyer_id).select_related("shop", "decision__policy")
    return rows.order_by("pk")


def _exported(complaint: Complaint) -> dict[str, Any]:
    names = ("kind", "standing", "state", "name", "email", "language", "conversation_id", "message_id", "text", "wish")
    return {
        "reference": complaint.code,
        "shop_id": complaint.shop.code,
        **{name: getattr(complaint, name) for name in names},
        "happened_at": _iso(complaint.happened_at),
        "filed_at": _iso(complaint.filed_at),
        "answer": complaint.outcome_in(complaint.language),
        "course": course_for_buyer(complaint),
        "decision": decision_of(complaint),
        "remedies": remedies_of(complaint),
        "appeals": [
            {"reference": each.code, "text": each.text, "filed_at": _iso(each.filed_at), "state": each.state}
            for each in Appeal.objects.filter(complaint=complaint.code).order_by("pk")
        ],
        "evidence": [
            {
                "name": each.name,
                "side": each.side,
                "kind": each.kind,
                "sha256": each.sha256,
                "erased_at": _iso(each.erased_at),
            }
            for each in complaint.evidence.all()
        ],
    }


def _erase(complaint_id: int, *, by: User | None, at: datetime) -> int:
    """Erase what is personal in one complaint, inside the caller's transaction; 0 where it was done before."""
    complaint = lock_complaint(complaint_id)
    if complaint.erased_at is not None or complaint.state not in OVER:
        return 0
    contents = erase_contents(complaint.evidence.filter(erased_at=None), at=at)
    blank = dict.fromkeys(("buyer_id", "name", "email", "text", "conversation_id", "message_id"), "")
    Complaint.objects.filter(pk=complaint.pk).update(
        **blank, access_code=new_access_code(), access_ends_at=at, erased_at=at
    )
    # Whatever a side wrote may repeat what the buyer said: of every step the words go, the step stays.
    complaint.entries.update(text="")
    BlindReview.objects.filter(complaint=complaint).exclude(reason="").update(reason="…")
    Remedy.objects.filter(complaint=complaint.code).update(buyer_id="", note="")
    Appeal.objects.filter(complaint=complaint.code).update(buyer_id="", text="")
    enter(complaint, Entry.Kind.ERASED, side=Entry.Side.SYSTEM, at=at, by=by, audience=Entry.Audience.STAFF)
    audit(complaint, "erase_complaint", by=by, detail={"contents": contents})
    return 1


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
