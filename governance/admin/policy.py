"""The versions of the rules, read only: a published version never changes."""

from __future__ import annotations

import json

from django.contrib import admin
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from governance.admin.pills import pill
from governance.models import Policy
from shops.admin.base import ReadOnlyAdmin


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin[Policy]):
    """Every version, which of them is in force today, and what it says."""

    list_display = ("version", "name", "starts_on", "state", "drafted_by", "published_by", "published_at")
    list_select_related = ("drafted_by", "published_by")
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("version", "name", "state"),
                    ("starts_on", "published_at"),
                    ("drafted_by", "published_by"),
                    "digest",
                )
            },
        ),
        (_("Rules"), {"fields": ("readable_document",), "classes": ["tab"]}),
        (_("As written"), {"fields": ("written_document",), "classes": ["tab"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """All versions, each knowing which one is in force today (one look-up for the whole list)."""
        today = timezone.localdate()
        in_force = Policy.objects.published().filter(starts_on__lte=today).order_by("-starts_on", "-version")
        return super().get_queryset(request).annotate(version_in_force=Subquery(in_force.values("version")[:1]))

    @admin.display(description=_("state"))
    def state(self, policy: Policy) -> SafeString:
        """Whether the version is a draft, in force today, still to come, or past."""
        if policy.published_at is None:
            return pill(_now("draft"), "none")
        if policy.version == getattr(policy, "version_in_force", None):
            return pill(_now("in force today"), "best")
        if policy.starts_on > timezone.localdate():
            return pill(_now("to come"), "brand")
        return pill(_now("past"), "none")

    @admin.display(description=_("document"))
    def readable_document(self, policy: Policy) -> SafeString:
        """The document as nested lists of names and values."""
        return render_to_string("governance/policy_document.html", {"value": json.loads(policy.document)})

    @admin.display(description=_("document"))
    def written_document(self, policy: Policy) -> SafeString:
        """The YAML that somebody wrote; the JSON where there is none."""
        return format_html('<pre class="ol-code">{}</pre>', policy.source_text or policy.document)
