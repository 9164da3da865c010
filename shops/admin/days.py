"""The measures of shops and agents by day: what ratings and scores are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from shops.admin.base import LongListAdmin, ReadOnlyAdmin
from shops.models import AgentDay, ComputedDay, ShopDay
from shops.models.measures import MEASURE_COLUMNS
from shops.views.figures import seconds_in_words, share_in_words

if TYPE_CHECKING:
    from shops.models.measures import MeasureColumns

SECONDS_COLUMNS = tuple(name for name in MEASURE_COLUMNS if name.endswith(("_mean", "_p50", "_p90")))
BUYER_COLUMNS = tuple(name for name in MEASURE_COLUMNS if name.endswith("_buyers"))
COUNT_COLUMNS = tuple(name for name in MEASURE_COLUMNS if name not in SECONDS_COLUMNS + BUYER_COLUMNS)
MEASURE_FIELDSETS: Any = (
    (_("Counts"), {"fields": COUNT_COLUMNS, "classes": ["tab"]}),
    (_("Buyers affected"), {"fields": BUYER_COLUMNS, "classes": ["tab"]}),
    (_("Response times"), {"fields": SECONDS_COLUMNS, "classes": ["tab"]}),
)
"""How a row of measures is laid out on its page, for days here and for scores and ratings above."""


class MeasureFigures:
    """Columns of a list that show measures for people. Mixed into the admin of any table with measures."""

    @admin.display(description=_("on time"))
    def on_time_rate(self, row: MeasureColumns) -> str:
        """Turns answered within the target, of all answered or unanswered."""
        return share_in_words(row.on_time, row.settled)

    @admin.display(description=_("answered"))
    def answer_rate(self, row: MeasureColumns) -> str:
        """Turns answered, of all answered or unanswered."""
        return share_in_words(row.answered, row.settled)

    @admin.display(description=_("median response"))
    def median_response(self, row: MeasureColumns) -> str:
        """Half of the answers came within this time."""
        return seconds_in_words(row.response_p50)


@admin.register(ShopDay)
class ShopDayAdmin(MeasureFigures, LongListAdmin[ShopDay]):
    """One row per shop and local date."""

    list_display = (
        "on", "shop", "turns", "settled", "on_time_rate", "answer_rate", "median_response", "brushed_off", "is_final"
    )  # fmt: skip
    list_filter = (("on", RangeDateFilter), "is_final")
    list_select_related = ("shop",)
    search_fields = ("=shop__code",)
    search_help_text = _("Exact shop id")
    ordering = ("-on", "shop_id")
    fieldsets = ((None, {"fields": (("shop", "on", "is_final"),)}), *MEASURE_FIELDSETS)


@admin.register(AgentDay)
class AgentDayAdmin(MeasureFigures, LongListAdmin[AgentDay]):
    """One row per agent and local date of the agent's shop."""

    list_display = (
        "on", "agent", "agent_shop", "turns", "settled", "on_time_rate", "answer_rate", "median_response", "is_final"
    )  # fmt: skip
    list_filter = (("on", RangeDateFilter), "is_final")
    list_select_related = ("agent", "agent__shop")
    search_fields = ("=agent__code", "=agent__shop__code")
    search_help_text = _("Exact agent id or shop id")
    ordering = ("-on", "agent_id")
    fieldsets = ((None, {"fields": (("agent", "on", "is_final"),)}), *MEASURE_FIELDSETS)

    @admin.display(description=_("shop"))
    def agent_shop(self, day: AgentDay) -> str:
        """The agent's shop."""
        return str(day.agent.shop)


@admin.register(ComputedDay)
class ComputedDayAdmin(ReadOnlyAdmin[ComputedDay]):
    """Which dates were computed, up to when they knew the log, and whether they can still change."""

    list_display = ("on", "shard", "turns", "as_of", "is_final")
    list_filter = (("on", RangeDateFilter), "is_final")
    ordering = ("-on", "shard")
