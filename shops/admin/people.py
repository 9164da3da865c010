"""Agents and members."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shops.admin.base import BackOfficeAdmin
from shops.models import Agent, Member


@admin.register(Agent)
class AgentAdmin(BackOfficeAdmin[Agent]):
    """Customer-service agents; a person at two shops is two agents."""

    list_display = ("code", "name", "shop")
    list_select_related = ("shop",)
    search_fields = ("code", "name", "shop__code", "shop__name")
    search_help_text = _("Agent or shop, id or name")
    autocomplete_fields = ("shop",)
    ordering = ("shop_id", "code")


@admin.register(Member)
class MemberAdmin(BackOfficeAdmin[Member]):
    """Who may open a shop's pages, and as what."""

    list_display = ("user", "shop", "role", "agent")
    list_filter = ("role",)
    list_select_related = ("user", "shop", "agent")
    search_fields = ("user__username", "user__email", "shop__code", "shop__name")
    search_help_text = _("User name, email, shop id or name")
    autocomplete_fields = ("user", "shop", "agent")
    ordering = ("shop_id", "user_id")
