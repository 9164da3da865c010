"""A person decides about a shop: a clause was broken, how gravely, and what the buyer gets; or nothing was broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.actions.override_decision import lock_overridden
from governance.actions.penalties import lock_shop
from governance.actions.review_decision import DecisionError
from governance.actions.violation_effects import bring_about, plan_violation
from governance.models import Decision, Policy, Remedy
from governance.models.decision import new_code
from governance.policy.reasons import Statement
from governance.policy.sections.violations import Clause, Gravity, PenaltyRule
from governance.policy.violation_reasons import ShopCase, state_violation
from shops.models import Agent, AuditEntry, Shop, User

LONGEST_FACTS = 5_000
"""Characters, as the DSA transparency database takes them."""


@dataclass(frozen=True, slots=True)
class RemedyOrder:
    """What one buyer is to get; `complaint` is the reference of the buyer's complaint."""

    kind: str
    complaint: str
    buyer_id: str
    due_at: datetime | None = None
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision rests on, in words of the person who takes it, and what it gives."""

    facts: Statement
    words: Statement
    private_note: str = ""
    evidence: Sequence[Mapping[str, str]] = ()
    """An entry each with kind, reference and, of files, sha256."""
    matter: str = ""
    remedies: Sequence[RemedyOrder] = ()
    automated_detection: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a violation would bring now; nothing was decided."""

    clause: str
    gravity: str
    ladder: str
    points: int
    balance_before: int
    balance_after: int
    penalties: tuple[PenaltyRule, ...]
    training_days: int | None
    is_first_offence: bool
    is_held: bool


def preview_violation(shop: Shop, *, clause: str, gravity: str, occurred_on: date, at: datetime) -> Preview:
    """What deciding so would bring. Three queries. Raises DecisionError as deciding would."""
    policy, broken, how = _rules_of(clause, gravity, occurred_on, at)
    plan = plan_violation(shop.pk, policy.rules(), broken, how, at=at)
    return Preview(
        clause=broken.key,
        gravity=how.key,
        ladder=how.ladder,
        points=plan.points,
        balance_before=plan.balance_before,
        balance_after=plan.balance_after,
        penalties=plan.penalties,
        training_days=plan.training_days,
        is_first_offence=plan.is_first_offence,
        is_held=plan.is_held,
    )


