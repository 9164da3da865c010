"""What the platform publishes about its own channel: complaints, decisions, penalties and appeals of a year, counted.

Source: EU P2B 2019/1150 asks for number, types, time and outcomes of complaints; the DSA for decisions and automation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils import timezone

from complaints.models import Complaint
from governance.models import Appeal, Decision, Penalty

CACHED_SECONDS: Final = 3_600
FIRST_YEAR: Final = 2020


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a kind."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One year in the platform's time zone; whatever happened in it by the year that it began in."""

    year: int
    complaints: int
    by_kind: list[Share]
    by_outcome: list[Share]
    """violation, no_violation, refused, withdrawn, open: of the complaints filed in the year, as they stand now."""
    mean_days_to_answer: float | None
    """From filing to the decision, wall time; None where none was decided."""
    answered_late: int
    decisions: int
    """About shops and agents, that took effect in the year."""
    by_decision: list[Share]
    by_automation: list[Share]
    penalties: list[Share]
    appeals: int
    by_appeal: list[Share]
    mean_days_to_appeal: float | None

    def to_data(self) -> dict[str, Any]:
        """The figures as JSON types."""
        return asdict(self)


def years_published() -> list[int]:
    """This year in the platform's time zone, and every year back to the first complaint, newest first. One query."""
    this_year = timezone.localdate().year
    first = Complaint.objects.order_by("filed_at").values_list("filed_at", flat=True).first()
    oldest = max(FIRST_YEAR, timezone.localtime(first).year) if first is not None else this_year
    return list(range(this_year, min(oldest, this_year) - 1, -1))


def published_figures(year: int) -> Figures:
    """The figures of a year, an hour old at most. Nine queries where they are not cached."""
    key = f"transparency:{year}"
    figures: Figures | None = cache.get(key)
    if figures is None:
        figures = _figures(year)
        cache.set(key, figures, CACHED_SECONDS)
    return figures


def _figures(year: int) -> Figures:
    starts, ends = (timezone.make_aware(datetime(each, 1, 1)) for each in (year, year + 1))  # noqa: DTZ001
    filed = Complaint.objects.filter(filed_at__gte=starts, filed_at__lt=ends)
    decided = filed.filter(decided_at__isnull=False)
    decisions = Decision.objects.settled().filter(effective_at__gte=starts, effective_at__lt=ends)
    decisions = decisions.exclude(kind__in=Decision.ENDINGS)
    appeals = Appeal.objects.filter(filed_at__gte=starts, filed_at__lt=ends)
    penalties = Penalty.objects.filter(starts_at__gte=starts, starts_at__lt=ends)
    by_kind, by_appeal = _shares(filed, "kind"), _shares(appeals, "state")
    by_decision = _shares(decisions, "kind")
    return Figures(
        year=year,
        complaints=sum(each.count for each in by_kind),
        by_kind=by_kind,
        by_outcome=_outcomes(filed),
        mean_days_to_answer=_mean_days(decided, "filed_at"),
        answered_late=decided.filter(overdue_at__isnull=False).count(),
        decisions=sum(each.count for each in by_decision),
        by_decision=by_decision,
        by_automation=_shares(decisions, "automated_decision"),
        penalties=_shares(penalties, "kind"),
        appeals=sum(each.count for each in by_appeal),
        by_appeal=by_appeal,
        mean_days_to_appeal=_mean_days(appeals.filter(decided_at__isnull=False), "filed_at"),
    )


def _outcomes(filed: QuerySet[Complaint]) -> list[Share]:
    counts = filed.aggregate(
        violation=Count("pk", filter=Q(decision__kind=Decision.Kind.VIOLATION, decided_at__isnull=False)),
        no_violation=Count("pk", filter=Q(decision__kind=Decision.Kind.NO_VIOLATION, decided_at__isnull=False)),
        refused=Count("pk", filter=Q(is_refused=True)),
        withdrawn=Count("pk", filter=Q(state=Complaint.State.WITHDRAWN)),
        open=Count("pk", filter=Q(state__in=Complaint.OPEN)),
    )
    return [Share(key, count) for key, count in counts.items() if count]


def _shares(rows: QuerySet[Any], column: str) -> list[Share]:
    """The most frequent first."""
    counted = rows.order_by().values_list(column).annotate(count=Count("pk"))
    return [Share(key, count) for key, count in sorted(counted, key=lambda each: (-each[1], each[0]))]


def _mean_days(rows: QuerySet[Any], since: str) -> float | None:
    mean = rows.aggregate(mean=Avg(F("decided_at") - F(since)))["mean"]
    return None if mean is None else round(mean.total_seconds() / 86_400, 2)
