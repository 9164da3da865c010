"""Deciding complaints, one or a whole matter: one decision about the shop, a remedy for each complainant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.actions.course import (
    audit,
    check_held,
    check_version,
    enter,
    let_go,
    lock_complaint,
    lock_complaints,
    save_step,
    tell_systems,
)
from complaints.actions.desk_clock import policy_at
from complaints.actions.errors import ComplaintError
from complaints.actions.filing import is_party
from complaints.actions.settling import settle
from complaints.models import Complaint, Entry, Evidence, Matter, Recusal
from governance.actions.decide_violation import RemedyOrder, Ruling, decide_no_violation, decide_violation
from governance.actions.review_decision import DecisionError
from governance.models import Decision, Remedy
from governance.policy.reasons import Statement
from governance.policy.schema import PolicyDocument
from governance.policy.sections.violations import Sum
from shops.models import Agent, User


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. Without a clause: no violation, and `gravity` is left empty.

    `remedy_due_at` None: within the time in which the policy lets a shop reply, or its time to pay compensation.
    `evidence_ids` are primary keys of the evidence that the decision relies on.
    """

    facts: Statement
    words: Statement
    clause: str = ""
    gravity: str = ""
    private_note: str = ""
    remedy_kind: str = "none"
    remedy_due_at: datetime | None = None
    evidence_ids: Sequence[int] = ()


@transaction.atomic
def decide_complaint(complaint_id: int, *, version: int, verdict: Verdict, by: User, at: datetime) -> Complaint:
    """Decide a complaint that `by` holds; return it, decided, or still investigated where the decision is held.

    A held decision stands in `decision` and has no effect until a second person releases it: then the sweep settles the
    complaint. A violation is found only after the shop was asked. Raises ComplaintError where `by` does not hold the
    complaint, something happened since `version`, it does not wait for the desk, or the verdict is not whole.
    """
    complaint = lock_complaint(complaint_id)
    check_held(complaint, by, at)
    check_version(complaint, version)
    if complaint.matter_id is not None and complaint.matter is not None and complaint.matter.is_open():
        raise ComplaintError(
            _("Complaint %(code)s belongs to the matter %(matter)s. Decide the matter.")
            % {"code": complaint.code, "matter": complaint.matter.code}
        )
    _decide([complaint], complaint.code, complaint.agent, verdict, by, at)
    return complaint


@transaction.atomic
def decide_matter(matter_id: int, *, verdict: Verdict, by: User, at: datetime) -> Matter:
    """Decide all open complaints of a matter by one decision, with a remedy for each complainant; return the matter.

    `by` holds one of them at least, nobody else holds any, and `by` is recused from none. Raises ComplaintError
    otherwise, while the shop is still being heard about one of them, and as `decide_complaint` does.
    """
    ids = list(Complaint.objects.open().filter(matter=matter_id).values_list("pk", flat=True))
    complaints = [each for each in lock_complaints(ids) if each.is_open()]
    matter = (
        Matter.objects.select_for_update(of=("self",), no_key=True)
        .select_related("shop", "agent")
        .filter(pk=matter_id)
        .first()
    )
    if matter is None or not matter.is_open() or not complaints:
        raise ComplaintError(_("There is nothing to decide in this matter any more. Reload the page to see why."))
    for complaint in complaints:
        if complaint.is_held_at(at) and complaint.assigned_to_id != by.pk:
            raise ComplaintError(
                _("%(person)s works on complaint %(code)s. Ask for it, or wait until it is returned.")
                % {"person": complaint.assigned_to, "code": complaint.code}
            )
    if not any(complaint.is_held_at(at) for complaint in complaints):
        raise ComplaintError(_("You hold none of the complaints of this matter. Take one before you decide."))
    if Recusal.objects.filter(complaint__in=complaints, user=by).exists():
        raise ComplaintError(_("You are recused from a complaint of this matter. Somebody else has to decide it."))
    matter.decided_at = at
    matter.save(update_fields=["decided_at"])
    _decide(complaints, matter.code, matter.agent, verdict, by, at)
    return matter


