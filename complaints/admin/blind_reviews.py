"""Second opinions: a complaint is judged again without the first one's reasons, and how far the two agree is shown."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions.blind_reviews import give_verdict
from complaints.actions.errors import ComplaintError
from complaints.admin.complaint_page import files_of, open_words
from complaints.admin.quality import quality_page
from complaints.admin.step_forms import BlindVerdictForm
from complaints.models import BlindReview, Entry
from governance.admin.asking import Question, ask, number_of
from governance.models import Policy
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import User

GIVE: Final = "complaints.change_blindreview"
TOLD_TO_BLIND: Final = (
    Entry.Kind.FILED,
    Entry.Kind.SHOP_ASKED,
    Entry.Kind.SHOP_REPLIED,
    Entry.Kind.SHOP_SILENT,
    Entry.Kind.BUYER_ASKED,
    Entry.Kind.BUYER_ADDED,
    Entry.Kind.BUYER_SILENT,
    Entry.Kind.EVIDENCE,
)
"""What was heard; not what the first person thought of it."""


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a second opinion."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("waiting", _("waits for a person")), ("given", _("given"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BlindReview]) -> QuerySet[BlindReview]:  # noqa: ARG002
        """The chosen ones."""
        match self.value():
            case "waiting":
                return queryset.filter(verdict="")
            case "given":
                return queryset.exclude(verdict="")
        return queryset


@admin.register(BlindReview)
class BlindReviewAdmin(LongListAdmin[BlindReview]):
    """A random share of the complaints in which no violation was found; those that wait are on top."""

    list_display = ("reference", "kind", "state", "drawn_at", "reviewed_at")
    list_filter = (WaitingFilter,)
    list_select_related = ("complaint",)
    search_fields = ("=complaint__code",)
    search_help_text = _("Exact reference of the complaint")
    ordering = (F("reviewed_at").desc(nulls_first=True), "drawn_at", "-id")
    change_form_after_template = "complaints/desk_blind_review.html"
    fields = (("reference", "kind"), ("state", "drawn_at"), "reviewed_at")
    actions_list = ("open_quality",)
    actions_detail = ("give",)

    @admin.display(description=_("complaint"))
    def reference(self, review: BlindReview) -> SafeString:
        """The complaint's reference; no link, since its page shows what was decided."""
        return format_html('<span class="ol-number">{}</span>', review.complaint.code)

    @admin.display(description=_("kind"))
    def kind(self, review: BlindReview) -> str:
        """What the complaint is about."""
        return str(review.complaint.get_kind_display())

    @admin.display(description=_("state"))
    def state(self, review: BlindReview) -> SafeString:
        """Whether the second opinion was given. Which one it was is no longer hidden then."""
        if not review.verdict:
            return pill(gettext("waits for a person"), "middle")
        agrees = review.verdict == BlindReview.Verdict.NO_VIOLATION
        return pill(gettext("agrees") if agrees else gettext("differs"), "best" if agrees else "worst")

    def has_quality_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may see how reviewers judge."""
        return request.user.has_perm("complaints.view_blindreview")

    def has_give_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for another person than the first, while no second opinion was given."""
        if object_id is None or not request.user.has_perm(GIVE):
            return False
        waiting = BlindReview.objects.filter(pk=number_of(object_id), verdict="")
        return waiting.exclude(decided_by=request.user.pk).exists()

    @page_action(description=_("Quality"), url_path="open-quality", icon="insights", permissions=["quality"])
    def open_quality(self, request: HttpRequest) -> HttpResponse:
        """How often decisions were overturned and how far second opinions agree."""
        return self.quality_view(request)

    @page_action(description=_("Give a second opinion"), url_path="give", icon="balance", permissions=["give"])
    def give(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say whether a clause was broken, and why, without knowing what the first person wrote."""
        rows = BlindReview.objects.select_related("complaint__shop", "complaint__agent")
        review = get_object_or_404(rows, pk=number_of(object_id))
        question = Question(
            title=gettext("Second opinion on %(complaint)s") % {"complaint": review.complaint.code},
            refusals=(ComplaintError,),
            back=reverse("admin:complaints_blindreview_change", args=[review.pk]),
            template="complaints/desk_blind_form.html",
            context=_page_of(request, review),
        )

        def act(form: BlindVerdictForm, by: User) -> str:
            data = form.cleaned_data
            give_verdict(
                review.pk,
                verdict=data["verdict"],
                clause=data["clause"],
                reason=data["reason"],
                by=by,
                at=timezone.now(),
            )
            return gettext("The second opinion was recorded.")

        return ask(request, BlindVerdictForm(request.POST or None, clauses=_clauses()), question, act)

    def get_urls(self) -> list[URLPattern]:
        """The screens of Django's admin and the page of quality."""
        own = [path("quality/", self.admin_site.admin_view(self.quality_view), name="complaints_quality")]
        return own + super().get_urls()

    def quality_view(self, request: HttpRequest) -> HttpResponse:
        """Overturned decisions by clause and by reviewer, and the agreement of second opinions."""
        if not self.has_quality_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": gettext("Quality of decisions")}
        return render(request, "complaints/desk_quality.html", context | quality_page(timezone.now()))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: BlindReview | None = None,
    ) -> HttpResponse:
        """What was heard from every side; nothing of what was thought of it."""
        if obj is not None:
            context |= _page_of(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _page_of(request: HttpRequest, review: BlindReview) -> dict[str, Any]:
    reading = open_words(request, review.complaint, purpose="quality")
    entries = review.complaint.entries.filter(kind__in=TOLD_TO_BLIND).exclude(audience=Entry.Audience.STAFF)
    return {
        "review": review,
        "complaint": review.complaint,
        "reading": reading,
        "entries": list(entries.select_related("by").order_by("pk")),
        "everybody": Entry.Audience.EVERYBODY,
        "files": files_of(review.complaint, reading),
    }


def _clauses() -> list[tuple[str, str]]:
    """The clauses of the policy in force, by their titles."""
    policy = Policy.objects.in_force_on(timezone.localdate())
    language = get_language() or "en"
    clauses = policy.rules().violations.clauses if policy is not None else ()
    return [(clause.key, clause.title.in_language(language)) for clause in clauses]
