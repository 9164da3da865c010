"""Shops, with what belongs to one shop on its page."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shops.admin.base import BackOfficeAdmin, InlineRows
from shops.models import Agent, HoursOverride, Member, ReplyTemplate, ServiceHours, Shop
from shops.views.figures import ABSENT


class ServiceHoursInline(InlineRows[ServiceHours]):
    """When the shop promises to answer."""

    model = ServiceHours


class HoursOverrideInline(InlineRows[HoursOverride]):
    """Dates with hours of their own."""

    model = HoursOverride
    per_page = 20


class AgentInline(InlineRows[Agent]):
    """The shop's agents; a page at a time, since there may be hundreds."""

    model = Agent
    per_page = 20


class MemberInline(InlineRows[Member]):
    """Who may open the shop's pages."""

    model = Member
    fields = ("user", "role", "agent")
    autocomplete_fields = ("user", "agent")


class ReplyTemplateInline(InlineRows[ReplyTemplate]):
    """Texts accepted as real answers."""

    model = ReplyTemplate
    fields = ("text",)


class ShopAdmin(BackOfficeAdmin[Shop]):
    """Shops and their present privileges."""

    list_display: tuple[str, ...] = (
        "code",
        "name",
        "category",
        "grade",
        "keyword_limit",
        "campaigns",
        "listing",
        "opened_on",
    )
    list_filter = ("category", "privileges__grade", "privileges__may_join_campaigns", "privileges__may_list")
    list_select_related = ("privileges",)
    search_fields = ("code", "name")
    search_help_text = _("Shop id or name")
    inlines = (ServiceHoursInline, HoursOverrideInline, AgentInline, MemberInline, ReplyTemplateInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        """Every shop, with its privileges."""
        return super().get_queryset(request).select_related("privileges")

    @admin.display(description=_("grade"), ordering="privileges__grade")
    def grade(self, shop: Shop) -> str:
        """The grade behind the present privileges."""
        return (shop.privileges.grade if hasattr(shop, "privileges") else "") or ABSENT

    @admin.display(description=_("keyword limit"), ordering="privileges__keyword_limit")
    def keyword_limit(self, shop: Shop) -> int | str:
        """How many keyword rules the shop may have."""
        return shop.privileges.keyword_limit if hasattr(shop, "privileges") else ABSENT

    @admin.display(description=_("campaigns"), boolean=True, ordering="privileges__may_join_campaigns")
    def campaigns(self, shop: Shop) -> bool | None:
        """True where the shop may join campaigns; None before it was ever rated."""
        return shop.privileges.may_join_campaigns if hasattr(shop, "privileges") else None

    @admin.display(description=_("may list goods"), boolean=True, ordering="privileges__may_list")
    def listing(self, shop: Shop) -> bool | None:
        """True where the shop may list goods; None before it was ever rated."""
        return shop.privileges.may_list if hasattr(shop, "privileges") else None


admin.site.register(Shop, ShopAdmin)
