"""What came in over HTTP: every batch with its rows and losses, and the last two days by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter

from shops.admin.base import LongListAdmin
from shops.models import IntakeBatch
from shops.views.figures import ABSENT, count_in_words, share_in_words

CHART_HOURS: Final = 48
HEIGHT: Final = 100
"""Of the chart, in units of its own."""


@dataclass(frozen=True, slots=True)
class HourBar:
    """One hour of the chart: rows, and how high its bars are. `left` is its place, in hours from the first."""

    starts_at: datetime
    rows: int
    rejected: int
    left: int
    height: float
    rejected_height: float


class RejectsFilter(admin.SimpleListFilter):
    """Batches that lost rows."""

    title = _("rejected rows")
    parameter_name = "lost"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("some", _("some were rejected")), ("none", _("none were rejected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IntakeBatch]) -> QuerySet[IntakeBatch]:  # noqa: ARG002
        """The chosen ones."""
        match self.value():
            case "some":
                return queryset.filter(rejected__gt=0)
            case "none":
                return queryset.filter(rejected=0)
        return queryset


@admin.register(IntakeBatch)
class IntakeBatchAdmin(LongListAdmin[IntakeBatch]):
    """The receipts of batches; the messages themselves are in the chat log."""

    list_display = ("received_at", "token", "rows", "accepted", "repeated", "rejected", "rejected_share", "seconds")
    list_filter = (("received_at", RangeDateTimeFilter), RejectsFilter, ("token", AutocompleteSelectFilter))
    list_select_related = ("token",)
    ordering = ("-id",)
    list_before_template = "shops/intake_hours.html"
    fields = (
        ("token", "received_at", "seconds"),
        ("rows", "accepted", "repeated", "rejected"),
        ("first_sent_at", "last_sent_at"),
        "told_reasons",
    )

    def changelist_view(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list below the chart of the last hours (one query more)."""
        hours = hours_until(timezone.now())
        context = {
            "hours": hours,
            "hours_total": sum(hour.rows for hour in hours),
            "hours_rows": count_in_words(sum(hour.rows for hour in hours)),
            "hours_height": HEIGHT,
        }
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description=_("share rejected"))
    def rejected_share(self, batch: IntakeBatch) -> str:
        """Of its rows."""
        return share_in_words(batch.rejected, batch.rows) if batch.rejected else ABSENT

    @admin.display(description=_("reasons"))
    def told_reasons(self, batch: IntakeBatch) -> SafeString | str:
        """The first rejected rows, with their place in the batch."""
        if not batch.reasons:
            return ABSENT
        rows = format_html_join("", "<li>{}: {}</li>", ((each["index"], each["reason"]) for each in batch.reasons))
        return format_html('<ul class="ol-reasons">{}</ul>', rows)


def hours_until(now: datetime) -> Sequence[HourBar]:
    """The rows received in each of the last CHART_HOURS hours, the present one included, oldest first. One query."""
    present = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = present - timedelta(hours=CHART_HOURS - 1)
    sums = {
        hour: (rows, rejected)
        for hour, rows, rejected in IntakeBatch.objects.filter(received_at__gte=first)
        .order_by()
        .values_list(TruncHour("received_at", tzinfo=UTC))
        .annotate(Sum("rows"), Sum("rejected"))
    }
    most = max((rows for rows, _rejected in sums.values()), default=0) or 1
    bars = []
    for number in range(CHART_HOURS):
        starts_at = first + timedelta(hours=number)
        rows, rejected = sums.get(starts_at, (0, 0))
        bars.append(HourBar(starts_at, rows, rejected, number, rows / most * HEIGHT, rejected / most * HEIGHT))
    return bars
