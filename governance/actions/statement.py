"""What a decision is told as: the fields of the DSA transparency database, and texts for the shop and for a buyer.

All are made from what the decision keeps, so that they can be made again at any time. Whoever sends them does so
elsewhere. Personal data is masked in what leaves the platform.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from governance.actions.appeal_rights import appeal_until, right_against
from governance.actions.penalty_news import span_in_words
from governance.actions.take_effect import consequence_of
from governance.models import Appeal, Decision, Obligation, Penalty, Remedy
from governance.policy.reasons import Statement
from governance.policy.sections.base import Title

MOST_FACTS: Final = 5_000
MOST_GROUND: Final = 500
MOST_EXPLANATION: Final = 2_000
REMOVED: Final = "[removed]"
OUR_SERVICE: Final = "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"
"""The category of what no clause names one for: how agents serve buyers on the platform."""

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w-])(?:\+\d[\d\s-]{5,}\d|\d{8,})(?![\w-])")
_AUTOMATED: Final = {
    Decision.Automation.FULLY: "AUTOMATED_DECISION_FULLY",
    Decision.Automation.PARTIALLY: "AUTOMATED_DECISION_PARTIALLY",
    Decision.Automation.NOT: "AUTOMATED_DECISION_NOT_AUTOMATED",
}
_SERVICES: Final = ("keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "may_list")
_REMEDIES: Final = {
    Remedy.Kind.MESSAGE_DELIVERED: Title(en="Your message is delivered", zh_hans="您的消息将被送达"),
    Remedy.Kind.ANSWER: Title(en="The shop answers you", zh_hans="店铺将回复您"),
    Remedy.Kind.APOLOGY: Title(en="The shop apologises to you", zh_hans="店铺将向您道歉"),
    Remedy.Kind.COMPENSATION: Title(en="You are compensated", zh_hans="您将获得赔偿"),
    Remedy.Kind.NONE: Title(en="Nothing more is owed to you", zh_hans="没有其他补救措施"),
}


def dsa_statement(
    decision: Decision, *, ground_url: str = "", personal: Collection[str] = ()
) -> dict[str, str | list[str] | None]:
    """The fields of the DSA transparency database (API v1) for a decision; those that do not apply are None.

    A decision that restricts nothing has all four of decision_visibility, _monetary, _provision and _account None:
    there is nothing to send. `ground_url`: where the policy is public. `personal`: more ids and names to mask in the
    facts, such as those of the complaints that it decides; the buyers and the agent that the decision itself knows are
    masked anyway, like addresses of mail and telephone numbers. At most five queries.
    """
    penalties = list(decision.penalties.standing().order_by("pk"))
    visibility = [
        each for each in penalties if each.kind == Penalty.Kind.PUBLIC_WARNING or each.search_weight is not None
    ]
    services = [each for each in penalties if any(getattr(each, name) is not None for name in _SERVICES)]
    closures = [each for each in penalties if each.kind == Penalty.Kind.CLOSURE]
    fine = decision.obligations.filter(kind=Obligation.Kind.FINE, reversed_at=None).first()
    is_off_duty = decision.kind == Decision.Kind.OFF_DUTY
    ground, explanation, category = _ground_of(decision)
    account_ends_on = _last_day(closures)
    facts = mask(decision.facts_en or decision.reasons_en, {*personal, *_people_of(decision)})
    return {
        "decision_visibility": _visibility_of(visibility),
        "decision_visibility_other": None,
        "end_date_visibility_restriction": _last_day(visibility),
        "decision_monetary": "DECISION_MONETARY_OTHER" if fine is not None else None,
        "decision_monetary_other": f"a fine of {fine.amount} {fine.currency}" if fine is not None else None,
        "end_date_monetary_restriction": None,
        "decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION" if services or is_off_duty else None,
        "end_date_service_restriction": _day(decision.ends_at) if is_off_duty else _last_day(services),
        "decision_account": _account_of(closures, account_ends_on),
        "account_type": "ACCOUNT_TYPE_BUSINESS",
        "end_date_account_restriction": account_ends_on,
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "decision_ground_reference_url": ground_url or None,
        "illegal_content_legal_ground": None,
        "illegal_content_explanation": None,
        "incompatible_content_ground": ground[:MOST_GROUND],
        "incompatible_content_explanation": explanation[:MOST_EXPLANATION],
        "incompatible_content_illegal": "No",
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "customer service of a shop",
        "content_language": "EN",
        "content_date": decision.facts_last_on.isoformat(),
        "category": category,
        "application_date": _day(decision.effective_at),
        "decision_facts": facts[:MOST_FACTS],
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if decision.matter else "SOURCE_VOLUNTARY",
        "source_identity": None,
        "automated_detection": "Yes" if decision.automated_detection else "No",
        "automated_decision": _AUTOMATED[Decision.Automation(decision.automated_decision)],
        "puid": decision.code,
    }


def state_to_shop(decision: Decision) -> Statement:
    """The statement of reasons as the shop reads it: with every penalty and its span, what is owed, the appeal."""
    penalties = decision.penalties.standing().select_related("shop").order_by("pk")
    obligations = decision.obligations.filter(reversed_at=None).order_by("pk")
    lines = [Statement(decision.reasons_en, decision.reasons_zh_hans)]
    for penalty in penalties:
        span = span_in_words(penalty)
        lines.append(Statement(f"{penalty.title_en}. {span.en}", f"{penalty.title_zh_hans}。{span.zh_hans}"))
    lines += [_owed(each) for each in obligations]
    lines += _appeal_of(decision, Appeal.Who.SHOP)
    return _joined(lines)


def state_to_buyer(decision: Decision, *, complaint: str, personal: Collection[str] = ()) -> Statement:
    """The same for one buyer whose complaint (by reference) it decides: what was found, and what the buyer gets.

    What other buyers get, what the shop pays and who works there is not said; `personal`: more ids to mask.
    """
    people = {*personal, *_people_of(decision)}
    clause = decision.policy.rules().clause(decision.clause)
    is_violation = decision.kind == Decision.Kind.VIOLATION
    lines = [
        Statement(
            f"Decision {decision.code} on complaint {complaint}.", f"对投诉 {complaint} 的决定 {decision.code}。"
        ),
        Statement("The shop broke a rule.", "认定店铺违规。")
        if is_violation
        else Statement("No violation was found.", "未认定违规。"),
    ]
    if clause is not None:
        lines.append(Statement(f"The rule: {clause.rule.en}", f"规则：{clause.rule.zh_hans}"))
    lines.append(
        Statement(
            f"What was found: {mask(decision.facts_en, people)}", f"查明事实：{mask(decision.facts_zh_hans, people)}"
        )
    )
    lines += [_remedy(each) for each in decision.remedies.filter(complaint=complaint, reversed_at=None).order_by("pk")]
    lines += _appeal_of(decision, Appeal.Who.BUYER)
    if not is_violation:
        routes = decision.policy.rules().redress.outside_routes
        lines.append(Statement(routes.en, routes.zh_hans))
    return _joined(lines)


def mask(text: str, personal: Iterable[str]) -> str:
    """A text without these ids and names where they stand alone, addresses of mail, and telephone numbers."""
    masked = _PHONE.sub(REMOVED, _EMAIL.sub(REMOVED, text))
    for name in sorted(filter(None, personal), key=len, reverse=True):
        # Between Chinese characters an id stands alone too, so that only Latin letters and digits make it part of more.
        masked = re.sub(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", REMOVED, masked, flags=re.IGNORECASE)
    return masked


def _people_of(decision: Decision) -> set[str]:
    """The buyers whom the decision knows, and its agent by id and name."""
    people = set(decision.remedies.values_list("buyer_id", flat=True))
    people |= set(decision.appeals.values_list("buyer_id", flat=True))
    if decision.agent is not None:
        people |= {decision.agent.code, decision.agent.name}
    return people - {""}


def _ground_of(decision: Decision) -> tuple[str, str, str]:
    """(the clause, its rule in plain words, its category)."""
    document, version = decision.policy.rules(), decision.policy.version
    named = f"version {version} of the policy “{document.title.en}”"
    clause = document.clause(decision.clause)
    if clause is not None:
        return f"{clause.title.en} ({clause.key}), {named}", clause.rule.en, clause.category
    consequence = consequence_of(document, decision.clause)
    title = consequence.title.en if consequence is not None else decision.clause
    return (f"{title} ({decision.clause}), {named}" if title else named), "", OUR_SERVICE


def _visibility_of(penalties: Sequence[Penalty]) -> list[str] | None:
    found = []
    if any(each.search_weight is not None for each in penalties):
        found.append("DECISION_VISIBILITY_CONTENT_DEMOTED")
    if any(each.kind == Penalty.Kind.PUBLIC_WARNING for each in penalties):
        found.append("DECISION_VISIBILITY_CONTENT_LABELLED")
    return found or None


def _account_of(closures: Sequence[Penalty], ends_on: str | None) -> str | None:
    if not closures:
        return None
    return "DECISION_ACCOUNT_TERMINATED" if ends_on is None else "DECISION_ACCOUNT_SUSPENDED"


def _last_day(penalties: Sequence[Penalty]) -> str | None:
    """When the last of them ends; None where there is none, or one has no end."""
    ends = [each.ends_at for each in penalties]
    known = [each for each in ends if each is not None]
    return _day(max(known)) if known and len(known) == len(ends) else None


def _day(instant: datetime | None) -> str | None:
    return None if instant is None else timezone.localdate(instant, timezone.get_default_timezone()).isoformat()


def _owed(obligation: Obligation) -> Statement:
    due: date | None = obligation.due_at and timezone.localdate(obligation.due_at, timezone.get_default_timezone())
    until = Statement(f" by {due}", f"，须于 {due} 前完成") if due else Statement("", "")
    named = {
        Obligation.Kind.FINE: Statement(
            f"A fine of {obligation.amount} {obligation.currency}", f"罚款 {obligation.amount} {obligation.currency}"
        ),
        Obligation.Kind.TRAINING: Statement(
            f"Training, or {obligation.points} points", f"完成培训，否则计 {obligation.points} 分"
        ),
        Obligation.Kind.CORRECTION: Statement("Things are to be put right", "须完成整改"),
    }[Obligation.Kind(obligation.kind)]
    return Statement(f"{named.en}{until.en}.", f"{named.zh_hans}{until.zh_hans}。")


def _remedy(remedy: Remedy) -> Statement:
    named = _REMEDIES[Remedy.Kind(remedy.kind)]
    amount = f": {remedy.amount} {remedy.currency}" if remedy.amount is not None else ""
    due = _day(remedy.due_at)
    until = Statement(f", by {due}", f"，不晚于 {due}") if due else Statement("", "")
    return Statement(f"{named.en}{amount}{until.en}.", f"{named.zh_hans}{amount.replace(': ', '：')}{until.zh_hans}。")


def _appeal_of(decision: Decision, who: str) -> list[Statement]:
    right = right_against(decision, who)
    until = appeal_until(decision, right) if right is not None else None
    if until is None:
        return []
    last = timezone.localtime(until, timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M")
    return [
        Statement(
            f"You may appeal before {last} (platform time). Another person than decided looks at it.",
            f"您可在 {last}（平台时间）之前提出申诉，将由原决定人以外的人员处理。",
        )
    ]


def _joined(lines: Iterable[Statement]) -> Statement:
    told = list(lines)
    return Statement("\n".join(each.en for each in told), "\n".join(each.zh_hans for each in told))
