"""The newest scored day at a glance: grades, those who moved, and the lowest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.config.dashboard.figures import Alert, Figure, list_url
from governance.config.dashboard.platform_days import PlatformDay, computed_on, platform_days
from governance.formulas.grades import PROVISIONAL
from governance.models import AgentScore, ShopRating
from governance.policy.schema import PolicyDocument
from governance.views.charts import Chart, grades_chart, rates_chart
from governance.views.wording import GradeInWords, grade_in_words
from shops.models import PrivilegesChange, Shop, ShopDay
from shops.views.figures import count_in_words, rate_in_words
from shops.views.privileges import privilege_names

RATES_DAYS = 60
MOVERS_SHOWN = 8
LOW_SHOPS_SHOWN = 8


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
class Rated:
    """The section. Without `newest` nothing was scored yet, and the page says what to do."""

    newest: ShopRating | None = None
    has_shops: bool = False
    tiles: list[Figure] = field(default_factory=list)
    charts: tuple[Chart, ...] = ()
    movers: list[Mover] = field(default_factory=list)
    movers_url: str = ""
    low_shops: list[LowShop] = field(default_factory=list)
    low_grade: GradeInWords | None = None
    low_url: str = ""
    policy_title: str = ""
    alerts: list[Alert] = field(default_factory=list)


def rated(_now: datetime) -> Rated:
    """The newest day that shops were rated for."""
    newest = ShopRating.objects.order_by("-on").select_related("policy").first()
    return Rated(has_shops=Shop.objects.exists()) if newest is None else _figures_of(newest)


def _figures_of(newest: ShopRating) -> Rated:
    document, on = newest.policy.rules(), newest.on
    counts = dict(ShopRating.objects.filter(on=on).order_by().values_list("grade").annotate(shops=Count("pk")))
    links = {
        grade: list_url(ShopRating, on=on.isoformat(), grade=grade)
        for grade in {*counts, *(grade.key for grade in document.grades)}
    }
    dates = [newest.window_last_on - timedelta(days=days) for days in range(RATES_DAYS)]
    days = list(platform_days(dates, computed_on(dates)).values())
    worst = document.grades[-1].key
    return Rated(
        newest=newest,
        has_shops=True,
        tiles=_tiles(on, counts, days, document, links),
        charts=(grades_chart(counts, document, links), rates_chart(days)),
        movers=_movers(document),
        movers_url=list_url(PrivilegesChange),
        low_shops=_low_shops(on, document),
        low_grade=grade_in_words(worst, document),
        low_url=links[worst],
        policy_title=document.title.in_language(get_language() or "en"),
    )


def _tiles(
    on: date, counts: dict[str, int], days: list[PlatformDay], document: PolicyDocument, links: dict[str, str]
) -> list[Figure]:
    last = days[-1] if days else None
    below = AgentScore.objects.filter(on=on, standing=AgentScore.Standing.BELOW).count()
    lost = PrivilegesChange.objects.filter(on=on).exclude(taken=[]).count()
    worst = document.grades[-1].key
    rated = sum(counts.values())
    return [
        Figure(
            _("Shops rated"),
            count_in_words(rated),
            _("%(count)s provisional") % {"count": count_in_words(counts.get(PROVISIONAL, 0))},
            list_url(ShopRating, on=on.isoformat()),
        ),
        Figure(
            _("Answered on time"),
            rate_in_words(last.on_time_rate if last else None),
            _("of %(count)s turns on %(on)s") % {"count": count_in_words(last.settled), "on": last.on.isoformat()}
            if last
            else "",
            list_url(ShopDay, on=last.on.isoformat()) if last else list_url(ShopDay),
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
            list_url(PrivilegesChange, on=on.isoformat()),
        ),
        Figure(
            _("Agents below standard"),
            count_in_words(below),
            _("proven, on %(on)s") % {"on": on.isoformat()},
            list_url(AgentScore, on=on.isoformat(), standing__exact=AgentScore.Standing.BELOW.value),
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
