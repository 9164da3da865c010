"""The first page of the back office, a module a section: how today goes, what waits for a person, what runs.

Each figure leads to its rows, and each section is only for those who may see these.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.config.dashboard.decisions import held_decisions
from governance.config.dashboard.deliveries import deliveries
from governance.config.dashboard.desk import desk
from governance.config.dashboard.intake import intake
from governance.config.dashboard.open_days import open_days
from governance.config.dashboard.rated import rated
from governance.config.dashboard.runs import runs
from governance.config.dashboard.today import today

SECTIONS: Final[tuple[tuple[str, str, Callable[[datetime], Any]], ...]] = (
    ("runs", "shops.view_run", runs),
    ("decisions", "governance.view_decision", held_decisions),
    ("desk", "complaints.view_complaint", desk),
    ("open_days", "shops.view_computedday", open_days),
    ("intake", "shops.view_intakebatch", intake),
    ("deliveries", "shops.view_delivery", deliveries),
    ("today", "shops.view_shopday", today),
    ("rated", "governance.view_shoprating", rated),
)
"""The sections: their name in the template, the right that they ask for, and what makes them."""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard's sections to the context of the admin's index (unfold's DASHBOARD_CALLBACK)."""
    now = timezone.now()
    sections = {name: make(now) for name, right, make in SECTIONS if request.user.has_perm(right)}
    alerts = [alert for section in sections.values() for alert in section.alerts]
    return {**context, **sections, "title": _("Dashboard"), "may_see_figures": bool(sections), "alerts": alerts}
