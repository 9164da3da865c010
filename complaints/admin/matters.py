"""Matters: complaints with one cause, decided together; the remedy goes to all of them."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions.deciding import decide_matter
from complaints.actions.errors import ComplaintError
from complaints.admin.complaint_page import PREVIEWS_SHOWN, happened_on, possible_rulings, shops_record
from complaints.admin.queues import STATE_TONES
from complaints.admin.step_forms import VerdictForm
from complaints.admin.steps import WORK
from complaints.admin.verdicts import ruling_choices_of, verdict_of
from complaints.models import Complaint, Evidence, Matter
from governance.actions.review_decision import DecisionError
from governance.admin.asking import number_of, person_of
from governance.admin.ruling_page import previews
from governance.models import Policy
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill

SHOWN: Final = 100
FILES_OFFERED: Final = 50


@admin.register(Matter)
class MatterAdmin(LongListAdmin[Matter]):
    """Open matters first, with how many complaints each has."""

    list_display = ("reference", "title", "state", "shop", "agent", "count", "opened_at", "decided_at")
    list_filter = (("decided_at", admin.EmptyFieldListFilter),)
    list_select_related = ("shop", "agent")
    search_fields = ("=code", "=shop__code", "=subject")
    search_help_text = _("Exact reference, shop id or subject")
    ordering = (F("decided_at").desc(nulls_first=True), "-id")
    change_form_after_template = "complaints/desk_matter.html"
    fields = (("title", "state"), ("shop", "agent"), ("subject", "reference"), ("opened_at", "opened_by"), "decided_at")
    actions_detail = ("decide",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Matter]:
        """All matters with how many complaints belong to each, counted for the rows of one page."""
        mine = Complaint.objects.filter(matter=OuterRef("pk")).order_by().values("matter")
        return super().get_queryset(request).annotate(of_all=Subquery(mine.annotate(n=Count("pk")).values("n")))

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, matter: Matter) -> SafeString:
        """The reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', matter.code)

    @admin.display(description=_("state"))
    def state(self, matter: Matter) -> SafeString:
        """Whether it waits for a decision."""
        return pill(gettext("open"), "middle") if matter.is_open() else pill(gettext("decided"), "good")

    @admin.display(description=_("complaints"))
    def count(self, matter: Any) -> SafeString:
        """How many complaints belong to it."""
        return format_html('<span class="ol-number">{}</span>', matter.of_all or 0)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who decide complaints, while it is open."""
        if object_id is None or not request.user.has_perm(WORK):
            return False
        return Matter.objects.filter(pk=number_of(object_id), decided_at=None).exists()

    @page_action(description=_("Decide all of them"), url_path="decide", icon="gavel", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide every open complaint of the matter by one decision."""
        matter = get_object_or_404(Matter.objects.select_related("shop", "agent"), pk=number_of(object_id))
        page = _page_of(matter)
        first, document = page["first"], page["document"]
        files = Evidence.objects.filter(complaint__matter=matter, erased_at=None).select_related("complaint")
        offered = [(file.pk, f"{file.complaint.code}: {file.name}") for file in files.order_by("pk")[:FILES_OFFERED]]
        choices = ruling_choices_of(document, first) if first is not None else []
        form = VerdictForm(request.POST or None, choices=choices, evidence=offered)
        if request.method == "POST" and form.is_valid():
            try:
                decide_matter(matter.pk, verdict=verdict_of(form), by=person_of(request), at=timezone.now())
            except (ComplaintError, DecisionError) as error:
                form.add_error(None, forms.ValidationError(str(error)))
            else:
                messages.success(request, gettext("The matter was decided for all of its complaints."))
                return redirect("admin:complaints_matter_change", matter.pk)
        title = gettext("Decide %(matter)s") % {"matter": matter.title}
        context = {**self.admin_site.each_context(request), **page, "title": title, "form": form}
        return render(request, "complaints/desk_matter_decide.html", context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Matter | None = None,
    ) -> HttpResponse:
        """The page of a matter with its complaints and the shop's record."""
        if obj is not None:
            context |= _page_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _page_of(matter: Matter) -> dict[str, Any]:
    now = timezone.now()
    policy = Policy.objects.in_force_on(timezone.localdate(now))
    document = policy.rules() if policy is not None else None
    complaints = list(matter.complaints.select_related("shop").order_by("pk")[:SHOWN])
    waiting = [complaint for complaint in complaints if complaint.is_open()]
    first = waiting[0] if waiting else None
    page: dict[str, Any] = {
        "matter": matter,
        "document": document,
        "first": first,
        "members": [(complaint, STATE_TONES[Complaint.State(complaint.state)]) for complaint in complaints],
        "waiting": len(waiting),
        "previews": [],
        **shops_record(matter.shop, document, now),
    }
    if first is not None and document is not None and matter.is_open():
        chosen = possible_rulings(document, first)[:PREVIEWS_SHOWN]
        page["previews"] = previews(matter.shop, document, chosen, occurred_on=happened_on(first), at=now)
    return page
