"""Decisions that have no effect until a second person releases them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils.translation import ngettext

from governance.config.dashboard.figures import Alert, list_url, page_url
from governance.models import Decision
from shops.views.figures import count_in_words, seconds_in_words

SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """One of them."""

    kind: str
    subject: str
    waits: str
    url: str


@dataclass(frozen=True, slots=True)
class HeldDecisions:
    """The section: how many wait, and the oldest of them."""

    count: int
    rows: list[HeldDecision]
    url: str
    alerts: list[Alert] = field(default_factory=list)


def held_decisions(now: datetime) -> HeldDecisions:
    """Those that wait, the oldest first; two queries."""
    held = Decision.objects.held()
    oldest = held.select_related("shop", "agent").defer("sample").order_by("decided_at", "pk")[:SHOWN]
    rows = [
        HeldDecision(
            str(decision.get_kind_display()),
            f"{decision.agent} · {decision.shop}" if decision.agent else str(decision.shop),
            seconds_in_words((now - decision.decided_at).total_seconds() // 60 * 60),
            page_url(decision),
        )
        for decision in oldest
    ]
    count = len(rows) if len(rows) < SHOWN else held.count()
    url = list_url(Decision, is_held__exact=1, review__exact="")
    alerts = []
    if count:
        told = ngettext(
            "%(count)s decision waits for a second person.", "%(count)s decisions wait for a second person.", count
        )
        alerts.append(Alert(told % {"count": count_in_words(count)}, url))
    return HeldDecisions(count, rows, url, alerts)
