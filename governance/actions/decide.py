"""A person decides about an agent: by a clause of the policy, with facts and reasons, perhaps in place of another."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from governance.actions.decision_facts import figure_columns, gather_facts
from governance.actions.override_decision import lock_overridden
from governance.actions.review_decision import DecisionError
from governance.actions.take_effect import consequence_of, lock_agents, spans_of, take_effect
from governance.models import AgentScore, Decision, Policy
from governance.models.decision import new_code
from governance.policy.reasons import Case, Statement, state_reasons
from governance.policy.sections.consequences import HELD_KINDS
from shops.models import Agent, AuditEntry, User


def decide(
    agent: Agent,
    *,
    clause: str,
    facts_first_on: date,
    facts_last_on: date,
    words: Statement,
    private_note: str = "",
    replaces: Decision | None = None,
    by: User,
    at: datetime,
) -> Decision:
    """Take a decision by the policy in force; `words` are the public reasons, put into the statement as they are.

    The figures of the newest score within the facts stand beside them, where they prove anything. Severe kinds are held
    until a second person releases them; with `replaces` the earlier decision is overridden as soon as this one takes
    effect. Raises DecisionError for an unknown clause, impossible dates, empty reasons, or an earlier decision that
    cannot be replaced.
    """
    policy = Policy.objects.in_force_on(at.date())
    consequence = consequence_of(policy.rules(), clause) if policy is not None else None
    if policy is None or consequence is None:
        raise DecisionError(
            _('The policy in force has no clause "%(clause)s". Choose one of its own.') % {"clause": clause}
        )
    if not facts_first_on <= facts_last_on <= at.date():
        raise DecisionError(_("The facts must end on or after the day they begin, and not in the future."))
    if not words.en.strip() or not words.zh_hans.strip():
        raise DecisionError(_("Agents read the reasons in their own language. Write them in English and Chinese."))
    scores = AgentScore.objects.filter(agent=agent, on__gte=facts_first_on, on__lte=facts_last_on)
    scored_on = scores.order_by("-on").values_list("on", flat=True).first()
    found = (
        gather_facts(scored_on, {agent.pk: ""}, target_seconds=policy.rules().clock.target_seconds) if scored_on else {}
    )
    facts = found.get(agent.pk)
    code, held = new_code(), consequence.kind in HELD_KINDS
    reasons = state_reasons(
        Case(
            code=code,
            consequence=consequence,
            policy_title=policy.rules().title,
            policy_version=policy.version,
            way="person",
            first_on=facts_first_on,
            last_on=facts_last_on,
            below_days=scores.filter(standing=AgentScore.Standing.BELOW).count(),
            scored_days=scores.count(),
            figures=facts.figures if facts else None,
            replaces=replaces.code if replaces else "",
            words=words,
        )
    )
    with transaction.atomic():
        agents = lock_agents([agent.pk])
        overridden = lock_overridden(replaces.pk) if replaces is not None else None
        if overridden is not None and overridden.agent_id != agent.pk:
            raise DecisionError(_("That decision is about somebody else. Choose one about this agent."))
        ends_at, due_on = spans_of(consequence.kind, consequence.lasts_days, at, agents[agent.pk].shop.timezone)
        decision = Decision.objects.create(
            code=code,
            shop_id=agent.shop_id,
            agent=agent,
            kind=consequence.kind,
            clause=clause,
            policy=policy,
            facts_first_on=facts_first_on,
            facts_last_on=facts_last_on,
            below_days=scores.filter(standing=AgentScore.Standing.BELOW).count(),
            scored_days=scores.count(),
            **(figure_columns(facts.figures) if facts else {}),
            sample=facts.to_sample() if facts else {},
            reasons_en=reasons.en,
            reasons_zh_hans=reasons.zh_hans,
            private_note=private_note.strip(),
            source=Decision.Source.PERSON,
            automated_detection=False,
            automated_decision=Decision.Automation.NOT,
            decided_by=by,
            decided_at=at,
            lasts_days=consequence.lasts_days,
            overrides=overridden,
            is_held=held,
            effective_at=None if held else at,
            ends_at=None if held else ends_at,
            due_on=None if held else due_on,
        )
        AuditEntry.objects.create(
            by=by,
            action="decide",
            target=f"decision {code}",
            detail={"agent": agent.code, "shop": agents[agent.pk].shop.code, "clause": clause, "is_held": held},
        )
        if not held:
            take_effect([decision], agents, at)
    return decision
