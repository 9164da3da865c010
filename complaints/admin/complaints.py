"""The desk: the queues of complaints, and one complaint's page with everything in front."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from complaints.actions.desk import assign_complaints, draw_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.grouping import group_complaints
from complaints.admin.complaint_page import complaint_page, open_words
from complaints.admin.queues import STATE_TONES, URGENT_FIRST, PriorityFilter, QueueFilter, due_in_words, queue_of
from complaints.admin.step_forms import AssignForm, GroupForm
from complaints.admin.steps import DeskSteps
from complaints.models import Complaint, Evidence, Matter
from complaints.views.evidence_answers import answer_evidence
from governance.admin.asking import person_of
from shops.actions.read_receipt import read_receipt
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import BuyerLink, Shop
from shops.views.figures import ABSENT
from shops.views.receipt_words import word_receipt

SELECTED = "_selected_action"


@admin.register(Complaint)
class ComplaintAdmin(DeskSteps, LongListAdmin[Complaint]):
    """What waits at the desk, the most urgent first; every step is an action of its own."""

    list_display = ("reference", "kind", "state_pill", "due", "priority", "shop", "with_whom", "cause", "filed_at")
    list_filter = (QueueFilter, "kind", PriorityFilter, "standing", "state", ("filed_at", RangeDateTimeFilter))
    list_select_related = ("shop", "assigned_to", "matter")
    search_fields = ("=subject",)
    search_help_text = _("Exact reference of the complaint or the matter, shop id or subject")
    change_form_after_template = "complaints/desk_page.html"
    fields = (("kind", "state_pill"), ("shop", "agent"), ("due", "priority"), ("assigned_to", "assigned_until"))
    actions = ("assign", "group")  # type: ignore[assignment]
    actions_list = ("draw_next", "open_quality")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Complaint], search_term: str
    ) -> tuple[QuerySet[Complaint], bool]:
        """What a word can be is looked up by its own index: alternatives in one query would read every complaint."""
        word = search_term.strip()
        if word.startswith("C-"):
            return queryset.filter(code=word), False
        if word.startswith("M-"):
            return queryset.filter(matter__in=Matter.objects.filter(code=word)), False
        shop = Shop.objects.filter(code=word).first() if word and "\0" not in word else None
        if shop is not None:
            return queryset.filter(shop=shop), False
        return super().get_search_results(request, queryset, search_term)

    def get_ordering(self, request: HttpRequest) -> Any:
        """A queue: the most urgent first. Everything: the newest first, which costs the same however much there is."""
        return ("-id",) if queue_of(request) == "all" else URGENT_FIRST

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, complaint: Complaint) -> SafeString:
        """The public reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', complaint.code)

    @admin.display(description=_("state"), ordering="state")
    def state_pill(self, complaint: Complaint) -> SafeString:
        """How far it has come; that it was escalated beside it."""
        state = pill(complaint.get_state_display(), STATE_TONES[Complaint.State(complaint.state)])
        if complaint.escalated_at is None or not complaint.is_open():
            return state
        return format_html("{} {}", state, pill(gettext("escalated"), "worst"))

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, complaint: Complaint) -> SafeString | str:
        """By when the desk decides, or whom it waits for."""
        return due_in_words(complaint, timezone.now())

    @admin.display(description=_("with"), ordering="assigned_to")
    def with_whom(self, complaint: Complaint) -> str:
        """Who holds it now."""
        return str(complaint.assigned_to) if complaint.is_held_at(timezone.now()) else ABSENT

    @admin.display(description=_("matter"))
    def cause(self, complaint: Complaint) -> str:
        """The title of the matter that it belongs to."""
        return complaint.matter.title if complaint.matter is not None else ABSENT

    def has_assign_permission(self, request: HttpRequest) -> bool:
        """True for those who may give complaints to others."""
        return request.user.has_perm("complaints.assign_complaint")

    def has_quality_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may see how reviewers judge."""
        return request.user.has_perm("complaints.view_blindreview")

    @page_action(description=_("Draw the next"), url_path="draw-next", icon="inbox", permissions=["work"])
    def draw_next(self, request: HttpRequest) -> HttpResponse:
        """Take the most urgent complaint that nobody holds."""
        try:
            complaint = draw_complaint(by=person_of(request), at=timezone.now())
        except ComplaintError as error:
            messages.error(request, str(error))
            return redirect("admin:complaints_complaint_changelist")
        if complaint is None:
            messages.info(request, gettext("No complaint waits that you may work on."))
            return redirect("admin:complaints_complaint_changelist")
        return redirect("admin:complaints_complaint_change", complaint.pk)

    @page_action(description=_("Quality"), url_path="open-quality", icon="insights", permissions=["quality"])
    def open_quality(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - unfold passes it
        """Go to how often decisions were overturned and how far second opinions agree."""
        return redirect("admin:complaints_quality")

    @admin.action(description=_("Assign to a person"), permissions=["assign"])
    def assign(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> HttpResponse | None:
        """Ask to whom, then give them the chosen complaints."""
        form = AssignForm(request.POST if "sure" in request.POST else None)
        if form.is_valid():
            ids = list(queryset.values_list("pk", flat=True))
            try:
                count = assign_complaints(ids, to=form.cleaned_data["to"], by=person_of(request), at=timezone.now())
            except ComplaintError as error:
                messages.error(request, str(error))
                return None
            told = ngettext("%(count)s complaint was assigned.", "%(count)s complaints were assigned.", count)
            messages.success(request, told % {"count": count})
            return None
        return self._ask_about(request, queryset, form, "assign", gettext("Assign to a person"))

    @admin.action(description=_("Join to a matter"), permissions=["work"])
    def group(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> HttpResponse | None:
        """Ask what they have in common, then join the chosen complaints to one matter."""
        form = GroupForm(request.POST if "sure" in request.POST else None)
        if form.is_valid():
            ids = list(queryset.values_list("pk", flat=True))
            try:
                matter = group_complaints(
                    ids, title=form.cleaned_data["title"], by=person_of(request), at=timezone.now()
                )
            except ComplaintError as error:
                messages.error(request, str(error))
                return None
            messages.success(request, gettext("The complaints belong to one matter now."))
            return redirect("admin:complaints_matter_change", matter.pk)
        return self._ask_about(request, queryset, form, "group", gettext("Join to a matter"))

    def _ask_about(
        self, request: HttpRequest, queryset: QuerySet[Complaint], form: Any, name: str, title: str
    ) -> HttpResponse:
        chosen = list(queryset.select_related("shop")[: self.list_max_show_all])
        context = {**self.admin_site.each_context(request), "title": title, "form": form}
        context |= {"chosen": chosen, "action_name": name, "selected": SELECTED}
        return render(request, "complaints/desk_chosen.html", context)

    def get_urls(self) -> list[URLPattern]:
        """The screens of Django's admin, a complaint's evidence and what became of the buyer's messages."""
        site = self.admin_site.admin_view
        own = [
            path(
                "<int:complaint_id>/evidence/<int:evidence_id>/",
                site(self.evidence_view),
                name="complaints_complaint_evidence",
            ),
            path("<int:complaint_id>/receipt/", site(self.receipt_view), name="complaints_complaint_receipt"),
        ]
        return own + super().get_urls()

    def evidence_view(self, request: HttpRequest, complaint_id: int, evidence_id: int) -> HttpResponseBase:
        """One file, to those who may read what buyers upload; that they opened it is recorded."""
        found = Evidence.objects.select_related("complaint__shop").filter(complaint=complaint_id, pk=evidence_id)
        evidence = found.first()
        if evidence is None:
            raise Http404
        self._open(request, evidence.complaint)
        return answer_evidence(evidence)

    def receipt_view(self, request: HttpRequest, complaint_id: int) -> HttpResponse:
        """What became of the buyer's messages, as the buyer's own receipt says it."""
        complaint = get_object_or_404(Complaint.objects.select_related("shop"), pk=complaint_id)
        self._open(request, complaint)
        if not complaint.buyer_id:
            messages.info(request, gettext("No buyer is known for this complaint, so there is no receipt."))
            return redirect("admin:complaints_complaint_change", complaint.pk)
        link = BuyerLink(
            shop=complaint.shop,
            buyer_id=complaint.buyer_id,
            conversation_id=complaint.conversation_id,
            message_id=complaint.message_id,
            created_at=complaint.happened_at or complaint.filed_at,
        )
        told = word_receipt(read_receipt(link, as_of=timezone.now()))
        title = gettext("What became of the messages: %(complaint)s") % {"complaint": complaint.code}
        context = {**self.admin_site.each_context(request), "title": title, "told": told, "complaint": complaint}
        return render(request, "complaints/desk_receipt.html", context)

    def _open(self, request: HttpRequest, complaint: Complaint) -> None:
        """Let nobody past who may not read, or who names no purpose."""
        if not self.has_view_permission(request) or not open_words(request, complaint).is_open:
            raise PermissionDenied

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Complaint | None = None,
    ) -> HttpResponse:
        """The page of a complaint."""
        if obj is not None:
            context |= complaint_page(request, obj)
            context["receipt_url"] = reverse("admin:complaints_complaint_receipt", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)
