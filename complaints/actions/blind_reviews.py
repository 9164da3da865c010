"""Second opinions on complaints that were decided without a violation, given without the first one's reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from complaints.actions.course import audit, enter, written
from complaints.actions.errors import ComplaintError
from complaints.models import BlindReview, Entry
from shops.models import User


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the second opinion was the first one's."""

    drawn: int
    reviewed: int
    agreed: int
    rate: float | None
    """0 to 1; None before the first review."""


@transaction.atomic
def give_verdict(review_id: int, *, verdict: str, clause: str, reason: str, by: User, at: datetime) -> BlindReview:
    """Give the second opinion on a complaint, once; it changes nothing about the decision, it is counted and noted.

    Raises ComplaintError where it was given before, `by` decided first or is recused, the reason is blank, or the
    clause is none of the policy by which the complaint was decided.
    """
    reason = written(reason, _("The reason"))
    review = BlindReview.objects.select_related("complaint__shop", "complaint__decision__policy").filter(pk=review_id)
    found = review.first()
    if found is None or verdict not in BlindReview.Verdict.values:
        raise ComplaintError(_("There is no such review, or no such verdict. Open the list again."))
    complaint = found.complaint
    if found.decided_by_id == by.pk or complaint.recusals.filter(user=by).exists():
        raise ComplaintError(_("You decided this complaint or are recused from it. Somebody else reviews it."))
    is_violation = verdict == BlindReview.Verdict.VIOLATION
    decision = complaint.decision
    if is_violation and decision is not None and decision.policy.rules().clause(clause) is None:
        raise ComplaintError(_('The policy has no clause "%(clause)s". Choose one of its own.') % {"clause": clause})
    given = BlindReview.objects.filter(pk=review_id, verdict="").update(
        verdict=verdict, clause=clause if is_violation else "", reason=reason, reviewer=by, reviewed_at=at
    )
    if not given:
        raise ComplaintError(_("This review was given already. Open the list again."))
    enter(
        complaint,
        Entry.Kind.NOTE,
        side=Entry.Side.STAFF,
        at=at,
        by=by,
        text=_("Blind review: %(verdict)s") % {"verdict": BlindReview.Verdict(verdict).label},
        audience=Entry.Audience.STAFF,
    )
    audit(complaint, "give_verdict", by=by, detail={"verdict": verdict})
    found.refresh_from_db()
    return found


def agreement() -> Agreement:
    """How far second opinions agree with the first, over all of them. One query."""
    counts = BlindReview.objects.aggregate(
        drawn=Count("pk"),
        reviewed=Count("pk", filter=~Q(verdict="")),
        agreed=Count("pk", filter=Q(verdict=BlindReview.Verdict.NO_VIOLATION)),
    )
    rate = counts["agreed"] / counts["reviewed"] if counts["reviewed"] else None
    return Agreement(counts["drawn"], counts["reviewed"], counts["agreed"], rate)
