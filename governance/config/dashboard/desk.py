"""What waits for staff: complaints by queue and kind, appeals, held decisions, remedies that are overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.models import Complaint
from governance.config.dashboard.figures import Alert, Figure, list_url
from governance.models import Appeal, Decision, Finding, Remedy
from shops.views.figures import count_in_words

SOON: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class KindRow:
    """The open complaints of one kind."""

    name: str
    waiting: str
    due_soon: str
    overdue: str
    waiting_url: str
    overdue_url: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The section: figures that lead to their rows, and a row for each kind that has open complaints."""

    figures: list[Figure]
    kinds: list[KindRow]
    url: str
    alerts: list[Alert] = field(default_factory=list)


def desk(now: datetime) -> Desk:
    """How the desk stands; five queries, each by an index of what is open."""
    runs = Q(due_left_seconds=None)
    at_desk = Q(state__in=Complaint.AT_DESK, buyer_due_at=None)
    counted = {
        "waiting": Count("pk", filter=at_desk),
        "soon": Count("pk", filter=runs & Q(due_at__gt=now, due_at__lte=now + SOON)),
        "overdue": Count("pk", filter=runs & Q(due_at__lte=now)),
        "escalated": Count("pk", filter=Q(escalated_at__isnull=False)),
        "shop": Count("pk", filter=Q(state=Complaint.State.AWAITING_SHOP)),
    }
    rows: list[Any] = list(Complaint.objects.open().order_by().values("kind").annotate(**counted).order_by("kind"))
    total = {name: sum(row[name] for row in rows) for name in counted}
    appeals = Appeal.objects.open().aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lte=now)))
    held, findings = Decision.objects.held().count(), Finding.objects.filter(state=Finding.State.OPEN).count()
    remedies = Remedy.objects.overdue_at(now).count()
    overdue_url = list_url(Complaint, queue="overdue")
    figures = [
        Figure(_("At the desk"), count_in_words(total["waiting"]), "", list_url(Complaint, queue="desk")),
        Figure(_("Overdue"), count_in_words(total["overdue"]), "", overdue_url, "worst" if total["overdue"] else ""),
        Figure(
            _("Escalated"),
            count_in_words(total["escalated"]),
            "",
            list_url(Complaint, queue="escalated"),
            "middle" if total["escalated"] else "",
        ),
        Figure(_("Shops asked"), count_in_words(total["shop"]), "", list_url(Complaint, queue="shop")),
        Figure(
            _("Open appeals"),
            count_in_words(appeals["open"]),
            _("%(count)s overdue") % {"count": count_in_words(appeals["overdue"])} if appeals["overdue"] else "",
            list_url(Appeal, queue="open"),
            "worst" if appeals["overdue"] else "",
        ),
        Figure(_("Decisions held"), count_in_words(held), "", list_url(Decision, state="waiting")),
        Figure(
            _("Remedies overdue"),
            count_in_words(remedies),
            "",
            list_url(Remedy, state="overdue"),
            "worst" if remedies else "",
        ),
        Figure(_("Open findings"), count_in_words(findings), "", list_url(Finding, state__exact=Finding.State.OPEN)),
    ]
    names = dict(Complaint.Kind.choices)
    kinds = [
        KindRow(
            name=str(names.get(row["kind"], row["kind"])),
            waiting=count_in_words(row["waiting"]),
            due_soon=count_in_words(row["soon"]),
            overdue=count_in_words(row["overdue"]),
            waiting_url=list_url(Complaint, queue="desk", kind__exact=row["kind"]),
            overdue_url=list_url(Complaint, queue="overdue", kind__exact=row["kind"]),
            is_overdue=bool(row["overdue"]),
        )
        for row in rows
    ]
    return Desk(figures, kinds, list_url(Complaint), _alerts(total["overdue"], overdue_url))


def _alerts(overdue: int, url: str) -> list[Alert]:
    if not overdue:
        return []
    told = ngettext("%(count)s complaint is overdue.", "%(count)s complaints are overdue.", overdue)
    return [Alert(told % {"count": count_in_words(overdue)}, url, "worst")]
