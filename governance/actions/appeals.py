"""Appeals filed and withdrawn by the parties. Who may: `appeal_rights`; answering them: `answer_appeal`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.actions.answer_appeal import (
    SUSPENDING,
    decide_appeal,
    draw_appeal,
    lock_appeal,
    return_appeal,
    unsuspend,
)
from governance.actions.appeal_notices import tell_appeal
from governance.actions.appeal_rights import AppealError, AppealStanding, appeal_right, right_against
from governance.actions.desk_clock import desk_due_at
from governance.actions.penalties import suspend_penalties
from governance.actions.take_effect import lock_agents
from governance.models import Appeal, Decision
from shops.models import Agent, AuditEntry, Shop, User

__all__ = [
    "AppealError",
    "AppealStanding",
    "appeal_right",
    "decide_appeal",
    "draw_appeal",
    "file_appeal",
    "return_appeal",
    "withdraw_appeal",
]
LONGEST_TEXT = 10_000


@transaction.atomic
def file_appeal(
    decision: Decision,
    *,
    who: str,
    text: str,
    at: datetime,
    by: User | None = None,
    agent: Agent | None = None,
    buyer_id: str = "",
    complaint: str = "",
) -> Appeal:
    """File an appeal of a party ("shop", "agent", "buyer") and suspend what the policy lets it suspend.

    A buyer's names the complaint (its reference) and the buyer; whether that complaint was decided by the decision is
    for the caller to know. A buyer's appeal suspends nothing. Raises AppealError where there is no right, the time is
    over, or the text is empty or too long.
    """
    text = text.strip()
    if not text:
        raise AppealError(_("Write what is wrong with the decision: it is what another person will look at."))
    if len(text) > LONGEST_TEXT:
        raise AppealError(_("The text is longer than %(most)d characters. Shorten it.") % {"most": LONGEST_TEXT})
    if who == Appeal.Who.AGENT and (agent is None or agent.pk != decision.agent_id):
        raise AppealError(_("Only the agent whom the decision is about may appeal as the agent."))
    # Everybody who decides about the shop waits here, so that the decision is still what it was when it was read.
    Shop.objects.select_for_update(no_key=True).get(pk=decision.shop_id)
    lock_agents([decision.agent_id] if decision.agent_id is not None else [])
    decision = Decision.objects.select_related("policy", "shop", "agent").get(pk=decision.pk)
    complaint = complaint if who == Appeal.Who.BUYER else ""
    standing = appeal_right(decision, who, at=at, complaint=complaint)
    right = right_against(decision, who)
    if not standing.may or right is None:
        raise AppealError(standing.why_not)
    earlier = Appeal.objects.filter(decision=decision, who=who, complaint=complaint).count()
    appeal = Appeal.objects.create(
        decision=decision,
        who=who,
        number=earlier + 1,
        shop=decision.shop,
        agent=agent if who == Appeal.Who.AGENT else None,
        buyer_id=buyer_id if who == Appeal.Who.BUYER else "",
        complaint=complaint,
        filed_by=by,
        text=text,
        filed_at=at,
        due_at=desk_due_at(decision.policy.rules().redress, at, right.decided_within_hours),
    )
    suspended = suspend_penalties(decision, at=at) if who in SUSPENDING else []
    AuditEntry.objects.create(
        by=by,
        action="file_appeal",
        target=f"appeal {appeal.code}",
        detail={"decision": decision.code, "who": who, "suspended": [penalty.code for penalty in suspended]},
    )
    tell_appeal(appeal, at=at)
    return appeal


@transaction.atomic
def withdraw_appeal(appeal_id: int, *, at: datetime, by: User | None = None) -> Appeal:
    """Take an open appeal back; what it suspended runs on. It still counts among the party's appeals.

    Raises AppealError where it was answered or withdrawn already.
    """
    appeal = lock_appeal(appeal_id)
    if not appeal.is_open():
        raise AppealError(_("This appeal was answered or withdrawn. Reload the page to see how."))
    appeal.state, appeal.decided_at = Appeal.State.WITHDRAWN, at
    appeal.assigned_to = appeal.assigned_until = None
    appeal.save()
    unsuspend(appeal, at=at)
    AuditEntry.objects.create(
        by=by, action="withdraw_appeal", target=f"appeal {appeal.code}", detail={"decision": appeal.decision.code}
    )
    tell_appeal(appeal, at=at)
    return appeal
