"""Answering appeals: drawn with a lease by another person than decided, accepted or rejected once, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from governance.actions.appeal_notices import tell_appeal
from governance.actions.appeal_rights import AppealError
from governance.actions.override_decision import withdraw_decision
from governance.actions.penalties import days_served, unsuspend_penalties
from governance.actions.review_decision import DecisionError
from governance.actions.take_effect import lock_agents
from governance.models import Appeal, Decision, Penalty
from governance.models.penalty import LIMITS
from governance.policy.reasons import Statement
from shops.models import AuditEntry, Shop, User

DECIMALS_OF_DAYS = 1


def draw_appeal(appeal_id: int | None, *, by: User, at: datetime) -> Appeal | None:
    """Give `by` an appeal for as long as the policy's lease: the one named, or (None) the one that is due first.

    Who has one already gets that again, for a whole lease. None where nothing is free for this person. Raises
    AppealError where the named one cannot be theirs: it was answered, somebody else is at it, or `by` took or released
    the decision.
    """
    open_ones = Appeal.objects.open().select_related("decision__policy")
    if appeal_id is not None:
        appeal = Appeal.objects.select_related("decision__policy").get(pk=appeal_id)
        _check_person(appeal, by)
        if not _lease(appeal, by=by, at=at):
            appeal.refresh_from_db()
            raise AppealError(
                _("Somebody else is answering this appeal. Draw another one.")
                if appeal.is_open()
                else _("This appeal was answered or withdrawn. Reload the page to see how.")
            )
        return appeal
    mine = open_ones.filter(assigned_to=by, assigned_until__gt=at)
    free = _free_for(open_ones, by, at)
    for candidates in (mine, free):
        for appeal in candidates.order_by("due_at", "pk")[:100]:
            if _lease(appeal, by=by, at=at):
                return appeal
    return None


@transaction.atomic
def return_appeal(appeal_id: int, *, by: User, at: datetime) -> Appeal:
    """Put an appeal back into the queue. Raises AppealError where `by` does not have it."""
    mine = Appeal.objects.open().filter(pk=appeal_id, assigned_to=by, assigned_until__gt=at)
    if not mine.update(assigned_to=None, assigned_until=None):
        raise AppealError(_("You do not have this appeal, so there is nothing to return."))
    appeal = Appeal.objects.get(pk=appeal_id)
    _record("return_appeal", appeal, by, {})
    return appeal


@transaction.atomic
def decide_appeal(
    appeal_id: int, *, accept: bool, answer: Statement, private_note: str = "", by: User, at: datetime
) -> Appeal:
    """Answer an appeal, once. Accepted, the decision is withdrawn with everything that followed from it.

    All in one transaction: points, penalties, privileges, obligations, remedies, and the ratings as of their days; what
    cannot be given back is listed; the parties are told. Was the decision taken back meanwhile, that is the outcome.
    Rejected, what the appeal suspended runs on. Raises AppealError where it was answered, somebody else is at it, `by`
    took or released the decision, or the answer is missing in a language.
    """
    if not answer.en.strip() or not answer.zh_hans.strip():
        raise AppealError(_("The parties read the answer in their own language. Write it in English and Chinese."))
    appeal = lock_appeal(appeal_id)
    _check_person(appeal, by)
    if not appeal.is_open():
        raise AppealError(_("This appeal was answered or withdrawn. Reload the page to see how."))
    if appeal.assigned_to_id not in {None, by.pk} and appeal.assigned_until is not None and at < appeal.assigned_until:
        raise AppealError(_("Somebody else is answering this appeal. Draw another one."))
    if accept:
        appeal.outcome, appeal.cannot_be_undone = _take_back(appeal, answer, private_note, by, at)
    appeal.state = Appeal.State.ACCEPTED if accept else Appeal.State.REJECTED
    appeal.decided_by, appeal.decided_at = by, at
    appeal.answer_en, appeal.answer_zh_hans = answer.en.strip(), answer.zh_hans.strip()
    appeal.private_note = private_note.strip()
    appeal.assigned_to = appeal.assigned_until = None
    appeal.save()
    if not accept:
        unsuspend(appeal, at=at)
    _record(
        "accept_appeal" if accept else "reject_appeal",
        appeal,
        by,
        {"decision": appeal.decision.code, "outcome": appeal.outcome.code if appeal.outcome is not None else None},
    )
    tell_appeal(appeal, at=at)
    return appeal


def lock_appeal(appeal_id: int) -> Appeal:
    """The appeal with its shop, agent and decision, locked in the order of all: nobody else decides about them."""
    shop_id, agent_id = Appeal.objects.values_list("shop_id", "decision__agent_id").get(pk=appeal_id)
    Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    lock_agents([agent_id] if agent_id is not None else [])
    appeals = Appeal.objects.select_for_update(of=("self",))
    return appeals.select_related("shop", "agent", "outcome", "decision__policy", "decision__shop").get(pk=appeal_id)


SUSPENDING = (Appeal.Who.SHOP, Appeal.Who.AGENT)
"""Whose appeals suspend: a buyer who finds a decision too mild does not lift what it brought."""


def unsuspend(appeal: Appeal, *, at: datetime) -> None:
    """Let run on what an appeal suspended, unless another open one still does. The shop must be locked."""
    others = Appeal.objects.open().filter(decision=appeal.decision_id, who__in=SUSPENDING).exclude(pk=appeal.pk)
    if appeal.who in SUSPENDING and not others.exists():
        unsuspend_penalties(appeal.decision, at=at)


def _take_back(
    appeal: Appeal, answer: Statement, private_note: str, by: User, at: datetime
) -> tuple[Decision, list[dict[str, Any]]]:
    """The decision that takes the appealed one back, and what of the penalties that it reverses had run already."""
    ran = {
        penalty.pk: days_served(penalty, at)
        for penalty in Penalty.objects.standing().filter(shop=appeal.shop_id, starts_at__lt=at)
    }
    outcome = Decision.objects.settled().filter(overrides=appeal.decision).first()
    if outcome is None:
        try:
            outcome = withdraw_decision(appeal.decision_id, words=answer, private_note=private_note, by=by, at=at)
        except DecisionError as error:
            raise AppealError(str(error)) from error
    reversed_ones = Penalty.objects.filter(reversed_by=outcome).order_by("starts_at", "pk")
    lost = [_lost(each, ran[each.pk] if each.pk in ran else days_served(each, at)) for each in reversed_ones]
    return outcome, [entry for entry in lost if entry["days"] > 0]


def _lost(penalty: Penalty, days: float) -> dict[str, Any]:
    return {
        "penalty": penalty.code,
        "kind": penalty.kind,
        "title_en": penalty.title_en,
        "title_zh_hans": penalty.title_zh_hans,
        "privileges": [name for name in LIMITS if getattr(penalty, name) is not None],
        "days": round(days, DECIMALS_OF_DAYS),
    }


def _lease(appeal: Appeal, *, by: User, at: datetime) -> bool:
    """Give an appeal to `by` unless somebody has it; the statement asks in the database, so that one of two wins."""
    until = at + timedelta(minutes=appeal.decision.policy.rules().redress.lease_minutes)
    free = Appeal.objects.open().filter(
        Q(assigned_until=None) | Q(assigned_until__lte=at) | Q(assigned_to=by), pk=appeal.pk
    )
    with transaction.atomic():
        if not free.update(assigned_to=by, assigned_until=until):
            return False
        if appeal.assigned_to_id != by.pk:
            _record("draw_appeal", appeal, by, {"until": until.isoformat()})
    appeal.assigned_to, appeal.assigned_until = by, until
    return True


def _free_for(appeals: QuerySet[Appeal], by: User, at: datetime) -> QuerySet[Appeal]:
    """Those that nobody has, where `by` neither took nor released the decision nor answered the party before."""
    own = Q(decision__decided_by=by) | Q(decision__reviewed_by=by)
    answered = Appeal.objects.filter(
        decision=OuterRef("decision"), who=OuterRef("who"), complaint=OuterRef("complaint"), decided_by=by
    )
    free = appeals.filter(~Exists(answered), Q(assigned_until=None) | Q(assigned_until__lte=at))
    return free.exclude(own)


def _check_person(appeal: Appeal, by: User) -> None:
    """Raise AppealError for whoever has judged the matter before: an appeal is another person's look at it."""
    if by.pk in {appeal.decision.decided_by_id, appeal.decision.reviewed_by_id}:
        raise AppealError(_("You took or released this decision. Another person has to answer the appeal."))
    former = Appeal.objects.filter(decision=appeal.decision_id, who=appeal.who, complaint=appeal.complaint)
    if former.exclude(pk=appeal.pk).filter(decided_by=by).exists():
        raise AppealError(_("You answered this party's former appeal. Another person has to answer this one."))


def _record(action: str, appeal: Appeal, by: User, detail: Mapping[str, Any]) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"appeal {appeal.code}", detail=dict(detail))
