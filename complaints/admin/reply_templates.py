"""Words that staff may start from, kept by staff."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from complaints.models import DeskTemplate
from shops.admin.base import BackOfficeAdmin


@admin.register(DeskTemplate)
class DeskTemplateAdmin(BackOfficeAdmin[DeskTemplate]):
    """Reply templates in both languages; those that are not offered any more are switched off."""

    list_display = ("title", "use", "is_active")
    list_filter = ("use", "is_active")
    search_fields = ("title",)
    search_help_text = _("Title")
    ordering = ("use", "title")
    fields = (("title", "use"), "is_active", "text_en", "text_zh_hans")
