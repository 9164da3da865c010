"""What the page of a decision about a shop shows, and what an appeal against one would take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext

from governance.actions.decide_violation import Preview, preview_violation
from governance.actions.penalties import days_served
from governance.actions.review_decision import DecisionError
from governance.admin.duties import STATES as DUTY_STATES
from governance.admin.duties import amount_in_words, obligation_state, remedy_state
from governance.admin.penalties import STATES as PENALTY_STATES
from governance.admin.penalties import limits_of, state_of
from governance.models import Appeal, Decision, Obligation, Penalty, PointEntry, Remedy
from governance.policy.schema import PolicyDocument
from governance.policy.sections.violations import Clause, PenaltyRule
from shops.models import Shop


@dataclass(frozen=True, slots=True)
class PenaltyRow:
    """A penalty in words, with the whole days that it was in force."""

    penalty: Penalty
    title: str
    state: str
    tone: str
    limits: str
    days: int


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A remedy or an obligation in words."""

    row: Remedy | Obligation
    what: str
    amount: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What one clause and gravity would bring the shop, in words."""

    clause: str
    gravity: str
    points: int
    before: int
    after: int
    penalties: list[str]
    training_days: int | None
    is_first_offence: bool
    is_held: bool
    value: str


def clause_of(document: PolicyDocument, key: str) -> Clause | None:
    """A clause of the policy by its key."""
    return next((clause for clause in document.violations.clauses if clause.key == key), None)


def clause_and_gravity(decision: Decision) -> tuple[str, str, str]:
    """The titles of a decision's clause and gravity and the clause's rule, for the reader; keys if unknown."""
    language = get_language() or "en"
    clause = clause_of(decision.policy.rules(), decision.clause)
    if clause is None:
        return decision.clause, decision.gravity, ""
    titles = {gravity.key: gravity.title.in_language(language) for gravity in clause.gravities}
    rule = clause.rule.in_language(language)
    return clause.title.in_language(language), titles.get(decision.gravity, decision.gravity), rule


def penalty_rows(decision: Decision, at: datetime) -> list[PenaltyRow]:
    """The penalties that a decision brought. One query."""
    language = get_language() or "en"
    rows = []
    for penalty in Penalty.objects.filter(decision=decision).order_by("pk"):
        name, tone = PENALTY_STATES[state_of(penalty, at)]
        limits = "; ".join(f"{what}: {value}" for what, value in limits_of(penalty))
        rows.append(
            PenaltyRow(penalty, penalty.title_in(language), str(name), tone, limits, int(days_served(penalty, at)))
        )
    return rows


def ruling_page(decision: Decision, at: datetime) -> dict[str, Any]:
    """Everything that a decision about a shop rests on and brought. Five queries."""
    chinese = (get_language() or "en").startswith("zh")
    clause, gravity, rule = clause_and_gravity(decision)
    return {
        "ruling": decision,
        "clause": clause,
        "gravity": gravity,
        "rule": rule,
        "ruling_facts": (decision.facts_zh_hans if chinese else decision.facts_en).splitlines(),
        "points": list(PointEntry.objects.filter(decision=decision).order_by("pk")),
        "penalties": penalty_rows(decision, at),
        "remedies": [
            DutyRow(row, str(row.get_kind_display()), amount_in_words(row), *_named(remedy_state(row, at)))
            for row in Remedy.objects.filter(decision=decision).order_by("pk")
        ],
        "obligations": [
            DutyRow(row, str(row.get_kind_display()), amount_in_words(row), *_named(obligation_state(row, at)))
            for row in Obligation.objects.filter(decision=decision).order_by("pk")
        ],
        "appeals": list(Appeal.objects.filter(decision=decision).order_by("pk")),
    }


def appealed(decision: Decision, at: datetime) -> dict[str, Any]:
    """The page of the decision, and what of it an accepted appeal takes back and what it cannot."""
    page = ruling_page(decision, at)
    standing = [row for row in page["penalties"] if row.penalty.reversed_at is None]
    return page | {
        "reasons": decision.reasons_in(get_language() or "en").splitlines(),
        "taken_back": {
            "points": sum(entry.points for entry in page["points"]),
            "penalties": standing,
            "obligations": [duty for duty in page["obligations"] if duty.row.reversed_at is None],
            "remedies": [duty for duty in page["remedies"] if duty.row.reversed_at is None],
        },
        "days_lost": [row for row in standing if row.days],
    }


def previews(
    shop: Shop, document: PolicyDocument, chosen: Sequence[tuple[str, str]], *, occurred_on: date, at: datetime
) -> list[PreviewRow]:
    """What each clause and gravity would bring, in their order; those that the policy in force lacks are left out."""
    rows = []
    for clause, gravity in chosen:
        try:
            seen = preview_violation(shop, clause=clause, gravity=gravity, occurred_on=occurred_on, at=at)
        except DecisionError:
            continue
        rows.append(_in_words(document, seen, clause, gravity))
    return rows


def _in_words(document: PolicyDocument, seen: Preview, clause_key: str, gravity_key: str) -> PreviewRow:
    language = get_language() or "en"
    clause = clause_of(document, clause_key)
    gravities = clause.gravities if clause is not None else ()
    titles = {gravity.key: gravity.title.in_language(language) for gravity in gravities}
    return PreviewRow(
        clause=clause.title.in_language(language) if clause is not None else clause_key,
        gravity=titles.get(gravity_key, gravity_key),
        points=seen.points,
        before=seen.balance_before,
        after=seen.balance_after,
        penalties=[rule_in_words(rule) for rule in seen.penalties],
        training_days=seen.training_days,
        is_first_offence=seen.is_first_offence,
        is_held=seen.is_held,
        value=f"{clause_key}:{gravity_key}",
    )


def rule_in_words(rule: PenaltyRule) -> str:
    """What a penalty of the policy is and how long it lasts."""
    title = rule.title.in_language(get_language() or "en")
    if rule.days is None:
        return gettext("%(penalty)s, until reversed") % {"penalty": title}
    return gettext("%(penalty)s, %(days)s days") % {"penalty": title, "days": rule.days}


def _named(state: str) -> tuple[str, str]:
    name, tone = DUTY_STATES[state]
    return str(name), tone
