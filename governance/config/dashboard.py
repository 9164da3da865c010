"""The first page of the back office: the newest scored day at a glance, each figure leading to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.formulas.grades import PROVISIONAL
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.schema import PolicyDocument
from governance.views.charts import grades_chart, rates_chart
from governance.views.wording import GradeInWords, grade_in_words
from shops.models import PrivilegesChange, Shop, ShopDay
from shops.views.figures import count_in_words, rate_in_words
from shops.views.privileges import privilege_names

RATES_DAYS = 60
MOVERS_SHOWN = 12
LOW_SHOPS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with where it leads."""

    name: str
    figure: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Mover:
    """A shop whose grade or privileges changed."""

    shop: Shop
    on: date
    previous: GradeInWords
    grade: GradeInWords
    taken: str
    granted: str
    url: str


@dataclass(frozen=True, slots=True)
class LowShop:
    """A shop of the lowest grade."""

    rating: ShopRating
    grade: GradeInWords
    on_time: str
    url: str


@dataclass(frozen=True, slots=True)
class PlatformDay:
    """The platform's sums of one day, as a chart of rates needs them."""

    on: date
    settled: int
    answered: int
    on_time: int


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard's figures to the context of the admin's index (unfold's DASHBOARD_CALLBACK)."""
    if not request.user.has_perm("governance.view_shoprating"):
        return {**context, "title": _("Dashboard"), "may_see_figures": False}
    newest = ShopRating.objects.order_by("-on").select_related("policy").first()
    figures: dict[str, Any] = {"title": _("Dashboard"), "may_see_figures": True, "newest": newest}
    if newest is None:
        figures["has_shops"] = Shop.objects.exists()
        figures["has_policy"] = Policy.objects.published().exists()
    else:
        figures |= _figures_of(newest)
    return {**context, **figures}


def _figures_of(newest: ShopRating) -> dict[str, Any]:
    document, on = newest.policy.rules(), newest.on
    ratings_url = reverse("admin:governance_shoprating_changelist")
    of_day = ShopRating.objects.filter(on=on)
    counts = dict(of_day.order_by().values_list("grade").annotate(shops=Count("pk")))
    links = {grade: f"{ratings_url}?on={on.isoformat()}&grade={grade}" for grade in {*counts, *_keys(document)}}
    days = _platform_days(newest.window_last_on)
    grades, rates = grades_chart(counts, document, links), rates_chart(days)
    return {
        "grades": grades,
        "rates": rates,
        "charts": (grades, rates),
        "tiles": _tiles(on, counts, days, document, links),
        "movers": _movers(document),
        "movers_url": reverse("admin:shops_privilegeschange_changelist"),
        "low_shops": _low_shops(on, document),
        "low_grade": grade_in_words(document.grades[-1].key, document),
        "low_url": links[document.grades[-1].key],
        "policy_title": document.title.in_language(get_language() or "en"),
    }


def _keys(document: PolicyDocument) -> list[str]:
    return [grade.key for grade in document.grades]


def _platform_days(last_on: date) -> list[PlatformDay]:
    """The sums of all shops by day, oldest first: one query over the days of the chart."""
    rows = (
        ShopDay.objects.filter(on__gt=last_on - timedelta(days=RATES_DAYS), on__lte=last_on)
        .order_by("on")
        .values("on")
        .annotate(settled_sum=Sum("settled"), answered_sum=Sum("answered"), on_time_sum=Sum("on_time"))
    )
    return [PlatformDay(row["on"], row["settled_sum"], row["answered_sum"], row["on_time_sum"]) for row in rows]


def _tiles(
    on: date, counts: dict[str, int], days: list[PlatformDay], document: PolicyDocument, links: dict[str, str]
) -> list[Figure]:
    last = days[-1] if days else None
    below = AgentScore.objects.filter(on=on, standing=AgentScore.Standing.BELOW).count()
    scores_url = reverse("admin:governance_agentscore_changelist")
    shop_days_url = reverse("admin:shops_shopday_changelist")
    lost = PrivilegesChange.objects.filter(on=on).exclude(taken=[]).count()
    worst = document.grades[-1].key
    rated = sum(counts.values())
    return [
        Figure(
            _("Shops rated"),
            count_in_words(rated),
            _("%(count)s provisional") % {"count": count_in_words(counts.get(PROVISIONAL, 0))},
            f"{reverse('admin:governance_shoprating_changelist')}?on={on.isoformat()}",
        ),
        Figure(
            _("Answered on time"),
            rate_in_words(last.on_time / last.settled if last and last.settled else None),
            _("of %(count)s turns on %(on)s") % {"count": count_in_words(last.settled), "on": last.on.isoformat()}
            if last
            else "",
            f"{shop_days_url}?on={last.on.isoformat()}" if last else shop_days_url,
        ),
        Figure(
            _("Shops of the lowest grade"),
            count_in_words(counts.get(worst, 0)),
            grade_in_words(worst, document).title,
            links[worst],
        ),
        Figure(
            _("Shops that lost a privilege"),
            count_in_words(lost),
            _("on %(on)s") % {"on": on.isoformat()},
            f"{reverse('admin:shops_privilegeschange_changelist')}?on={on.isoformat()}",
        ),
        Figure(
            _("Agents below standard"),
            count_in_words(below),
            _("proven, on %(on)s") % {"on": on.isoformat()},
            f"{scores_url}?on={on.isoformat()}&standing__exact={AgentScore.Standing.BELOW}",
        ),
    ]


def _movers(document: PolicyDocument) -> list[Mover]:
    """The newest changes of a grade; a shop's first privileges are no change of one."""
    changes = (
        PrivilegesChange.objects.exclude(previous_grade=F("grade"))
        .exclude(previous_grade="")
        .select_related("shop")
        .order_by("-on", "-id")[:MOVERS_SHOWN]
    )
    return [
        Mover(
            change.shop,
            change.on,
            grade_in_words(change.previous_grade, document),
            grade_in_words(change.grade, document),
            privilege_names(change.taken),
            privilege_names(change.granted),
            reverse("admin:shops_shop_why", args=[change.shop_id]) + f"?on={change.on.isoformat()}",
        )
        for change in changes
    ]


def _low_shops(on: date, document: PolicyDocument) -> list[LowShop]:
    """The shops of the lowest grade with the fewest points."""
    worst = document.grades[-1].key
    ratings = ShopRating.objects.filter(on=on, grade=worst).select_related("shop").order_by("points", "shop_id")
    return [
        LowShop(
            rating,
            grade_in_words(rating.grade, document),
            rate_in_words(rating.on_time / rating.settled if rating.settled else None),
            reverse("admin:shops_shop_why", args=[rating.shop_id]),
        )
        for rating in ratings[:LOW_SHOPS_SHOWN]
    ]
