"""The versions of the rules, read only: a published version never changes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from governance.formulas.grades import PROVISIONAL
from governance.models import Policy
from governance.views.wording import grade_in_words
from shops.admin.base import ReadOnlyAdmin
from shops.admin.pills import pill


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin[Policy]):
    """Every version, which of them is in force today, and what it says."""

    list_display = ("version", "name", "starts_on", "state", "drafted_by", "published_by", "published_at")
    list_select_related = ("drafted_by", "published_by")
    search_fields = ("name",)
    fields = (
        ("version", "name", "state"),
        ("starts_on", "published_at"),
        ("drafted_by", "published_by"),
        "short_digest",
    )
    change_form_after_template = "governance/policy_page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """All versions, each knowing which one is in force today (one look-up for the whole list)."""
        today = timezone.localdate()
        in_force = Policy.objects.published().filter(starts_on__lte=today).order_by("-starts_on", "-version")
        return super().get_queryset(request).annotate(version_in_force=Subquery(in_force.values("version")[:1]))

    @admin.display(description=_("state"))
    def state(self, policy: Policy) -> SafeString:
        """Whether the version is a draft, in force today, still to come, or past."""
        if policy.published_at is None:
            return pill(gettext("draft"), "none")
        if policy.version == getattr(policy, "version_in_force", None):
            return pill(gettext("in force today"), "best")
        if policy.starts_on > timezone.localdate():
            return pill(gettext("to come"), "brand")
        return pill(gettext("past"), "none")

    @admin.display(description=_("digest"))
    def short_digest(self, policy: Policy) -> SafeString:
        """The digest of the document, which may wrap anywhere."""
        return format_html('<span class="ol-id">{}</span>', policy.digest)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Policy | None = None,
    ) -> HttpResponse:
        """The page of a version, with its document laid out for reading below the dates."""
        if obj is not None:
            document, language = obj.rules(), get_language() or "en"
            context |= {
                "document": document.to_data(),
                "policy_title": document.title.in_language(language),
                "policy_description": document.description.in_language(language),
                "grades": [
                    (grade_in_words(key, document), from_points, privileges)
                    for key, from_points, privileges in (
                        *((grade.key, grade.from_points, grade.privileges) for grade in document.grades),
                        (PROVISIONAL, None, document.provisional.privileges),
                    )
                ],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)
