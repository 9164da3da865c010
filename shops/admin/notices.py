"""What shops and agents were told."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shops.admin.base import LongListAdmin
from shops.models import Notice


@admin.register(Notice)
class NoticeAdmin(LongListAdmin[Notice]):
    """Every notice, and whether it was read."""

    list_display = ("created_at", "shop", "agent", "kind", "title_en", "read_at", "read_by")
    list_filter = (("created_at", RangeDateTimeFilter), "kind")
    list_select_related = ("shop", "agent", "read_by")
    search_fields = ("=shop__code", "=reference")
    search_help_text = _("Exact shop id or reference")
    ordering = ("-id",)
    fields = (
        ("shop", "agent"),
        ("kind", "reference"),
        ("title_en", "title_zh_hans"),
        ("text_en", "text_zh_hans"),
        ("created_at", "read_at", "read_by"),
    )
