"""The steps of the desk as forms: each on a page with the complaint beside it, refused where the complaint moved on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions.deciding import decide_complaint
from complaints.actions.desk import add_note, recuse, return_complaint, take_complaint
from complaints.actions.errors import ComplaintError
from complaints.actions.hearing import ask_buyer, hear_shop, refuse_complaint
from complaints.admin.complaint_page import complaint_page, happened_on, possible_rulings
from complaints.admin.step_forms import DecideForm, DeskNoteForm, RecusalForm, RefusalForm, WordsForm
from complaints.admin.verdicts import ruling_choices_of, verdict_of
from complaints.admin.words import template_of
from complaints.models import Complaint, DeskTemplate, Recusal
from governance.actions.review_decision import DecisionError
from governance.admin.asking import number_of, person_of
from governance.admin.ruling_page import previews
from governance.models import Policy
from shops.admin.base import page_action
from shops.models import User

WORK = "complaints.work_complaint"
LOOK = "look"
"""The button that shows what a choice would bring and decides nothing."""


class DeskSteps:
    """What may be done with a complaint, and the forms in which it is done. Mixed into the admin of complaints."""

    actions_detail = ("take", "hear", "ask", "decide", "refuse", "note", "give_back", "recuse")

    def has_work_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may draw, investigate and decide complaints."""
        return request.user.has_perm(WORK)

    def has_take_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True while the complaint is open, nobody else has it and this person has no interest in it."""
        complaint = _workable(request, object_id)
        return (
            complaint is not None
            and complaint.is_open()
            and not complaint.is_held_at(timezone.now())
            and not Recusal.objects.filter(complaint=complaint, user=person_of(request)).exists()
        )

    def has_holder_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for whoever has it, while it is open."""
        complaint = _workable(request, object_id)
        return complaint is not None and complaint.is_open() and _holds(request, complaint)

    def has_hear_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for whoever has it, while the shop can be asked."""
        return self._may_become(request, object_id, Complaint.State.AWAITING_SHOP)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for whoever has it, while it is investigated."""
        return self._may_become(request, object_id, Complaint.State.DECIDED)

    def has_refuse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for whoever has it, before it was decided."""
        return self._may_become(request, object_id, Complaint.State.CLOSED)

    def has_recuse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True while it is open and not with somebody else."""
        complaint = _workable(request, object_id)
        if complaint is None or not complaint.is_open():
            return False
        return _holds(request, complaint) or self.has_take_permission(request, object_id)

    def has_note_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who work at the desk."""
        return _workable(request, object_id) is not None

    @page_action(description=_("Take up"), url_path="take", icon="back_hand", permissions=["take"])
    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it for as long as the policy's lease."""
        return _do(request, object_id, lambda key, by: take_complaint(key, by=by, at=timezone.now()))

    @page_action(description=_("Return"), url_path="return", icon="undo", permissions=["holder"])
    def give_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it back to the queue."""
        return _do(request, object_id, lambda key, by: return_complaint(key, by=by, at=timezone.now()))

    @page_action(description=_("Hear the shop"), url_path="hear", icon="forum", permissions=["hear"])
    def hear(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell the shop and ask it for a reply by a deadline."""
        complaint = _complaint_for(object_id)

        def act(form: WordsForm, by: User) -> object:
            data = form.cleaned_data
            return hear_shop(complaint.pk, version=data["version"], words=data["words"], by=by, at=timezone.now())

        form = WordsForm(request.POST or None, initial=_start(request, complaint, DeskTemplate.Use.ASK_SHOP))
        return _ask(request, complaint, form, gettext("Hear the shop"), act, DeskTemplate.Use.ASK_SHOP)

    @page_action(description=_("Ask the complainant"), url_path="ask", icon="help", permissions=["holder"])
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the complainant something, by a deadline."""
        complaint = _complaint_for(object_id)

        def act(form: WordsForm, by: User) -> object:
            data = form.cleaned_data
            return ask_buyer(complaint.pk, version=data["version"], words=data["words"], by=by, at=timezone.now())

        form = WordsForm(request.POST or None, initial=_start(request, complaint, DeskTemplate.Use.ASK_BUYER))
        return _ask(request, complaint, form, gettext("Ask the complainant"), act, DeskTemplate.Use.ASK_BUYER)

    @page_action(description=_("Decide"), url_path="decide", icon="gavel", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide it: which clause was broken how gravely, or that none was, and what the buyer gets."""
        complaint = _complaint_for(object_id)
        policy = Policy.objects.in_force_on(timezone.localdate())
        document = policy.rules() if policy is not None else None

        def act(form: DecideForm, by: User) -> object:
            version = form.cleaned_data["version"]
            return decide_complaint(complaint.pk, version=version, verdict=verdict_of(form), by=by, at=timezone.now())

        files = [
            (file.pk, f"{file.get_kind_display()}: {file.name}") for file in complaint.evidence.filter(erased_at=None)
        ]
        start = _start(request, complaint, DeskTemplate.Use.DECISION) | {"evidence": [str(key) for key, _name in files]}
        choices = ruling_choices_of(document, complaint)
        is_look = LOOK in request.POST
        if is_look:
            start |= request.POST.dict() | {"evidence": request.POST.getlist("evidence")}
        posted = None if is_look else request.POST or None
        form = DecideForm(posted, choices=choices, evidence=files, initial=start)
        context: dict[str, Any] = {"can_look": True}
        clause, _colon, gravity = request.POST.get("ruling", "").partition(":")
        if is_look and document is not None:
            chosen = [(clause, gravity)] if gravity else possible_rulings(document, complaint)
            day = happened_on(complaint)
            context["looked"] = previews(complaint.shop, document, chosen, occurred_on=day, at=timezone.now())
        return _ask(request, complaint, form, gettext("Decide"), act, DeskTemplate.Use.DECISION, context)

    @page_action(description=_("Refuse"), url_path="refuse", icon="block", permissions=["refuse"])
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close it without taking it up, with reasons."""
        complaint = _complaint_for(object_id)

        def act(form: RefusalForm, by: User) -> object:
            version = form.cleaned_data["version"]
            return refuse_complaint(complaint.pk, version=version, words=form.words(), by=by, at=timezone.now())

        form = RefusalForm(request.POST or None, initial=_start(request, complaint, DeskTemplate.Use.REFUSAL))
        return _ask(request, complaint, form, gettext("Refuse"), act, DeskTemplate.Use.REFUSAL)

    @page_action(description=_("Note"), url_path="note", icon="edit_note", permissions=["note"])
    def note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Add a private note."""
        complaint = _complaint_for(object_id)

        def act(form: DeskNoteForm, by: User) -> object:
            return add_note(complaint.pk, text=form.cleaned_data["text"], by=by, at=timezone.now())

        return _ask(request, complaint, DeskNoteForm(request.POST or None), gettext("Note"), act)

    @page_action(description=_("Recuse myself"), url_path="recuse", icon="person_off", permissions=["recuse"])
    def recuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say why this person must not work on it."""
        complaint = _complaint_for(object_id)

        def act(form: RecusalForm, by: User) -> object:
            return recuse(complaint.pk, reason=form.cleaned_data["reason"], by=by, at=timezone.now())

        return _ask(request, complaint, RecusalForm(request.POST or None), gettext("Recuse myself"), act)

    def _may_become(self, request: HttpRequest, object_id: str | None, state: str) -> bool:
        complaint = _workable(request, object_id)
        return complaint is not None and complaint.may_become(state) and self.has_holder_permission(request, object_id)


def _ask(
    request: HttpRequest,
    complaint: Complaint,
    form: forms.Form,
    title: str,
    act: Callable[[Any, User], object],
    use: str = "",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The form beside the complaint; where it was filled in well, the step is taken.

    A refused step is told on the form, which keeps what was written. Where the complaint moved on meanwhile, what
    happened since is shown beside it, and sending the form again means it with that in mind.
    """
    if request.method == "POST" and LOOK not in request.POST and form.is_valid():
        try:
            act(form, person_of(request))
        except (ComplaintError, DecisionError) as error:
            form.add_error(None, forms.ValidationError(str(error)))
            complaint = _complaint_for(str(complaint.pk))
            _bring_up_to_date(form, complaint)
        else:
            messages.success(request, gettext("%(complaint)s: done.") % {"complaint": complaint.code})
            return redirect("admin:complaints_complaint_change", complaint.pk)
    page = {**admin.site.each_context(request), **complaint_page(request, complaint), **(context or {})}
    page |= {"title": f"{title}: {complaint.code}", "step": title, "form": form, "is_step": True}
    page["templates"] = list(DeskTemplate.objects.filter(use=use, is_active=True)) if use else []
    page["is_bilingual"] = not isinstance(form, WordsForm)
    return render(request, "complaints/desk_step.html", page)


