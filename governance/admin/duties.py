"""What decisions give buyers and make shops do: remedies and obligations, followed until done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from governance.actions.duties import DutyError, note_obligation_met, note_remedy_done, waive_obligation
from governance.admin.asking import Question, ask, number_of
from governance.admin.points import decision_link
from governance.admin.violation_forms import NoteForm
from governance.models import Obligation, Remedy
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import User
from shops.views.figures import ABSENT

STATES: Final[dict[str, tuple[Any, str]]] = {
    "overdue": (_("overdue"), "worst"),
    "owed": (_("owed"), "middle"),
    "done": (_("done"), "best"),
    "waived": (_("waived"), "none"),
    "reversed": (_("reversed"), "none"),
    "nothing": (_("nothing owed"), "none"),
}


def remedy_state(remedy: Remedy, at: datetime) -> str:
    """A key of STATES: where a remedy stands."""
    if remedy.reversed_at is not None:
        return "reversed"
    if remedy.kind == Remedy.Kind.NONE:
        return "nothing"
    if remedy.done_at is not None:
        return "done"
    return "overdue" if remedy.due_at is not None and remedy.due_at <= at else "owed"


def obligation_state(obligation: Obligation, at: datetime) -> str:
    """A key of STATES: where an obligation stands."""
    if obligation.reversed_at is not None:
        return "reversed"
    if obligation.met_at is not None:
        return "done"
    if obligation.waived_at is not None:
        return "waived"
    return "overdue" if obligation.due_at is not None and obligation.due_at <= at else "owed"


def amount_in_words(owed: Remedy | Obligation) -> str:
    """An amount of money with its currency; absent where none is owed."""
    return ABSENT if owed.amount is None else f"{owed.amount} {owed.currency}"


class DueFilter(admin.SimpleListFilter):
    """What is overdue, owed, or over with."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("overdue", _("overdue")), ("owed", _("owed, overdue or not")), ("over", _("done, waived or reversed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """The chosen ones."""
        match self.value():
            case "overdue":
                return queryset.filter(pk__in=queryset.model.objects.overdue_at(timezone.now()))
            case "owed":
                return queryset.filter(pk__in=queryset.model.objects.open())
            case "over":
                return queryset.exclude(pk__in=queryset.model.objects.open())
        return queryset


@admin.register(Remedy)
class RemedyAdmin(LongListAdmin[Remedy]):
    """What buyers are owed, the first due on top."""

    list_display = ("complaint", "kind", "amount_owed", "state", "due_at", "shop", "by_decision")
    list_filter = (DueFilter, "kind", ("due_at", RangeDateTimeFilter))
    list_select_related = ("shop", "decision")
    search_fields = ("=complaint", "=shop__code", "=decision__code")
    search_help_text = _("Exact reference of the complaint or the decision, or shop id")
    ordering = (F("done_at").desc(nulls_first=True), F("due_at").asc(nulls_last=True), "-id")
    fields = (
        ("kind", "state"),
        ("amount_owed", "complaint"),
        ("shop", "by_decision"),
        ("due_at", "escalated_at"),
        ("done_at", "done_by"),
        "note",
    )
    actions_detail = ("note_done",)

    @admin.display(description=_("amount"))
    def amount_owed(self, remedy: Remedy) -> str:
        """The money, if it is money."""
        return amount_in_words(remedy)

    @admin.display(description=_("state"))
    def state(self, remedy: Remedy) -> SafeString:
        """Where it stands now."""
        return pill(*STATES[remedy_state(remedy, timezone.now())])

    @admin.display(description=_("decision"))
    def by_decision(self, remedy: Remedy) -> SafeString:
        """The decision that gave it."""
        return decision_link(remedy.decision_id, remedy.decision.code)

    def has_note_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may change remedies, while this one is owed."""
        if object_id is None or not request.user.has_perm("governance.change_remedy"):
            return False
        return Remedy.objects.open().filter(pk=number_of(object_id)).exists()

    @page_action(description=_("Note as done"), url_path="done", icon="check", permissions=["note"])
    def note_done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the buyer got it."""
        remedy = get_object_or_404(Remedy, pk=number_of(object_id))
        question = Question(
            title=gettext("Done: %(what)s for %(complaint)s")
            % {"what": remedy.get_kind_display(), "complaint": remedy.complaint},
            refusals=(DutyError,),
            back=reverse("admin:governance_remedy_change", args=[remedy.pk]),
        )

        def act(form: NoteForm, by: User) -> str:
            note_remedy_done(remedy.pk, note=form.cleaned_data["note"], at=timezone.now(), by=by)
            return gettext("The remedy was noted as done.")

        return ask(request, NoteForm(request.POST or None), question, act)


