"""Figures as plain rows, for other systems and for whoever wants to count again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import F, Max, QuerySet

from governance.actions.export_judgements import export_decisions, export_findings, export_penalties
from governance.models import AgentScore, ShopRating
from shops.models import AgentDay, PrivilegesChange, ShopDay
from shops.models.measures import MEASURE_COLUMNS

Row = dict[str, Any]
CHUNK = 5_000
RATING_FIELDS = (
    *("on", "points", "grade", "since_on", "candidate", "candidate_since_on", "reason"),
    *("window_first_on", "window_last_on", "lines", "peers", *MEASURE_COLUMNS),
)
SCORE_FIELDS = (
    *("on", "points", "speed_points", "quality_points", "resolution_points", "standing"),
    *("window_first_on", "window_last_on", "lines", *MEASURE_COLUMNS),
)
PRIVILEGE_FIELDS = (
    *("on", "grade", "keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight", "may_list"),
    "reason",
)


def export_measures(on: date | None) -> Iterator[Row]:
    """The measures of a local date (None: the newest), the shops' first (agent_id None), then the agents'."""
    on = on or _newest(ShopDay.objects.all())
    fields = ("on", "is_final", *MEASURE_COLUMNS)
    shops = ShopDay.objects.filter(on=on).order_by("shop__code").values(*fields, shop_id_=F("shop__code"))
    agents = AgentDay.objects.filter(on=on).order_by("agent__shop__code", "agent__code")
    yield from ({"shop_id": row.pop("shop_id_"), "agent_id": None, **row} for row in shops.iterator(CHUNK))
    for row in agents.values(*fields, shop_id_=F("agent__shop__code"), code=F("agent__code")).iterator(CHUNK):
        yield {"shop_id": row.pop("shop_id_"), "agent_id": row.pop("code"), **row}


def export_scores(on: date | None) -> Iterator[Row]:
    """The agents' scores of a day (None: the newest)."""
    scores = AgentScore.objects.filter(on=on or _newest(AgentScore.objects.all()))
    scores = scores.order_by("agent__shop__code", "agent__code")
    names = {"shop_id_": F("agent__shop__code"), "code": F("agent__code"), "policy_version": F("policy__version")}
    for row in scores.values("id", *SCORE_FIELDS, **names).iterator(CHUNK):
        yield {"id": row.pop("id"), "shop_id": row.pop("shop_id_"), "agent_id": row.pop("code"), **row}


def export_ratings(on: date | None) -> Iterator[Row]:
    """The ratings in force on a day (None: now): each shop's newest rating up to it."""
    before = None if on is None else date.fromordinal(on.toordinal() + 1)
    ratings = ShopRating.objects.newest_per_shop(before=before)
    if before is not None:
        ratings = ratings.filter(on__lt=before)
    names = {"shop_id_": F("shop__code"), "policy_version": F("policy__version")}
    for row in ratings.order_by("shop__code").values("id", *RATING_FIELDS, **names).iterator(CHUNK):
        yield {"id": row.pop("id"), "shop_id": row.pop("shop_id_"), **row}


def export_privileges(on: date | None) -> Iterator[Row]:
    """The privileges in force on a day (None: now), from the history of their changes."""
    changes = PrivilegesChange.objects.order_by("shop__code", "-on", "-pk")
    if on is not None:
        changes = changes.filter(on__lte=on)
    last = None
    for row in changes.values(*PRIVILEGE_FIELDS, "policy_version", shop_id_=F("shop__code")).iterator(CHUNK):
        code = row.pop("shop_id_")
        if code != last:
            yield {"shop_id": code, **row}
        last = code


EXPORTS: dict[str, Callable[[date | None], Iterator[Row]]] = {
    "measures": export_measures,
    "scores": export_scores,
    "ratings": export_ratings,
    "privileges": export_privileges,
    "findings": export_findings,
    "decisions": export_decisions,
    "penalties": export_penalties,
}


def _newest(rows: QuerySet[Any]) -> date:
    newest: date | None = rows.aggregate(newest=Max("on"))["newest"]
    return newest or date.min