@transaction.atomic
def decide_violation(
    shop: Shop,
    *,
    clause: str,
    gravity: str,
    occurred_on: date,
    ruling: Ruling,
    agent: Agent | None = None,
    replaces: Decision | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """Find that a shop broke a clause, by the policy in force: points, penalties, obligations and remedies follow.

    Where that brings anything severe the decision is held, without any effect, until a second person releases it.
    Points fall on the day that it takes effect. With `replaces` the earlier decision is taken back first, when this one
    takes effect. Raises DecisionError for an unknown clause or gravity, a date in the future, words missing in a
    language, an agent of another shop, or an earlier decision that cannot be replaced.
    """
    policy, broken, how = _rules_of(clause, gravity, occurred_on, at)
    locked = lock_shop(shop.pk)
    overridden = _overridden(shop, replaces)
    plan = plan_violation(shop.pk, policy.rules(), broken, how, at=at, without=overridden)
    case = ShopCase(
        clause=broken,
        gravity=how,
        points=plan.points,
        is_first_offence=plan.is_first_offence,
        training_days=plan.training_days,
        balance_after=plan.balance_after,
        penalties=plan.penalties,
        **_case(policy, occurred_on, ruling, overridden, agent),
    )
    decision = _record(Decision.Kind.VIOLATION, locked, policy, case, ruling, agent, overridden, by, at, plan.is_held)
    if not plan.is_held:
        bring_about(decision, locked, at=at)
    return decision


@transaction.atomic
def decide_no_violation(
    shop: Shop,
    *,
    occurred_on: date,
    ruling: Ruling,
    clause: str = "",
    agent: Agent | None = None,
    replaces: Decision | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """Find that a shop broke no clause; the buyer may get a remedy all the same. It takes effect at once.

    Raises what `decide_violation` raises. `clause`: the one that was looked at, if any.
    """
    policy = _policy(occurred_on, at)
    looked_at = policy.rules().clause(clause) if clause else None
    if clause and looked_at is None:
        raise _unknown_clause(clause)
    locked = lock_shop(shop.pk)
    overridden = _overridden(shop, replaces)
    case = ShopCase(clause=looked_at, **_case(policy, occurred_on, ruling, overridden, agent))
    decision = _record(Decision.Kind.NO_VIOLATION, locked, policy, case, ruling, agent, overridden, by, at, False)
    bring_about(decision, locked, at=at)
    return decision


def _policy(occurred_on: date, at: datetime) -> Policy:
    today = timezone.localdate(at)
    policy = Policy.objects.in_force_on(today)
    if policy is None:
        raise DecisionError(_("No policy is in force. Publish one before anything is decided."))
    # A day may have begun somewhere on Earth before it begins here.
    if occurred_on > today + timedelta(days=1):
        raise DecisionError(_("What happened cannot lie in the future. Correct the date."))
    return policy


def _rules_of(clause: str, gravity: str, occurred_on: date, at: datetime) -> tuple[Policy, Clause, Gravity]:
    policy = _policy(occurred_on, at)
    broken = policy.rules().clause(clause)
    if broken is None:
        raise _unknown_clause(clause)
    how = next((each for each in broken.gravities if each.key == gravity), None)
    if how is None:
        raise DecisionError(
            _('The clause "%(clause)s" knows no gravity "%(gravity)s". Choose one of its own.')
            % {"clause": clause, "gravity": gravity}
        )
    return policy, broken, how


def _unknown_clause(clause: str) -> DecisionError:
    return DecisionError(
        _('The policy in force has no clause "%(clause)s". Choose one of its own.') % {"clause": clause}
    )


def _overridden(shop: Shop, replaces: Decision | None) -> Decision | None:
    if replaces is None:
        return None
    overridden = lock_overridden(replaces.pk)
    if overridden.shop_id != shop.pk or overridden.kind not in Decision.ABOUT_SHOPS:
        raise DecisionError(_("That decision is about somebody else. Choose one about this shop."))
    return overridden


def _case(
    policy: Policy, occurred_on: date, ruling: Ruling, overridden: Decision | None, agent: Agent | None
) -> dict[str, Any]:
    return {
        "code": new_code(),
        "document": policy.rules(),
        "policy_version": policy.version,
        "occurred_on": occurred_on,
        "facts": ruling.facts,
        "words": ruling.words,
        "automated_detection": ruling.automated_detection,
        "replaces": overridden.code if overridden is not None else "",
        "names_agent": agent is not None,
    }


def _record(
    kind: Decision.Kind,
    shop: Shop,
    policy: Policy,
    case: ShopCase,
    ruling: Ruling,
    agent: Agent | None,
    overridden: Decision | None,
    by: User,
    at: datetime,
    is_held: bool,
) -> Decision:
    """Store the decision with its remedies, and who took it. Raises DecisionError for missing words."""
    said = (*ruling.facts, *ruling.words)
    if not all(text.strip() for text in said):
        raise DecisionError(_("Shops and buyers read their own language. Write facts and reasons in both."))
    if any(len(text) > LONGEST_FACTS for text in ruling.facts):
        raise DecisionError(_("Facts have at most %(most)s characters. Shorten them.") % {"most": LONGEST_FACTS})
    if agent is not None and agent.shop_id != shop.pk:
        raise DecisionError(_("This agent works at another shop. Choose one of this shop."))
    reasons = state_violation(case)
    decision = Decision.objects.create(
        code=case.code,
        shop=shop,
        agent=agent,
        kind=kind,
        clause=case.clause.key if case.clause is not None else "",
        gravity=case.gravity.key if case.gravity is not None else "",
        matter=ruling.matter,
        policy=policy,
        facts_first_on=case.occurred_on,
        facts_last_on=case.occurred_on,
        facts_en=ruling.facts.en.strip(),
        facts_zh_hans=ruling.facts.zh_hans.strip(),
        evidence=[dict(each) for each in ruling.evidence],
        reasons_en=reasons.en,
        reasons_zh_hans=reasons.zh_hans,
        private_note=ruling.private_note.strip(),
        source=Decision.Source.PERSON,
        automated_detection=ruling.automated_detection,
        automated_decision=Decision.Automation.NOT,
        decided_by=by,
        decided_at=at,
        overrides=overridden,
        is_held=is_held,
        effective_at=None if is_held else at,
    )
    Remedy.objects.bulk_create(
        [
            Remedy(
                decision=decision,
                shop=shop,
                buyer_id=order.buyer_id,
                complaint=order.complaint,
                kind=order.kind,
                amount=order.amount,
                currency=order.currency,
                due_at=order.due_at,
            )
            for order in ruling.remedies
        ],
        batch_size=1_000,
    )
    AuditEntry.objects.create(
        by=by,
        action="decide",
        target=f"decision {case.code}",
        detail={"shop": shop.code, "kind": kind.value, "clause": decision.clause, "is_held": is_held},
    )
    return decision
