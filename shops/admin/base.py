"""What every screen of the back office shares: unfold's looks, and lists whose cost does not grow with their rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

logger = logging.getLogger(__name__)

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

    def changelist_view(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list; where its filters are nothing that a database can look up, the list without any.

        A number of thirty digits or the year -1 is answered as Django answers filters that it does not know.
        """
        try:
            response: HttpResponseBase = super().changelist_view(request, extra_context)
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # Some queries only run now.
        except (OverflowError, ValueError, DataError):
            if not request.GET or ERROR_FLAG in request.GET:
                raise
            logger.warning("No such list: %s", request.get_full_path()[:500], exc_info=True)
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        return response


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


def page_action(
    *, description: Any, url_path: str, icon: str, permissions: Sequence[str] | None = None
) -> Callable[[F], F]:
    """A button at the top of a row's page or a list; unfold's decorator, with its type.

    `permissions`: X for the admin's has_X_permission; those without it neither see the button nor get further by its
    address. (unfold looks up whole names of permissions in the database already while it starts.)
    """
    return cast(
        "Callable[[F], F]", action(description=description, url_path=url_path, icon=icon, permissions=permissions)
    )