def _bring_up_to_date(form: forms.Form, complaint: Complaint) -> None:
    """Let the form carry the version that its reader sees from now on."""
    if "version" in form.fields:
        data = cast("Any", form.data).copy()
        data["version"] = str(complaint.version)
        form.data = data


def _start(request: HttpRequest, complaint: Complaint, use: str) -> dict[str, Any]:
    """The version, and the words of ?template=N with what is to be filled in; ?language=zh-hans for its Chinese."""
    start: dict[str, Any] = {"version": complaint.version}
    due = date_format(timezone.localtime(complaint.due_at), "Y-m-d H:i")
    words = template_of(request, use, shop=complaint.shop.name, reference=complaint.code, due=due)
    if words is None:
        return start
    return start | {
        "words": words.zh_hans if request.GET.get("language", "").startswith("zh") else words.en,
        "words_en": words.en,
        "words_zh_hans": words.zh_hans,
        "reasons_en": words.en,
        "reasons_zh_hans": words.zh_hans,
    }


def _do(request: HttpRequest, object_id: str, act: Callable[[int, User], object]) -> HttpResponse:
    complaint = _complaint_for(object_id)
    try:
        act(complaint.pk, person_of(request))
    except ComplaintError as error:
        messages.error(request, str(error))
    return redirect("admin:complaints_complaint_change", complaint.pk)


def _workable(request: HttpRequest, object_id: str | None) -> Complaint | None:
    """The complaint, for those who work at the desk. Fetched once for each page."""
    if object_id is None or not request.user.has_perm(WORK):
        return None
    known: dict[str, Complaint | None] = cast("Any", request).__dict__.setdefault("desk_complaints", {})
    if object_id not in known:
        known[object_id] = Complaint.objects.filter(pk=number_of(object_id)).first()
    return known[object_id]


def _complaint_for(object_id: str) -> Complaint:
    """The complaint with what its page needs. Raises Http404 where there is none."""
    rows = Complaint.objects.select_related("shop", "agent", "assigned_to", "matter", "decision__policy")
    complaint = rows.filter(pk=number_of(object_id)).first()
    if complaint is None:
        raise Http404
    return complaint


def _holds(request: HttpRequest, complaint: Complaint) -> bool:
    return complaint.assigned_to_id == request.user.pk and complaint.is_held_at(timezone.now())
