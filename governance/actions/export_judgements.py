"""Decisions, penalties and findings as plain rows. Nothing in them names a buyer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from governance.models import Decision, Finding, Penalty
from governance.models.penalty import LIMITS

Row = dict[str, Any]
CHUNK: Final = 5_000
DECISION_FIELDS: Final = (
    *("kind", "clause", "gravity", "matter", "facts_first_on", "facts_last_on", "facts_en", "facts_zh_hans"),
    *("reasons_en", "reasons_zh_hans", "source", "automated_detection", "automated_decision", "decided_at"),
    *("is_held", "review", "effective_at", "ends_at", "due_on"),
)
PENALTY_FIELDS: Final = (
    *("ladder", "node", "kind", "title_en", "title_zh_hans", *LIMITS, "starts_at", "ends_at"),
    *("paused_at", "corrected_at", "reversed_at"),
)
FINDING_FIELDS: Final = (
    *("kind", "subject", "window_first_on", "window_last_on", "numerator", "denominator", "expected", "confidence"),
    *("found_at", "state", "reviewed_at", "reason"),
)


def export_decisions(on: date | None) -> Iterator[Row]:
    """The decisions taken on a day of the platform (None: all), held and dismissed ones included, oldest first."""
    decisions = Decision.objects.order_by("pk")
    if on is not None:
        first, next_ = _day(on)
        decisions = decisions.filter(decided_at__gte=first, decided_at__lt=next_)
    names = {"overridden": F("overrides__code"), "policy_version": F("policy__version")}
    return _rows(decisions, "decision", DECISION_FIELDS, names)


def export_penalties(on: date | None) -> Iterator[Row]:
    """The penalties whose span touches a day of the platform (None: all), paused and reversed ones included."""
    penalties = Penalty.objects.order_by("pk")
    if on is not None:
        first, next_ = _day(on)
        penalties = penalties.filter(Q(ends_at=None) | Q(ends_at__gt=first), starts_at__lt=next_)
    return _rows(penalties, "penalty", PENALTY_FIELDS, {"decision_code": F("decision__code")}, has_agent=False)


def export_findings(on: date | None) -> Iterator[Row]:
    """The findings of a day of the platform (None: all), whatever became of them, oldest first."""
    findings = Finding.objects.order_by("pk")
    if on is not None:
        first, next_ = _day(on)
        findings = findings.filter(found_at__gte=first, found_at__lt=next_)
    return _rows(findings, "finding", FINDING_FIELDS, {"decision_code": F("decision__code")})


def _rows(
    rows: QuerySet[Any], name: str, fields: tuple[str, ...], names: dict[str, Any], *, has_agent: bool = True
) -> Iterator[Row]:
    agent = {"agent_code": F("agent__code")} if has_agent else {}
    wanted = rows.values("code", *fields, **names, **agent, shop_code=F("shop__code"))
    for row in wanted.iterator(CHUNK):
        told = {name: row.pop("code"), "shop_id": row.pop("shop_code")}
        told |= {"agent_id": row.pop("agent_code")} if has_agent else {}
        yield told | row


def _day(on: date) -> tuple[datetime, datetime]:
    """The first instants of a day and of the next one, in the platform's time zone."""
    days = (on, date.fromordinal(on.toordinal() + 1))
    first, next_ = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
    return first, next_
