"""The scores of agents, read only: they are computed, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from governance.admin.pills import standing_pill
from governance.models import AgentScore
from governance.views.lines import lines_of_score
from shops.admin.base import LongListAdmin
from shops.admin.days import MEASURE_FIELDSETS, MeasureFigures
from shops.views.figures import points_in_words


@admin.register(AgentScore)
class AgentScoreAdmin(MeasureFigures, LongListAdmin[AgentScore]):
    """One row per agent and scored day."""

    list_display = (
        "on", "agent", "agent_shop", "score", "standing_in_words", "settled", "on_time_rate", "median_response"
    )  # fmt: skip
    list_filter = (("on", RangeDateFilter), "standing")
    list_select_related = ("agent", "agent__shop")
    search_fields = ("=agent__code", "=agent__shop__code")
    search_help_text = _("Exact agent id or shop id")
    ordering = ("-on", "agent_id")
    change_form_after_template = "governance/score_lines.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("agent", "agent_shop", "on"),
                    ("score", "standing_in_words"),
                    ("window_first_on", "window_last_on", "policy"),
                )
            },
        ),
        *MEASURE_FIELDSETS,
    )

    @admin.display(description=_("shop"))
    def agent_shop(self, score: AgentScore) -> str:
        """The agent's shop."""
        return str(score.agent.shop)

    @admin.display(description=_("score"))
    def score(self, score: AgentScore) -> str:
        """0 to 100; a dash where nothing could be measured."""
        return points_in_words(score.points)

    @admin.display(description=_("standing"))
    def standing_in_words(self, score: AgentScore) -> SafeString:
        """Where the agent stands against policy's lines."""
        return standing_pill(score.standing)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: AgentScore | None = None,
    ) -> HttpResponse:
        """The page of a score, with what it is made of below."""
        if obj is not None:
            context["parts"] = lines_of_score(obj.lines, obj.policy.rules())
        return super().render_change_form(request, context, add, change, form_url, obj)
