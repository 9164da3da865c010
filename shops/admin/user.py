"""The accounts of staff and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from shops.admin.base import BackOfficeAdmin, InlineRows
from shops.models import Member, User

if TYPE_CHECKING:
    StyledUserAdmin = DjangoUserAdmin[User]
    StyledGroupAdmin = DjangoGroupAdmin
else:

    class StyledUserAdmin(DjangoUserAdmin, BackOfficeAdmin):
        """Django's forms for accounts in unfold's looks."""

    class StyledGroupAdmin(DjangoGroupAdmin, BackOfficeAdmin):
        """Django's choice of rights in unfold's looks."""


class MembershipInline(InlineRows[Member]):
    """The shops of an account."""

    model = Member
    fields = ("shop", "role", "agent")
    autocomplete_fields = ("shop", "agent")
    tab = False


@admin.register(User)
class UserAdmin(StyledUserAdmin):
    """Accounts, their rights and their memberships."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    inlines = (MembershipInline,)

    @admin.display(description=_("name"))
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name()


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(StyledGroupAdmin):
    """Sets of rights that staff accounts share."""

    list_display = ("name",)
