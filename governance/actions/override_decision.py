"""Ending an earlier decision by a later one: it is withdrawn, or the training that it required was completed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.actions.penalties import lock_shop
from governance.actions.review_decision import DecisionError
from governance.actions.take_effect import lock_agents, take_effect
from governance.actions.violation_effects import take_back
from governance.models import Decision
from governance.policy.reasons import Statement, state_ending
from shops.models import AuditEntry, User


def withdraw_decision(
    decision_id: int, *, words: Statement, private_note: str = "", by: User, at: datetime
) -> Decision:
    """Take back a decision in effect: nothing of it is left, and no later one builds on it. Returns the withdrawal.

    Raises DecisionError where it waits (dismiss it then), is overridden already, or reasons are missing in a language.
    """
    return _end(decision_id, Decision.Kind.WITHDRAWAL, words, private_note, by, at)


def complete_training(
    decision_id: int, *, words: Statement, private_note: str = "", by: User, at: datetime
) -> Decision:
    """Record that the training a decision required was completed. Raises what `withdraw_decision` raises."""
    return _end(decision_id, Decision.Kind.FULFILMENT, words, private_note, by, at)


def lock_overridden(decision_id: int) -> Decision:
    """The decision that is to be overridden, checked under the lock of its agent or shop, which the caller holds."""
    earlier = Decision.objects.select_related("policy", "agent", "shop").get(pk=decision_id)
    if earlier.waits():
        raise DecisionError(_("This decision still waits for a person. Dismiss it instead."))
    if earlier.effective_at is None:
        raise DecisionError(_("This decision was dismissed and never took effect. There is nothing to override."))
    if earlier.ends_another():
        raise DecisionError(_("This only ended an earlier decision. Take a new one instead."))
    if Decision.objects.filter(overrides=earlier).exclude(review=Decision.Review.DISMISSED).exists():
        raise DecisionError(_("A later decision overrides this one already. Open that one."))
    return earlier


@transaction.atomic
def _end(
    decision_id: int, kind: Decision.Kind, words: Statement, private_note: str, by: User, at: datetime
) -> Decision:
    if not words.en.strip() or not words.zh_hans.strip():
        raise DecisionError(_("Agents read the reasons in their own language. Write them in English and Chinese."))
    is_about_shop, shop_id, agent_id = _subject_of(decision_id)
    shop = lock_shop(shop_id) if is_about_shop else None
    agents = lock_agents([agent_id] if agent_id is not None and not is_about_shop else [])
    earlier = lock_overridden(decision_id)
    if kind == Decision.Kind.FULFILMENT and earlier.kind != Decision.Kind.TRAINING_REQUIRED:
        raise DecisionError(_("This decision required no training. Withdraw it if it should end."))
    reasons = state_ending(earlier.code, is_fulfilled=kind == Decision.Kind.FULFILMENT, words=words)
    ending = Decision.objects.create(
        shop_id=earlier.shop_id,
        agent=earlier.agent,
        kind=kind,
        clause=earlier.clause,
        gravity=earlier.gravity,
        matter=earlier.matter,
        policy=earlier.policy,
        facts_first_on=earlier.facts_first_on,
        facts_last_on=earlier.facts_last_on,
        reasons_en=reasons.en,
        reasons_zh_hans=reasons.zh_hans,
        private_note=private_note.strip(),
        source=Decision.Source.PERSON,
        automated_detection=False,
        automated_decision=Decision.Automation.NOT,
        decided_by=by,
        decided_at=at,
        overrides=earlier,
        effective_at=at,
    )
    AuditEntry.objects.create(
        by=by,
        action="withdraw_decision" if kind == Decision.Kind.WITHDRAWAL else "complete_training",
        target=f"decision {earlier.code}",
        detail={"by_decision": ending.code},
    )
    if shop is not None:
        take_back(earlier, ending, shop, at=at)
    else:
        take_effect([ending], agents, at)
    return ending


def _subject_of(decision_id: int) -> tuple[bool, int, int | None]:
    """(whether it is about a shop, the shop, the agent)."""
    kind, shop_id, agent_id = Decision.objects.values_list("kind", "shop_id", "agent_id").get(pk=decision_id)
    return kind in Decision.ABOUT_SHOPS, shop_id, agent_id
