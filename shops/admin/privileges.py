"""What shops may do now, and how that came about. Both are written by governance only."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from shops.admin.base import LongListAdmin, ReadOnlyAdmin
from shops.models import Privileges, PrivilegesChange
from shops.views.privileges import privilege_names

PRIVILEGE_FIELDS = ("keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight", "may_list")


@admin.register(Privileges)
class PrivilegesAdmin(ReadOnlyAdmin[Privileges]):
    """The row per shop that every other system of the marketplace reads."""

    list_display = ("shop", "grade", *PRIVILEGE_FIELDS, "in_force_on")
    list_filter = ("grade", "may_join_campaigns", "may_list")
    list_select_related = ("shop",)
    search_fields = ("shop__code", "shop__name")
    search_help_text = _("Shop id or name")
    ordering = ("shop_id",)


@admin.register(PrivilegesChange)
class PrivilegesChangeAdmin(LongListAdmin[PrivilegesChange]):
    """Every change of a shop's privileges, newest first."""

    list_display = ("on", "shop", "previous_grade", "grade", "what_was_taken", "what_was_granted", "policy_version")
    list_filter = (("on", RangeDateFilter), "grade", "previous_grade")
    list_select_related = ("shop",)
    search_fields = ("=shop__code",)
    search_help_text = _("Exact shop id")
    ordering = ("-on", "-id")

    @admin.display(description=_("taken away"))
    def what_was_taken(self, change: PrivilegesChange) -> str:
        """The privileges that became smaller, in words."""
        return privilege_names(change.taken)

    @admin.display(description=_("granted"))
    def what_was_granted(self, change: PrivilegesChange) -> str:
        """The privileges that became larger, in words."""
        return privilege_names(change.granted)
