"""The nightly judgement of agents: who is proven below standard for long enough, and what policy says follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from governance.actions.check_facts import check_facts
from governance.actions.decision_facts import Facts, figure_columns, gather_facts, in_chunks
from governance.actions.take_effect import lock_agents, spans_of, take_effect
from governance.formulas.consequences import Grounds, Judged, Rule, ScoredDay, choose_consequence
from governance.formulas.standing import BELOW
from governance.models import AgentScore, Decision, Policy
from governance.models.decision import new_code
from governance.policy.reasons import Case, state_reasons
from governance.policy.sections.consequences import Consequence
from shops.chat.log import open_log, shard_of
from shops.models import Shop

STALE_AFTER_DAYS = 60
"""Older days lead to nothing: who learns of a bad week months later can neither explain it nor get better."""

Candidates = dict[int, list[ScoredDay]]


def judge_agents(on: date, *, shard: int | None = None, at: datetime | None = None) -> dict[str, int]:
    """Decide what follows from the agents' scores up to `on`, of one shop shard or all; flag facts that changed.

    Call it once the scores of `on` are published. `at` is the instant of the decisions, now unless said. Run twice, or
    by two workers at once, it decides once. An agent with a score of a later day is left out: the past is not judged
    again.
    Returns counts: below (agents below standard on `on`), decided, held (of those), facts_changed.
    """
    at = at or timezone.now()
    shops = None if shard is None else _shops_of(shard)
    counts = {"below": 0, "decided": 0, "held": 0}
    policy = Policy.objects.in_force_on(on)
    consequences = policy.rules().agents.consequences if policy is not None else ()
    # A day may have begun somewhere on Earth before it begins in UTC.
    if policy is not None and consequences and -1 <= (at.date() - on).days <= STALE_AFTER_DAYS:
        rules = [_rule_of(consequence) for consequence in consequences]
        candidates = _candidates(on, rules, shops)
        counts["below"] = len(candidates)
        for decision in _judge(on, at, policy, rules, candidates):
            counts["decided"] += 1
            counts["held"] += decision.is_held
    return counts | {"facts_changed": check_facts(at=at, shops=shops)}


def _judge(on: date, at: datetime, policy: Policy, rules: Sequence[Rule], candidates: Candidates) -> list[Decision]:
    if not candidates:
        return []
    earlier = _earlier(candidates)
    chosen: dict[int, Grounds] = {}
    for agent_id, days in candidates.items():
        grounds = choose_consequence(rules, days, earlier.get(agent_id, []), on)
        if grounds is not None:
            chosen[agent_id] = grounds
    if not chosen:
        return []
    # Facts are gathered before anything is locked: reading the turn files may take seconds.
    facts = gather_facts(
        on,
        {agent_id: grounds.rule.part for agent_id, grounds in chosen.items()},
        target_seconds=policy.rules().clock.target_seconds,
    )
    clauses = {consequence.key: consequence for consequence in policy.rules().agents.consequences}
    with transaction.atomic():
        agents = lock_agents(chosen)
        now = _earlier(agents)
        decisions = [
            _decision(facts[pk], chosen[pk], policy, clauses[chosen[pk].rule.key], at)
            for pk in agents
            # Somebody else decided about the agent in the meantime, perhaps on these very facts.
            if pk in facts and now.get(pk, []) == earlier.get(pk, [])
        ]
        Decision.objects.bulk_create(decisions, batch_size=1_000)
        effective = [decision for decision in decisions if not decision.is_held]
        if effective:
            concerned = {decision.agent_id for decision in effective}
            take_effect(effective, {pk: agent for pk, agent in agents.items() if pk in concerned}, at)
    return decisions


def _candidates(on: date, rules: Sequence[Rule], shops: list[int] | None) -> Candidates:
    """The scored days of the agents who are below standard on `on`, as far back as any rule looks. One query."""
    later = AgentScore.objects.filter(agent=OuterRef("agent"), on__gt=on)
    below: QuerySet[AgentScore] = AgentScore.objects.filter(~Exists(later), on=on, standing=BELOW)
    if shops is not None:
        below = below.filter(agent__shop__in=shops)
    columns = ["agent_id", "on", "window_first_on", "window_last_on", "standing"]
    columns += ["lines"] if any(rule.part for rule in rules) else []
    longest = max(rule.within_days for rule in rules)
    scores = AgentScore.objects.filter(
        agent__in=below.values("agent"), on__gt=date.fromordinal(max(1, on.toordinal() - longest)), on__lte=on
    )
    found: Candidates = defaultdict(list)
    for agent_id, day, first_on, last_on, standing, *lines in (
        scores.order_by("agent_id", "on").values_list(*columns).iterator(20_000)
    ):
        parts = frozenset(line["part"] for line in (lines[0] if lines else ()) if line["standing"] == BELOW)
        found[agent_id].append(ScoredDay(day, first_on, last_on, standing == BELOW, parts))
    return found


def _earlier(agent_ids: Iterable[int]) -> dict[int, list[Judged]]:
    """What was decided about each agent before, held and dismissed decisions included, oldest first."""
    overridden = Decision.objects.settled().filter(overrides=OuterRef("pk")).exclude(kind=Decision.Kind.FULFILMENT)
    columns = ("agent_id", "code", "kind", "facts_last_on", "window_last_on", "effective_at", "is_held", "review")
    found: dict[int, list[Judged]] = defaultdict(list)
    for some in in_chunks(sorted(agent_ids)):
        decisions = Decision.objects.filter(agent__in=some).exclude(kind__in=(*Decision.ENDINGS, *Decision.ABOUT_SHOPS))
        rows = decisions.annotate(is_overridden=Exists(overridden)).order_by("pk")
        for agent_id, code, kind, facts_to, turns_to, effective_at, is_held, review, is_overridden in rows.values_list(
            *columns, "is_overridden"
        ):
            assert agent_id is not None  # agents were asked for
            found[agent_id].append(
                Judged(
                    code=code,
                    kind=kind,
                    facts_last_on=facts_to,
                    window_last_on=turns_to or facts_to,
                    stands=effective_at is not None and not is_overridden,
                    is_waiting=is_held and not review,
                )
            )
    return found


def _decision(facts: Facts, grounds: Grounds, policy: Policy, consequence: Consequence, at: datetime) -> Decision:
    code, document, figures = new_code(), policy.rules(), facts.figures
    reasons = state_reasons(
        Case(
            code=code,
            consequence=consequence,
            policy_title=document.title,
            policy_version=policy.version,
            way="automatic" if consequence.automatic else "released",
            first_on=grounds.first_on,
            last_on=grounds.last_on,
            below_days=grounds.below_days,
            scored_days=grounds.scored_days,
            figures=figures,
            after=(grounds.after.code, grounds.after.facts_last_on) if grounds.after else None,
        )
    )
    ends_at, due_on = spans_of(consequence.kind, consequence.lasts_days, at, facts.timezone)
    held = not consequence.automatic
    return Decision(
        code=code,
        shop_id=facts.shop_id,
        agent_id=facts.agent_id,
        kind=consequence.kind,
        clause=consequence.key,
        policy=policy,
        facts_first_on=grounds.first_on,
        facts_last_on=grounds.last_on,
        below_days=grounds.below_days,
        scored_days=grounds.scored_days,
        **figure_columns(figures),
        sample=facts.to_sample(),
        reasons_en=reasons.en,
        reasons_zh_hans=reasons.zh_hans,
        source=Decision.Source.AUTOMATION,
        automated_detection=True,
        automated_decision=Decision.Automation.PARTIALLY if held else Decision.Automation.FULLY,
        decided_at=at,
        lasts_days=consequence.lasts_days,
        is_held=held,
        effective_at=None if held else at,
        ends_at=None if held else ends_at,
        due_on=None if held else due_on,
    )


def _rule_of(consequence: Consequence) -> Rule:
    grounds, after = consequence.when, consequence.when.after
    return Rule(
        key=consequence.key,
        kind=consequence.kind,
        below_days=grounds.below_days,
        within_days=grounds.within_days,
        in_a_row=grounds.in_a_row,
        part=grounds.part or "",
        after_kind=after.kind if after else "",
        after_within_days=after.within_days if after else 0,
        cooldown_days=consequence.cooldown_days,
    )


def _shops_of(shard: int) -> list[int]:
    log = open_log()
    return [pk for pk, code in Shop.objects.values_list("pk", "code") if shard_of(code, log.shards) == shard]
