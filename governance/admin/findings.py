"""Findings: what a detector or a report saw, confirmed or dismissed by a person with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin
from django.db.models import Case, F, OrderBy, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from governance.actions.findings import FindingError, confirm_finding, dismiss_finding
from governance.admin.asking import Question, ask, number_of
from governance.admin.decision_forms import ReviewForm
from governance.admin.points import decision_link
from governance.models import Finding
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import User
from shops.views.figures import ABSENT, count_in_words, rate_in_words

REVIEW: Final = "governance.review_finding"
TONES: Final = {
    Finding.State.OPEN: "middle",
    Finding.State.CONFIRMED: "worst",
    Finding.State.DISMISSED: "none",
}
OPEN_SINCE: Final = Case(When(state=Finding.State.OPEN, then=F("found_at")))
"""When an open one was found; nothing for the others."""


@admin.register(Finding)
class FindingAdmin(LongListAdmin[Finding]):
    """Open findings first, the longest waiting on top. They sanction nobody until a person confirms and decides."""

    list_display = ("reference", "kind", "state_pill", "shop", "agent", "subject", "rate", "window", "found_at")
    list_filter = ("state", "kind", ("found_at", RangeDateTimeFilter))
    list_select_related = ("shop", "agent")
    search_fields = ("=code", "=shop__code")
    search_help_text = _("Exact reference or shop id")
    ordering = (OrderBy(OPEN_SINCE, nulls_last=True), "-id")
    change_form_after_template = "governance/finding_page.html"
    fields = (
        ("kind", "state_pill"),
        ("shop", "agent"),
        ("subject", "window"),
        ("rate", "found_at"),
        ("reviewed_by", "reviewed_at"),
        "reason",
        "led_to",
    )
    actions_detail = ("confirm", "dismiss", "decide")

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, finding: Finding) -> SafeString:
        """The reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', finding.code)

    @admin.display(description=_("state"), ordering="state")
    def state_pill(self, finding: Finding) -> SafeString:
        """Where it stands."""
        return pill(finding.get_state_display(), TONES[Finding.State(finding.state)])

    @admin.display(description=_("seen"))
    def rate(self, finding: Finding) -> SafeString | str:
        """The rate that was seen; the counts, and what was to be expected, on hovering."""
        if not finding.denominator:
            return ABSENT
        words = gettext("%(numerator)s of %(denominator)s, expected %(expected)s") % {
            "numerator": count_in_words(finding.numerator),
            "denominator": count_in_words(finding.denominator),
            "expected": rate_in_words(finding.expected),
        }
        seen = rate_in_words(finding.numerator / finding.denominator)
        return format_html('<span class="ol-number" title="{}">{}</span>', words, seen)

    @admin.display(description=_("window"), ordering="window_last_on")
    def window(self, finding: Finding) -> SafeString:
        """The dates it looks at."""
        first, last = finding.window_first_on.isoformat(), finding.window_last_on.isoformat()
        return format_html('<span class="ol-number">{} – {}</span>', first, last)

    @admin.display(description=_("decision"))
    def led_to(self, finding: Finding) -> SafeString | str:
        """The decision that it led to."""
        return decision_link(finding.decision_id, finding.decision.code) if finding.decision else ABSENT

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may review findings, while this one is open."""
        if object_id is None or not request.user.has_perm(REVIEW):
            return False
        return Finding.objects.filter(pk=number_of(object_id), state=Finding.State.OPEN).exists()

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may decide, where a confirmed one has led to nothing yet."""
        if object_id is None or not request.user.has_perm("governance.add_decision"):
            return False
        confirmed = Finding.objects.filter(pk=number_of(object_id), state=Finding.State.CONFIRMED)
        return confirmed.filter(decision=None).exists()

    @page_action(description=_("Confirm"), url_path="confirm", icon="check", permissions=["review"])
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that it is as it was seen."""

        def act(form: ReviewForm, by: User) -> Finding:
            return confirm_finding(number_of(object_id), reason=form.cleaned_data["reason"], by=by, at=timezone.now())

        return _ask(request, object_id, gettext("Confirm %(finding)s"), act)

    @page_action(description=_("Dismiss"), url_path="dismiss", icon="close", permissions=["review"])
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close it: there is another explanation."""

        def act(form: ReviewForm, by: User) -> Finding:
            return dismiss_finding(number_of(object_id), reason=form.cleaned_data["reason"], by=by, at=timezone.now())

        return _ask(request, object_id, gettext("Dismiss %(finding)s"), act)

    @page_action(description=_("Decide"), url_path="decide", icon="gavel", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:  # noqa: ARG002 - unfold passes it
        """Decide about the shop because of it."""
        finding = get_object_or_404(Finding, pk=number_of(object_id))
        return redirect(f"{reverse('admin:governance_decision_changelist')}decide-shop/?finding={finding.pk}")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Finding | None = None,
    ) -> HttpResponse:
        """The page of a finding with its figures and its sample."""
        if obj is not None:
            context |= {
                "finding": obj,
                "figures": list(obj.figures.items()) if isinstance(obj.figures, dict) else [],
                "sample": list(obj.sample)[:50] if isinstance(obj.sample, list) else [],
                "expected": rate_in_words(obj.expected),
                "confidence": rate_in_words(obj.confidence),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _ask(request: HttpRequest, object_id: str, title: str, act: Callable[[Any, User], Finding]) -> HttpResponse:
    finding = get_object_or_404(Finding, pk=number_of(object_id))
    question = Question(
        title=title % {"finding": finding.code},
        refusals=(FindingError,),
        back=reverse("admin:governance_finding_change", args=[finding.pk]),
    )

    def told(form: Any, by: User) -> str:
        return gettext("%(reference)s was recorded.") % {"reference": act(form, by).code}

    return ask(request, ReviewForm(request.POST or None), question, told)
