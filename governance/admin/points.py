"""The ledger of violation points: read only, the newest entry first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from governance.models import PointEntry, Policy
from shops.admin.base import LongListAdmin
from shops.admin.pills import pill

TONES = {
    PointEntry.Kind.INCURRED: "worst",
    PointEntry.Kind.MISSED_TRAINING: "poor",
    PointEntry.Kind.REVERSED: "good",
}


class LadderFilter(admin.SimpleListFilter):
    """The classes of the policy in force. Django's own filter would read every row to see which there are."""

    title = _("class")
    parameter_name = "ladder"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        policy = Policy.objects.in_force_on(timezone.localdate())
        ladders = policy.rules().violations.ladders if policy is not None else ()
        language = get_language() or "en"
        return [(ladder.key, ladder.title.in_language(language)) for ladder in ladders]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ARG002
        """The chosen ones."""
        return queryset.filter(ladder=self.value()) if self.value() else queryset


@admin.register(PointEntry)
class PointEntryAdmin(LongListAdmin[PointEntry]):
    """Points for and against shops; whatever is wrong is reversed by an entry of its own."""

    list_display = ("shop", "ladder", "signed", "why", "fell_on", "by_decision", "entered_at")
    list_filter = ("kind", LadderFilter, ("fell_on", RangeDateFilter))
    list_select_related = ("shop", "decision")
    search_fields = ("=shop__code", "=decision__code")
    search_help_text = _("Exact shop id or reference of a decision")
    ordering = ("-id",)
    fields = (("shop", "ladder"), ("signed", "why"), ("fell_on", "entered_at"), ("by_decision", "reverses"))

    @admin.display(description=_("points"), ordering="points")
    def signed(self, entry: PointEntry) -> SafeString:
        """The points with their sign."""
        sign = "+" if entry.points > 0 else "−"
        return format_html('<span class="ol-number">{}{}</span>', sign, abs(entry.points))

    @admin.display(description=_("why"), ordering="kind")
    def why(self, entry: PointEntry) -> SafeString:
        """Why the entry is there."""
        return pill(entry.get_kind_display(), TONES[PointEntry.Kind(entry.kind)])

    @admin.display(description=_("decision"))
    def by_decision(self, entry: PointEntry) -> SafeString:
        """The decision that brought it or took it back."""
        return decision_link(entry.decision_id, entry.decision.code)


def decision_link(key: int | None, code: str) -> SafeString:
    """A link to a decision's page by its reference."""
    address = reverse("admin:governance_decision_change", args=[key])
    return format_html('<a class="ol-link ol-number" href="{}">{}</a>', address, code)
