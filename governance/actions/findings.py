"""Findings: recorded by detectors and the desk, confirmed or dismissed once by a person. They sanction nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Decision, Finding
from shops.models import Agent, AuditEntry, Shop, User


class FindingError(Exception):
    """The finding cannot be recorded or reviewed so; the message says why and what to do."""


@transaction.atomic
def record_finding(
    shop: Shop,
    *,
    kind: str,
    window_first_on: date,
    window_last_on: date,
    agent: Agent | None = None,
    subject: str = "",
    numerator: int = 0,
    denominator: int = 0,
    expected: float | None = None,
    confidence: float | None = None,
    figures: Mapping[str, Any] | None = None,
    sample: Sequence[str] = (),
    at: datetime,
) -> Finding:
    """Record what was seen and return it. Safe to run twice: the same kind, shop, agent, subject and last day is one.

    One that still waits for a person gets the newer figures and keeps its reference; a reviewed one stays as it is.
    `sample`: ids of messages or complaints. Raises FindingError for an unknown kind or a window that ends before it
    begins.
    """
    if kind not in Finding.Kind.values:
        raise FindingError(_('There is no kind of finding "%(kind)s".') % {"kind": kind})
    if window_last_on < window_first_on:
        raise FindingError(_("The window of a finding ends on or after the day it begins."))
    if agent is not None and agent.shop_id != shop.pk:
        raise FindingError(_("This agent works at another shop. Choose one of this shop."))
    seen = {
        "window_first_on": window_first_on,
        "numerator": numerator,
        "denominator": denominator,
        "expected": expected,
        "confidence": confidence,
        "figures": dict(figures or {}),
        "sample": list(sample),
    }
    finding, is_new = Finding.objects.get_or_create(
        kind=kind,
        shop=shop,
        agent=agent,
        subject=subject,
        window_last_on=window_last_on,
        defaults={**seen, "found_at": at},
    )
    if is_new:
        AuditEntry.objects.create(
            action="record_finding", target=f"finding {finding.code}", detail={"kind": kind, "shop": shop.code}
        )
    elif Finding.objects.filter(pk=finding.pk, state=Finding.State.OPEN).update(**seen):
        finding.refresh_from_db()
    return finding


def confirm_finding(
    finding_id: int, *, reason: str, by: User, at: datetime, decision: Decision | None = None
) -> Finding:
    """Say that what was seen is so; `decision`: what followed, if it was taken already (else `name_decision`).

    Raises FindingError where somebody reviewed it already, no reason is given, or the decision is another shop's.
    """
    return _review(finding_id, Finding.State.CONFIRMED, reason, by, at, decision)


def dismiss_finding(finding_id: int, *, reason: str, by: User, at: datetime) -> Finding:
    """Close it without anything following. Raises what `confirm_finding` raises."""
    return _review(finding_id, Finding.State.DISMISSED, reason, by, at, None)


@transaction.atomic
def name_decision(finding_id: int, *, decision: Decision, by: User, at: datetime) -> Finding:
    """Note the decision that a confirmed finding led to, once. Raises FindingError where it is not confirmed."""
    finding = Finding.objects.get(pk=finding_id)
    _check_decision(finding, decision)
    named = Finding.objects.filter(pk=finding_id, state=Finding.State.CONFIRMED, decision=None)
    if not named.update(decision=decision):
        raise FindingError(_("Only a confirmed finding leads to a decision, and only to one. Reload the page."))
    finding.refresh_from_db()
    _record("name_decision_of_finding", finding, by, {"decision": decision.code, "at": at.isoformat()})
    return finding


@transaction.atomic
def _review(
    finding_id: int, state: Finding.State, reason: str, by: User, at: datetime, decision: Decision | None
) -> Finding:
    """Record the review if nobody has; the statement asks for it in the database, so that only one of two can win."""
    if not reason.strip():
        raise FindingError(_("A review says why. Write a reason."))
    finding = Finding.objects.get(pk=finding_id)
    if decision is not None:
        _check_decision(finding, decision)
    reviewed = Finding.objects.filter(pk=finding_id, state=Finding.State.OPEN).update(
        state=state, reviewed_by=by, reviewed_at=at, reason=reason.strip(), decision=decision
    )
    if not reviewed:
        raise FindingError(_("This finding does not wait for a person any more. Reload the page to see why."))
    finding.refresh_from_db()
    action = "confirm_finding" if state == Finding.State.CONFIRMED else "dismiss_finding"
    detail = {"reason": reason.strip(), "decision": decision.code if decision is not None else None}
    _record(action, finding, by, detail)
    return finding


def _check_decision(finding: Finding, decision: Decision) -> None:
    if decision.shop_id != finding.shop_id:
        raise FindingError(_("That decision is about another shop. Choose one about this shop."))


def _record(action: str, finding: Finding, by: User, detail: Mapping[str, Any]) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"finding {finding.code}", detail=dict(detail))
