"""Messages that came in over HTTP in the last day: by the hour, with what was rejected, and whether they still come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.config.dashboard.figures import Alert, Figure, list_url
from governance.views.charts import Chart, intake_chart
from shops.models import IntakeBatch, ServiceToken
from shops.views.figures import ABSENT, count_in_words, seconds_in_words, share_in_words

DAY: Final = timedelta(hours=24)
HOURS: Final = 24
SILENCE_FROM: Final = timedelta(minutes=10)
"""A shorter silence says nothing."""
SILENCE_TO: Final = timedelta(hours=1)
"""A longer one is compared by its last hour, or it would reach into the days that it is compared with."""
DAYS_COMPARED: Final = 7
USUAL_DAYS: Final = 4
"""On so many of DAYS_COMPARED days messages came in at that time: then silence is not usual."""
MANY_REJECTED: Final = 0.05


@dataclass(frozen=True, slots=True)
class Intake:
    """The section. `chart` is None where nothing ever came in."""

    figures: list[Figure]
    chart: Chart | None
    tokens_url: str
    docs_url: str
    alerts: list[Alert] = field(default_factory=list)


def intake(now: datetime) -> Intake:
    """The last 24 hours; three queries."""
    tokens_url, docs_url = list_url(ServiceToken), reverse("api_docs")
    sums = IntakeBatch.objects.filter(received_at__gt=now - DAY).aggregate(
        Sum("rows"), Sum("accepted"), Sum("repeated"), Sum("rejected"), batches=Count("pk")
    )
    last_at = IntakeBatch.objects.aggregate(at=Max("received_at"))["at"]
    if last_at is None:
        return Intake([], None, tokens_url, docs_url)
    rows, rejected = sums["rows__sum"] or 0, sums["rejected__sum"] or 0
    since = {"received_at_from_0": timezone.localtime(now - DAY).strftime("%Y-%m-%d")}
    is_bad = bool(rows) and rejected / rows >= MANY_REJECTED
    figures = [
        Figure(
            _("Messages in 24 hours"),
            count_in_words(rows),
            _("in %(count)s batches") % {"count": count_in_words(sums["batches"])},
            list_url(IntakeBatch, **since),
        ),
        Figure(
            _("Rejected"),
            share_in_words(rejected, rows) if rows else ABSENT,
            _("%(count)s rows") % {"count": count_in_words(rejected)},
            list_url(IntakeBatch, lost="some", **since),
            "worst" if is_bad else "",
        ),
        Figure(
            _("Last batch"),
            date_format(timezone.localtime(last_at), "H:i" if now - last_at < DAY else "Y-m-d H:i"),
            _("%(span)s ago") % {"span": _span(now - last_at)},
            list_url(IntakeBatch),
        ),
    ]
    return Intake(
        figures, intake_chart(_hours(now)), tokens_url, docs_url, _alerts(now, last_at, rows, rejected, figures[1].url)
    )


def _hours(now: datetime) -> Sequence[tuple[str, int, int]]:
    """The name of each of the last HOURS hours, the rows kept or repeated in it, and those rejected. One query."""
    present = now.replace(minute=0, second=0, microsecond=0)
    starts = [present - timedelta(hours=hours) for hours in range(HOURS - 1, -1, -1)]
    found = (
        IntakeBatch.objects.filter(received_at__gte=starts[0])
        .order_by()
        .values_list(TruncHour("received_at", tzinfo=UTC))
        .annotate(Sum("rows"), Sum("rejected"))
    )
    counted = {hour: (rows, rejected) for hour, rows, rejected in found}
    return [
        (date_format(timezone.localtime(hour), "H:i"), rows - rejected, rejected)
        for hour in starts
        for rows, rejected in [counted.get(hour, (0, 0))]
    ]


def _alerts(now: datetime, last_at: datetime, rows: int, rejected: int, rejected_url: str) -> list[Alert]:
    alerts = []
    usual = _usual_days(now, last_at)
    if usual >= USUAL_DAYS:
        words = {"span": _span(now - last_at), "days": usual, "of": DAYS_COMPARED}
        alerts.append(
            Alert(
                _("No message for %(span)s. At this time of day they came in on %(days)s of the last %(of)s days.")
                % words,
                list_url(IntakeBatch),
                "worst",
            )
        )
    if rows and rejected / rows >= MANY_REJECTED:
        words = {"share": share_in_words(rejected, rows)}
        alerts.append(Alert(_("%(share)s of the last day's messages were rejected.") % words, rejected_url, "middle"))
    return alerts


def _usual_days(now: datetime, last_at: datetime) -> int:
    """On how many of the last days batches came in during what is silent today; 0 for a short silence. One query."""
    silence = now - last_at
    if silence < SILENCE_FROM:
        return 0
    starts_at = now - min(silence, SILENCE_TO)
    spans = {
        f"day_{days}": Count(
            "pk",
            filter=Q(received_at__gte=starts_at - timedelta(days=days), received_at__lt=now - timedelta(days=days)),
        )
        for days in range(1, DAYS_COMPARED + 1)
    }
    recent = IntakeBatch.objects.filter(received_at__gte=starts_at - timedelta(days=DAYS_COMPARED))
    return sum(bool(count) for count in recent.aggregate(**spans).values())


def _span(silence: timedelta) -> str:
    return seconds_in_words(silence.total_seconds() // 60 * 60)