def _decide(
    complaints: Sequence[Complaint], reference: str, agent: Agent | None, verdict: Verdict, by: User, at: datetime
) -> None:
    """Take the decision about locked complaints of one shop and let each follow it."""
    policy = policy_at(at)
    rules = policy.rules()
    _check_ready(complaints, verdict)
    happened_at = min(max(each.happened_at or each.filed_at for each in complaints), at)
    ruling = Ruling(
        facts=_both(verdict.facts, _("The facts")),
        words=_both(verdict.words, _("The reasons")),
        private_note=verdict.private_note,
        evidence=_relied_on(complaints, verdict),
        matter=reference,
        remedies=_orders(complaints, verdict, rules, at),
    )
    shared: dict[str, Any] = {
        "occurred_on": timezone.localdate(happened_at),
        "ruling": ruling,
        "agent": agent,
        "by": by,
        "at": at,
    }
    shop = complaints[0].shop
    try:
        if verdict.clause:
            decision = decide_violation(shop, clause=verdict.clause, gravity=verdict.gravity, **shared)
        else:
            decision = decide_no_violation(shop, **shared)
    except DecisionError as error:
        raise ComplaintError(str(error)) from error
    if decision.policy_id != policy.pk:
        raise ComplaintError(_("Another policy came into force meanwhile. Read its clause, then submit again."))
    for complaint in complaints:
        if decision.effective_at is not None:
            settle(complaint, decision, at=at)
        else:
            _wait_for_release(complaint, decision, by, at)
        audit(complaint, "decide_complaint", by=by, detail={"decision": decision.code, "is_held": decision.is_held})
    tell_systems(complaints, at)


def _wait_for_release(complaint: Complaint, decision: Decision, by: User, at: datetime) -> None:
    if complaint.state == Complaint.State.RECEIVED:
        complaint.state = Complaint.State.INVESTIGATING
    complaint.decision = decision
    let_go(complaint)
    save_step(complaint)
    enter(
        complaint,
        Entry.Kind.NOTE,
        side=Entry.Side.STAFF,
        at=at,
        by=by,
        text=_("Decision %(code)s waits for a second person.") % {"code": decision.code},
        audience=Entry.Audience.STAFF,
    )


def _check_ready(complaints: Sequence[Complaint], verdict: Verdict) -> None:
    for complaint in complaints:
        if complaint.decision_id is not None:
            raise ComplaintError(
                _("Complaint %(code)s is decided and waits for a second person's release.") % {"code": complaint.code}
            )
        if complaint.state not in Complaint.AT_DESK:
            raise ComplaintError(
                _('Complaint %(code)s is "%(state)s" and cannot be decided now. Reload the page.')
                % {"code": complaint.code, "state": complaint.get_state_display()}
            )
    if verdict.clause and all(complaint.told_shop_at is None for complaint in complaints):
        raise ComplaintError(_("The shop was not heard. Ask it before you find a violation."))


def _both(statement: Statement, what: str) -> Statement:
    if not statement.en.strip() or not statement.zh_hans.strip():
        raise ComplaintError(
            _("%(what)s are missing in a language. Write them in English and Chinese.") % {"what": what}
        )
    return Statement(statement.en.strip(), statement.zh_hans.strip())


def _relied_on(complaints: Sequence[Complaint], verdict: Verdict) -> list[dict[str, str]]:
    """What the decision names as its evidence. Raises ComplaintError for what belongs to another complaint."""
    wanted = set(verdict.evidence_ids)
    found = list(Evidence.objects.filter(pk__in=wanted, complaint__in=complaints).select_related("complaint"))
    if len(found) != len(wanted):
        raise ComplaintError(_("One of the pieces of evidence belongs to another complaint. Choose anew."))
    return [{"kind": each.kind, "reference": each.complaint.code, "sha256": each.sha256} for each in found]


def _orders(
    complaints: Sequence[Complaint], verdict: Verdict, rules: PolicyDocument, at: datetime
) -> list[RemedyOrder]:
    """A remedy for each party; a third party's report gives its author none."""
    kind = verdict.remedy_kind
    if kind not in Remedy.Kind.values:
        raise ComplaintError(_('"%(kind)s" is no remedy. Choose one of the list.') % {"kind": kind[:50]})
    if kind == Remedy.Kind.NONE:
        return []
    if verdict.remedy_due_at is not None and verdict.remedy_due_at <= at:
        raise ComplaintError(_("The remedy is due in the past. Give the shop time for it."))
    owed = _compensation(verdict, rules) if kind == Remedy.Kind.COMPENSATION else None
    usual = timedelta(days=owed.due_days) if owed else timedelta(hours=rules.redress.shop_reply_hours)
    return [
        RemedyOrder(
            kind=kind,
            complaint=complaint.code,
            buyer_id=complaint.buyer_id,
            due_at=verdict.remedy_due_at or at + usual,
            amount=Decimal(str(owed.amount)) if owed else None,
            currency=owed.currency if owed else "",
        )
        for complaint in complaints
        if is_party(complaint)
    ]


def _compensation(verdict: Verdict, rules: PolicyDocument) -> Sum:
    clause = rules.clause(verdict.clause) if verdict.clause else None
    gravity = next((each for each in clause.gravities if each.key == verdict.gravity), None) if clause else None
    if gravity is None or gravity.compensation is None:
        raise ComplaintError(_("The policy gives no compensation for this. Choose another remedy."))
    return gravity.compensation
