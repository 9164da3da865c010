"""The public page of what the channel did in a year, and the rules to read beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from complaints.actions.published_figures import Share, published_figures, years_published
from complaints.models import Complaint
from governance.models import Appeal, Decision, Penalty

OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "violation": _("a violation was found"),
    "no_violation": _("no violation was found"),
    "refused": _("not taken up, with reasons"),
    "withdrawn": _("withdrawn"),
    "open": _("still open"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A count with its name and its share of all, 0 to 100."""

    name: str
    count: int
    percent: float


@require_safe
def transparency_page(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """The figures of a year, this one unless said; a year of which nothing is kept is not found."""
    years = years_published()
    if year is not None and year not in years:
        raise Http404
    figures = published_figures(year or years[0])
    context = {
        "figures": figures,
        "years": years,
        "tables": [
            (_("Complaints by kind"), _bars(figures.by_kind, dict(Complaint.Kind.choices))),
            (_("What became of them"), _bars(figures.by_outcome, OUTCOMES)),
            (_("Decisions that took effect"), _bars(figures.by_decision, dict(Decision.Kind.choices))),
            (_("How far decisions were automated"), _bars(figures.by_automation, dict(Decision.Automation.choices))),
            (_("Penalties that began"), _bars(figures.penalties, dict(Penalty.Kind.choices))),
            (_("Appeals and their answers"), _bars(figures.by_appeal, dict(Appeal.State.choices))),
        ],
    }
    return render(request, "complaints/transparency.html", context)


def _bars(shares: Sequence[Share], names: Mapping[str, str | Promise]) -> list[Bar]:
    total = sum(share.count for share in shares)
    return [Bar(str(names.get(each.key, each.key)), each.count, 100 * each.count / total) for each in shares]
