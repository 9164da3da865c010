"""What is only ever added: the standards that facts obey, and the audit trail."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from shops.admin.base import LongListAdmin, ReadOnlyAdmin
from shops.models import AuditEntry, Standard


def as_block(data: object) -> SafeString:
    """JSON data as an indented block of text."""
    return format_html('<pre class="ol-code">{}</pre>', json.dumps(data, ensure_ascii=False, indent=2, sort_keys=False))


@admin.register(Standard)
class StandardAdmin(ReadOnlyAdmin[Standard]):
    """The dated sections of policy that facts obey."""

    list_display = ("section", "starts_on", "policy_version")
    list_filter = ("section",)
    fields = ("section", "starts_on", "policy_version", "document_block")

    @admin.display(description=_("document"))
    def document_block(self, standard: Standard) -> SafeString:
        """The section as written down."""
        return as_block(standard.document)


@admin.register(AuditEntry)
class AuditEntryAdmin(LongListAdmin[AuditEntry]):
    """Who saw and did what."""

    list_display = ("at", "by", "action", "target")
    list_filter = (("at", RangeDateTimeFilter), "action")
    list_select_related = ("by",)
    search_fields = ("target", "=by__username")
    search_help_text = _("Part of the target, or an exact user name")
    ordering = ("-id",)
    fields = ("at", "by", "action", "target", "detail_block")

    @admin.display(description=_("detail"))
    def detail_block(self, entry: AuditEntry) -> SafeString:
        """What was noted beside the deed."""
        return as_block(entry.detail)
