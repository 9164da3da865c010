"""What every screen of the back office shares: unfold's looks, and lists whose cost does not grow with their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Callable[..., object])

if TYPE_CHECKING:

    class StyledAdmin(admin.ModelAdmin[M]):
        """Django's admin, as mypy knows it; unfold is untyped."""

    class StyledInline(admin.TabularInline[M, Any]):
        """Django's inline, as mypy knows it."""

else:

    class StyledAdmin(UnfoldModelAdmin, Generic[M]):
        """unfold's admin."""

    class StyledInline(UnfoldTabularInline, Generic[M]):
        """unfold's inline."""


class BackOfficeAdmin(StyledAdmin[M]):
    """A screen for rows that people may change.

    Lists count only what they found, never the whole table, and show 50 rows a page.
    """

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True


class ReadOnlyAdmin(BackOfficeAdmin[M]):
    """A screen for rows that only jobs and actions write: nobody adds, changes or deletes them here."""

    actions = None
    list_display_links: Any
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


class LongListAdmin(ReadOnlyAdmin[M]):
    """A read-only list of a table that grows every day: it is never counted, only paged through."""

    paginator = InfinitePaginator


class InlineRows(StyledInline[M]):
    """Rows of a shop, edited on the shop's own page."""

    extra = 0
    tab = True
    show_change_link = False


def page_action(*, description: Any, url_path: str, icon: str) -> Callable[[F], F]:
    """A button at the top of a row's page; unfold's decorator, with its type."""
    return cast("Callable[[F], F]", action(description=description, url_path=url_path, icon=icon))