@admin.register(Obligation)
class ObligationAdmin(LongListAdmin[Obligation]):
    """What shops owe by decisions, the first due on top. Fines are recorded here and collected elsewhere."""

    list_display = ("shop", "kind", "amount_owed", "state", "due_at", "points", "by_decision")
    list_filter = (DueFilter, "kind", ("due_at", RangeDateTimeFilter))
    list_select_related = ("shop", "decision")
    search_fields = ("=shop__code", "=decision__code")
    search_help_text = _("Exact shop id or reference of the decision")
    ordering = (
        F("met_at").desc(nulls_first=True),
        F("waived_at").desc(nulls_first=True),
        F("due_at").asc(nulls_last=True),
        "-id",
    )
    fields = (
        ("kind", "state"),
        ("shop", "by_decision"),
        ("amount_owed", "due_at"),
        ("ladder", "points"),
        ("met_at", "waived_at"),
        ("missed_at", "noted_by"),
        "note",
    )
    actions_detail = ("note_met", "waive")

    @admin.display(description=_("amount"))
    def amount_owed(self, obligation: Obligation) -> str:
        """The money, if it is money."""
        return amount_in_words(obligation)

    @admin.display(description=_("state"))
    def state(self, obligation: Obligation) -> SafeString:
        """Where it stands now."""
        return pill(*STATES[obligation_state(obligation, timezone.now())])

    @admin.display(description=_("decision"))
    def by_decision(self, obligation: Obligation) -> SafeString:
        """The decision that it follows from."""
        return decision_link(obligation.decision_id, obligation.decision.code)

    def has_note_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may change obligations, while this one is open."""
        if object_id is None or not request.user.has_perm("governance.change_obligation"):
            return False
        return Obligation.objects.open().filter(pk=number_of(object_id)).exists()

    @page_action(description=_("Note as done"), url_path="met", icon="check", permissions=["note"])
    def note_met(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the shop did or paid what it owed."""

        def act(form: NoteForm, by: User) -> str:
            note_obligation_met(number_of(object_id), note=form.cleaned_data["note"], by=by, at=timezone.now())
            return gettext("The obligation was noted as met.")

        return ask(request, NoteForm(request.POST or None), _of_obligation(object_id, gettext("Done")), act)

    @page_action(description=_("Waive"), url_path="waive", icon="undo", permissions=["note"])
    def waive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the shop off."""

        def act(form: NoteForm, by: User) -> str:
            waive_obligation(number_of(object_id), note=form.cleaned_data["note"], by=by, at=timezone.now())
            return gettext("The obligation was waived.")

        return ask(request, NoteForm(request.POST or None), _of_obligation(object_id, gettext("Waive")), act)


def _of_obligation(object_id: str, title: str) -> Question:
    obligation = get_object_or_404(Obligation.objects.select_related("shop"), pk=number_of(object_id))
    return Question(
        title=f"{title}: {obligation.get_kind_display()}, {obligation.shop}",
        refusals=(DutyError,),
        back=reverse("admin:governance_obligation_change", args=[obligation.pk]),
    )
