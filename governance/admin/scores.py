"""The scores of agents, read only: they are computed, never edited."""

from __future__ import annotations

from django.contrib import admin
from django.template.loader import render_to_string
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
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("agent", "agent_shop", "on"),
                    ("score", "standing_in_words"),
                    ("window_first_on", "window_last_on", "policy"),
                    "lines_table",
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

    @admin.display(description=_("lines"))
    def lines_table(self, score: AgentScore) -> SafeString:
        """What the score is made of."""
        parts = lines_of_score(score.lines, score.policy.rules())
        return render_to_string("governance/score_lines.html", {"parts": parts})
