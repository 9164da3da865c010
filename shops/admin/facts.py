"""What the marketplace's other systems report: outages, holidays, after-sales cases, stars, escalations."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter

from shops.admin.base import BackOfficeAdmin, ReadOnlyAdmin
from shops.models import AfterSalesCase, Escalation, Feedback, Holiday, Outage


@admin.register(Outage)
class OutageAdmin(BackOfficeAdmin[Outage]):
    """Spans in which the platform itself failed."""

    list_display = ("code", "starts_at", "ends_at", "hits_all_shops", "note")
    list_filter = ("hits_all_shops", ("starts_at", RangeDateTimeFilter))
    search_fields = ("code", "note")
    autocomplete_fields = ("shops",)


@admin.register(Holiday)
class HolidayAdmin(BackOfficeAdmin[Holiday]):
    """Declared holidays, and who opted to be measured on them."""

    list_display = ("date", "name", "blocks")
    list_filter = (("date", RangeDateFilter),)
    search_fields = ("name",)
    autocomplete_fields = ("working_shops",)


@admin.register(AfterSalesCase)
class AfterSalesCaseAdmin(BackOfficeAdmin[AfterSalesCase]):
    """Refunds, returns and the like that buyers opened."""

    list_display = ("code", "shop", "buyer_id", "kind", "opened_at", "closed_at")
    list_filter = (("opened_at", RangeDateTimeFilter),)
    list_select_related = ("shop",)
    search_fields = ("=code", "=buyer_id", "=shop__code")
    search_help_text = _("Exact case id, buyer id or shop id")
    autocomplete_fields = ("shop",)


@admin.register(Feedback)
class FeedbackAdmin(BackOfficeAdmin[Feedback]):
    """Buyers' stars."""

    list_display = ("rated_at", "shop", "agent", "star_row", "conversation_id", "buyer_id")
    list_filter = ("stars", ("rated_at", RangeDateTimeFilter))
    list_select_related = ("shop", "agent")
    search_fields = ("=conversation_id", "=buyer_id", "=shop__code")
    search_help_text = _("Exact conversation id, buyer id or shop id")
    autocomplete_fields = ("shop", "agent")

    @admin.display(description=_("stars"), ordering="stars")
    def star_row(self, feedback: Feedback) -> SafeString:
        """The stars as stars."""
        return format_html(
            '<span class="ol-stars" title="{}">{}<span class="ol-stars-off">{}</span></span>',
            feedback.stars,
            "★" * feedback.stars,
            "★" * (5 - feedback.stars),
        )


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin[Escalation]):
    """What buyers took further; written where a case or complaint is opened."""

    list_display = ("escalated_at", "shop", "buyer_id", "source", "reference")
    list_filter = ("source", ("escalated_at", RangeDateTimeFilter))
    list_select_related = ("shop",)
    search_fields = ("=reference", "=buyer_id", "=shop__code")
    search_help_text = _("Exact reference, buyer id or shop id")
