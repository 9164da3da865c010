"""What decisions bring about when they take effect: what others read of the agent, notices, events.

Called as the last step of the transaction that decides, releases or overrides. Locks are taken in this order: agents by
their id, decisions, the counter of events.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone as clock

from governance.actions.decision_facts import in_chunks
from governance.models import Decision
from governance.policy.schema import PolicyDocument
from governance.policy.sections.base import Title
from governance.policy.sections.consequences import Consequence
from shops.actions.publish_events import NewEvent, iso, publish_events
from shops.models import Agent, Event, Notice

ENDING_TITLES = {
    Decision.Kind.FULFILMENT: Title(en="Training completed", zh_hans="培训已完成"),
    Decision.Kind.WITHDRAWAL: Title(en="Decision withdrawn", zh_hans="决定已撤回"),
}


def lock_agents(ids: Iterable[int]) -> dict[int, Agent]:
    """The agents, locked until the transaction ends, so that nobody else decides about them meanwhile."""
    agents = Agent.objects.select_for_update(of=("self",), no_key=True).select_related("shop").order_by("pk")
    return {agent.pk: agent for some in in_chunks(sorted(ids)) for agent in agents.filter(pk__in=some)}


def spans_of(kind: str, lasts_days: int, at: datetime, timezone: str) -> tuple[datetime | None, date | None]:
    """(ends_at, due_on) of a consequence that takes effect at `at`; training ends when it is completed, not by time."""
    if kind == Decision.Kind.TRAINING_REQUIRED:
        return None, at.astimezone(zoneinfo.ZoneInfo(timezone)).date() + timedelta(days=lasts_days)
    return at + timedelta(days=lasts_days), None


def take_effect(decisions: Sequence[Decision], agents: dict[int, Agent], at: datetime) -> None:
    """Write down what follows from decisions that take effect at `at`, tell the agents, their shops, other systems.

    The agents must be locked, each decision be stored with its policy fetched.
    """
    project_agents(agents, at)
    Notice.objects.bulk_create(
        [notice for decision in decisions for notice in _notices(decision, agents[_agent_of(decision)])],
        batch_size=1_000,
    )
    publish_events([_event(decision, agents[_agent_of(decision)], at) for decision in decisions])


def project_agents(agents: dict[int, Agent], at: datetime) -> None:
    """Make off duty and training of locked agents what their decisions in force at `at` say. Few queries."""
    kinds = (Decision.Kind.OFF_DUTY, Decision.Kind.TRAINING_REQUIRED)
    off_duty: dict[int, datetime] = {}
    due: dict[int, date] = {}
    for some in in_chunks(list(agents)):
        in_force = Decision.objects.in_force_at(at).filter(agent__in=some, kind__in=kinds)
        for agent_id, ends_at, due_on in in_force.values_list("agent_id", "ends_at", "due_on"):
            assert agent_id is not None  # agents were asked for
            if ends_at is not None:
                off_duty[agent_id] = max(ends_at, off_duty.get(agent_id, ends_at))
            if due_on is not None:
                due[agent_id] = min(due_on, due.get(agent_id, due_on))
    changed = []
    for pk, agent in agents.items():
        if (agent.off_duty_until, agent.training_due_on) != (off_duty.get(pk), due.get(pk)):
            agent.off_duty_until, agent.training_due_on = off_duty.get(pk), due.get(pk)
            changed.append(agent)
    Agent.objects.bulk_update(changed, ["off_duty_until", "training_due_on"], batch_size=5_000)


def consequence_of(document: PolicyDocument, clause: str) -> Consequence | None:
    """The consequence that a clause names; None for one that the policy does not know."""
    return next((known for known in document.agents.consequences if known.key == clause), None)


def title_of(decision: Decision) -> Title:
    """What the decision is called: the title of its clause, or that it ends another."""
    ending = ENDING_TITLES.get(Decision.Kind(decision.kind))
    if ending is not None:
        return ending
    if decision.kind == Decision.Kind.NO_VIOLATION:
        return Title(en="No violation", zh_hans="未认定违规")
    document = decision.policy.rules()
    is_about_shop = decision.kind in Decision.ABOUT_SHOPS
    clause = document.clause(decision.clause) if is_about_shop else consequence_of(document, decision.clause)
    label = str(Decision.Kind(decision.kind).value).replace("_", " ")
    return Title(en=label, zh_hans=label) if clause is None else clause.title


def _agent_of(decision: Decision) -> int:
    assert decision.agent_id is not None  # every kind of this release is about an agent
    return decision.agent_id


def _notices(decision: Decision, agent: Agent) -> list[Notice]:
    title, dates = title_of(decision), _dates(decision, agent.shop.timezone)
    texts: dict[str, Any] = {
        "kind": Notice.Kind.DECISION,
        "reference": decision.code,
        "text_en": f"{dates.en}\n{decision.reasons_en}",
        "text_zh_hans": f"{dates.zh_hans}\n{decision.reasons_zh_hans}",
        "created_at": decision.effective_at or clock.now(),
        "shop": agent.shop,
    }
    return [
        Notice(agent=agent, title_en=title.en[:200], title_zh_hans=title.zh_hans[:200], **texts),
        Notice(
            title_en=f"{title.en[:100]}: {agent}"[:200], title_zh_hans=f"{title.zh_hans[:100]}：{agent}"[:200], **texts
        ),
    ]


def _dates(decision: Decision, timezone: str) -> Title:
    """From when, until when, in the shop's own time."""
    zone = zoneinfo.ZoneInfo(timezone)

    def local(instant: datetime) -> str:
        return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    assert decision.effective_at is not None  # only what took effect is told
    from_ = local(decision.effective_at)
    if decision.due_on is not None:
        return Title(
            en=f"Decision {decision.code}, in effect from {from_}; training due on {decision.due_on}.",
            zh_hans=f"决定 {decision.code}，{from_} 起生效；培训须于 {decision.due_on} 前完成。",
        )
    if decision.ends_at is not None:
        return Title(
            en=f"Decision {decision.code}, in effect from {from_} to {local(decision.ends_at)}.",
            zh_hans=f"决定 {decision.code}，{from_} 起生效，至 {local(decision.ends_at)} 止。",
        )
    return Title(
        en=f"Decision {decision.code}, in effect from {from_}.", zh_hans=f"决定 {decision.code}，{from_} 起生效。"
    )


def _event(decision: Decision, agent: Agent, at: datetime) -> NewEvent:
    """What other systems are told; of people only the agent's id."""
    return NewEvent(
        Event.Type.DECISION_TAKEN,
        agent.shop_id,
        at,
        {
            "decision": decision.code,
            "shop_id": agent.shop.code,
            "agent_id": agent.code,
            "kind": decision.kind,
            "clause": decision.clause,
            "policy_version": decision.policy.version,
            "overrides": decision.overrides.code if decision.overrides is not None else None,
            "effective_at": iso(decision.effective_at),
            "ends_at": iso(decision.ends_at),
            "due_on": iso(decision.due_on),
            "agent": {
                "off_duty_until": iso(agent.off_duty_until),
                "training_due_on": iso(agent.training_due_on),
            },
        },
    )
