"""The second person: a held decision is released, and takes effect, or is dismissed. Once, with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.actions.penalties import lock_shop
from governance.actions.take_effect import lock_agents, spans_of, take_effect
from governance.actions.violation_effects import bring_about
from governance.models import Decision
from shops.models import AuditEntry, User


class DecisionError(Exception):
    """The decision cannot be taken, reviewed or overridden so; the message says why and what to do."""


@transaction.atomic
def release_decision(decision_id: int, *, by: User, at: datetime, reason: str) -> Decision:
    """Let a held decision take effect at `at`: how long it lasts counts from now, whatever passed since it was taken.

    Raises DecisionError where it does not wait, or `by` took it; Decision.DoesNotExist for an unknown id.
    """
    decision = Decision.objects.select_related("agent__shop", "policy", "overrides__policy").get(pk=decision_id)
    if decision.kind in Decision.ABOUT_SHOPS:
        shop = lock_shop(decision.shop_id)
        _review(decision, by=by, at=at, reason=reason, review=Decision.Review.RELEASED, effective_at=at)
        bring_about(decision, shop, at=at)
        return decision
    agent = decision.agent
    assert agent is not None  # every other kind is about an agent
    agents = lock_agents([agent.pk])
    ends_at, due_on = spans_of(decision.kind, decision.lasts_days or 0, at, agent.shop.timezone)
    _review(
        decision,
        by=by,
        at=at,
        reason=reason,
        review=Decision.Review.RELEASED,
        effective_at=at,
        ends_at=ends_at,
        due_on=due_on,
    )
    take_effect([decision], agents, at)
    return decision


@transaction.atomic
def dismiss_decision(decision_id: int, *, by: User, at: datetime, reason: str) -> Decision:
    """Close a held decision without any effect; its turns do not count against the agent again either.

    Raises what `release_decision` raises.
    """
    decision = Decision.objects.select_related("policy").get(pk=decision_id)
    if decision.kind in Decision.ABOUT_SHOPS:
        lock_shop(decision.shop_id)
    elif decision.agent_id is not None:
        lock_agents([decision.agent_id])
    _review(decision, by=by, at=at, reason=reason, review=Decision.Review.DISMISSED)
    return decision


def _review(decision: Decision, *, by: User, at: datetime, reason: str, review: str, **effect: Any) -> None:
    """Record the review if nobody has; the statement asks for it in the database, so that only one of two can win."""
    if not reason.strip():
        raise DecisionError(_("A review says why. Write a reason."))
    if decision.decided_by_id == by.pk:
        raise DecisionError(_("You took this decision. A second person has to look at it."))
    columns = {"review": review, "reviewed_by": by, "reviewed_at": at, "review_reason": reason.strip(), **effect}
    waiting = Decision.objects.held().filter(pk=decision.pk)
    if not waiting.update(**columns):
        raise DecisionError(_("This decision does not wait for a person any more. Reload the page to see why."))
    for name, value in columns.items():
        setattr(decision, name, value)
    AuditEntry.objects.create(
        by=by,
        action="release_decision" if review == Decision.Review.RELEASED else "dismiss_decision",
        target=f"decision {decision.code}",
        detail={"reason": reason.strip()},
    )
