"""What a decision about a shop brings about when it takes effect, and how all of it is taken back.

The shop is locked by the caller, whose transaction this is; events are published last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from governance.actions.penalties import impose_penalties, rechain, reverse_penalties
from governance.actions.penalty_news import penalty_event, span_in_words, tell_penalty
from governance.actions.points import balance_of, enter_points, reverse_points
from governance.actions.project_privileges import project_privileges
from governance.actions.rating_corrections import correct_ratings
from governance.formulas.ladders import Fallen, Reached, nodes_of_each, nodes_reached
from governance.models import Decision, Obligation, Penalty, PointEntry, Remedy
from governance.policy.ladders import compile_ladder, penalties_at
from governance.policy.schema import PolicyDocument
from governance.policy.sections.violations import Clause, Gravity, PenaltyRule, PointLadder
from shops.actions.publish_events import NewEvent, iso, publish_events
from shops.models import Event, Notice, Shop


@dataclass(frozen=True, slots=True)
class Plan:
    """What a violation would bring if it took effect at an instant."""

    clause: Clause
    gravity: Gravity
    is_first_offence: bool
    points: int
    """What falls at once, after the reduction of a first offence; 0 where training stands in for points."""
    training_days: int | None
    balance_before: int
    balance_after: int
    reached: tuple[Reached, ...]
    penalties: tuple[PenaltyRule, ...]

    @property
    def is_held(self) -> bool:
        """True if any of it is so severe that a second person has to release it."""
        return any(rule.held for rule in self.penalties)


def plan_violation(
    shop_id: int,
    document: PolicyDocument,
    clause: Clause,
    gravity: Gravity,
    *,
    at: datetime,
    without: Decision | None = None,
) -> Plan:
    """What follows from a violation by the policy, given the shop's points and former violations. Two queries.

    `without`: a decision that this one takes the place of; nothing of it counts.
    """
    first = clause.first_offence
    is_first = first is not None and not _violated_before(shop_id, clause.key, at, first.within_days, without)
    points, training_days = gravity.points, None
    if is_first and first is not None:
        training_days = first.training_days
        points = 0 if training_days is not None else min(points, first.points if first.points is not None else points)
    rules = document.ladder(gravity.ladder)
    before = after = 0
    reached: tuple[Reached, ...] = ()
    brought = list(gravity.penalties)
    if rules is not None:
        before = balance_of(shop_id, rules.key, timezone.localdate(at), document, without=without)
        after = before + points
        reached = nodes_reached(compile_ladder(rules), before, after)
        brought += [rule for node in reached for rule in penalties_at(rules, node.place)]
    return Plan(clause, gravity, is_first, points, training_days, before, after, reached, tuple(brought))


def bring_about(decision: Decision, shop: Shop, *, at: datetime) -> list[Penalty]:
    """Let a violation take effect: points, penalties, obligations, privileges; tell all.

    Computed anew from the ledger as it is now; an earlier decision that it takes the place of is undone first.
    """
    taken = _undo(decision.overrides, decision, shop, at) if decision.overrides is not None else []
    document = decision.policy.rules()
    clause = document.clause(decision.clause)
    gravity = next((each for each in clause.gravities if each.key == decision.gravity), None) if clause else None
    penalties: list[Penalty] = []
    if clause is not None and gravity is not None:
        plan = plan_violation(shop.pk, document, clause, gravity, at=at)
        enter_points(decision, gravity.ladder, plan.points, at=at)
        penalties += impose_penalties(decision, gravity.penalties, at=at)
        penalties += _impose_nodes(decision, document.ladder(gravity.ladder), plan.reached, at=at)
        _oblige(decision, plan, at)
    _tell(decision, shop, penalties, at)
    events = project_privileges(shop.pk, at=at, cause=decision.code, policy_version=decision.policy.version)
    told = [
        decision_event(decision, shop, at),
        *(penalty_event(each, "reversed", at) for each in taken),
        *(penalty_event(each, _news(each), at) for each in penalties),
    ]
    publish_events([*told, *events])
    if decision.overrides is not None:
        correct_ratings(decision, at=at)
    return penalties


def miss_training(obligation: Obligation, *, at: datetime) -> list[Penalty]:
    """Enter the points of training that was not completed. The shop must be locked.

    Nobody decided this at the time, so severe penalties that they bring wait for a person.
    """
    decision = Decision.objects.select_related("policy", "shop").get(pk=obligation.decision_id)
    document, shop = decision.policy.rules(), decision.shop
    rules = document.ladder(obligation.ladder)
    if rules is None:
        return []
    before = balance_of(shop.pk, rules.key, timezone.localdate(at), document)
    enter_points(decision, rules.key, obligation.points, at=at, kind=PointEntry.Kind.MISSED_TRAINING)
    reached = nodes_reached(compile_ladder(rules), before, before + obligation.points)
    penalties = _impose_nodes(decision, rules, reached, at=at, is_held=True)
    for penalty in penalties:
        tell_penalty(penalty, _news(penalty), at)
    events = project_privileges(shop.pk, at=at, cause=decision.code, policy_version=decision.policy.version)
    publish_events([*(penalty_event(each, _news(each), at) for each in penalties), *events])
    return penalties


def take_back(decision: Decision, ending: Decision, shop: Shop, *, at: datetime) -> list[Penalty]:
    """Undo a decision about a shop by the one that ends it: points, penalties, nodes, duties, privileges; tell all.

    Returns the penalties that were taken back, those of other decisions included.
    """
    taken = _undo(decision, ending, shop, at)
    _tell(ending, shop, [], at)
    events = project_privileges(shop.pk, at=at, cause=ending.code, policy_version=decision.policy.version)
    told = [decision_event(ending, shop, at), *(penalty_event(each, "reversed", at) for each in taken)]
    publish_events([*told, *events])
    correct_ratings(ending, at=at)
    return taken


def _undo(decision: Decision, ending: Decision, shop: Shop, at: datetime) -> list[Penalty]:
    """Take back points, penalties and duties of a decision; the shop is told of each penalty.

    Nodes that later decisions only reached with its points are undone too; where such a decision still reaches a lower
    one, that one's penalties take the place, from the same day on.
    """
    entries = reverse_points(decision, at=at)
    taken = reverse_penalties(list(_penalties_of(decision.penalties.all())), by=ending, at=at)
    for key in sorted({entry.ladder for entry in entries}):
        taken += _reach_anew(shop, key, ending, at)
        rules = decision.policy.rules().ladder(key)
        if rules is not None:
            rechain(shop.pk, rules, at=at)
    Obligation.objects.open().filter(decision=decision).update(reversed_at=at)
    Remedy.objects.open().filter(decision=decision).update(reversed_at=at)
    for penalty in taken:
        tell_penalty(penalty, "reversed", at)
    return taken


def _violated_before(shop_id: int, clause: str, at: datetime, within_days: int, without: Decision | None) -> bool:
    since = at - timedelta(days=within_days)
    violations = Decision.objects.settled().newest_of_chain().filter(shop=shop_id, kind=Decision.Kind.VIOLATION)
    violations = violations.filter(clause=clause, effective_at__gt=since, effective_at__lt=at)
    if without is not None:
        violations = violations.exclude(pk=without.pk)
    return violations.exists()


def _impose_nodes(
    decision: Decision,
    rules: PointLadder | None,
    reached: Iterable[Reached],
    *,
    at: datetime,
    starts_at: datetime | None = None,
    is_held: bool = False,
) -> list[Penalty]:
    penalties: list[Penalty] = []
    for node in reached if rules is not None else ():
        assert rules is not None  # for the type checker: without a ladder nothing is reached
        brought = penalties_at(rules, node.place)
        penalties += impose_penalties(
            decision, brought, at=at, ladder=rules, node=node.at, starts_at=starts_at, is_held=is_held
        )
    return penalties


def _oblige(decision: Decision, plan: Plan, at: datetime) -> None:
    """Record the training and the fine that are owed."""
    if plan.training_days is not None:
        Obligation.objects.create(
            decision=decision,
            shop_id=decision.shop_id,
            kind=Obligation.Kind.TRAINING,
            ladder=plan.gravity.ladder,
            points=plan.gravity.points,
            due_at=at + timedelta(days=plan.training_days),
        )
    fine = plan.gravity.fine
    if fine is not None:
        Obligation.objects.create(
            decision=decision,
            shop_id=decision.shop_id,
            kind=Obligation.Kind.FINE,
            amount=f"{fine.amount:.2f}",
            currency=fine.currency,
            due_at=at + timedelta(days=fine.due_days),
        )


def _reach_anew(shop: Shop, key: str, ending: Decision, at: datetime) -> list[Penalty]:
    """Compare the nodes that standing entries of a ladder reach with the penalties that stand; mend the difference."""
    rows = PointEntry.objects.filter(shop=shop, ladder=key, reverses=None, reversed_by=None)
    steps, decisions = [], []
    for entry in rows.select_related("decision__policy").order_by("pk"):
        rules = entry.decision.policy.rules().ladder(key)
        if rules is not None:
            steps.append((compile_ladder(rules), Fallen(entry.points, entry.fell_on)))
            decisions.append((entry.decision, rules))
    taken: list[Penalty] = []
    for (decision, rules), reached in zip(decisions, nodes_of_each(steps), strict=True):
        standing = list(_penalties_of(Penalty.objects.standing().filter(decision=decision, ladder=key)))
        wanted = {node.at for node in reached}
        surplus = [penalty for penalty in standing if penalty.node not in wanted]
        if not surplus:
            continue  # Taking points back never brings a penalty that was not there in a harsher form.
        taken += reverse_penalties(surplus, by=ending, at=at)
        missing = [node for node in reached if node.at not in {penalty.node for penalty in standing}]
        starts_at = min(penalty.starts_at for penalty in surplus)
        # Where nobody released the decision, nobody has seen that it could bring anything severe.
        lower = _impose_nodes(decision, rules, missing, at=at, starts_at=starts_at, is_held=not decision.is_held)
        for penalty in lower:
            over = penalty.ends_at is not None and penalty.ends_at <= at
            mine = Penalty.objects.filter(pk=penalty.pk, paused_at=None)
            mine.update(began_at=starts_at, over_at=at if over else None)
    return taken


def _penalties_of(penalties: Any) -> Sequence[Penalty]:
    """Penalties with what telling of them needs."""
    return list(penalties.select_related("decision__policy", "shop").order_by("pk"))


def _news(penalty: Penalty) -> str:
    return "held" if penalty.held_at is not None else "begun"


def _tell(decision: Decision, shop: Shop, penalties: Sequence[Penalty], at: datetime) -> None:
    """Tell the shop of the decision, with every penalty and its span; the agent too, where it names one."""
    en = [decision.reasons_en, *(f"{each.title_en}. {span_in_words(each).en}" for each in penalties)]
    zh = [decision.reasons_zh_hans, *(f"{each.title_zh_hans}。{span_in_words(each).zh_hans}" for each in penalties)]
    titles = {
        Decision.Kind.VIOLATION: ("A violation was found", "认定违规"),
        Decision.Kind.NO_VIOLATION: ("No violation was found", "未认定违规"),
        Decision.Kind.WITHDRAWAL: ("A decision was withdrawn", "决定已撤回"),
    }
    title_en, title_zh = titles[Decision.Kind(decision.kind)]
    for agent_id in {None, decision.agent_id}:
        Notice.objects.create(
            shop=shop,
            agent_id=agent_id,
            kind=Notice.Kind.DECISION,
            reference=decision.code,
            title_en=title_en,
            title_zh_hans=title_zh,
            text_en=f"Decision {decision.code}\n" + "\n".join(en),
            text_zh_hans=f"决定 {decision.code}\n" + "\n".join(zh),
            created_at=at,
        )


def decision_event(decision: Decision, shop: Shop, at: datetime) -> NewEvent:
    """What other systems are told of a decision about a shop (docs/webhooks.md)."""
    return NewEvent(
        Event.Type.DECISION_TAKEN,
        shop.pk,
        at,
        {
            "decision": decision.code,
            "shop_id": shop.code,
            "agent_id": decision.agent.code if decision.agent is not None else None,
            "kind": decision.kind,
            "clause": decision.clause,
            "gravity": decision.gravity,
            "policy_version": decision.policy.version,
            "overrides": decision.overrides.code if decision.overrides is not None else None,
            "effective_at": iso(at),
            "ends_at": None,
            "due_on": None,
        },
    )
