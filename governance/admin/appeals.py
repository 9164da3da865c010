"""The queue of appeals, and the page on which one is answered: by another person than decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from governance.actions.appeals import AppealError, decide_appeal, draw_appeal, return_appeal
from governance.actions.review_decision import DecisionError
from governance.admin.asking import Question, ask, number_of, person_of
from governance.admin.points import decision_link
from governance.admin.ruling_page import appealed
from governance.admin.violation_forms import AppealAnswerForm
from governance.models import Appeal
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import AuditEntry, User
from shops.views.figures import ABSENT

ANSWER: Final = "governance.change_appeal"
READ_BUYERS: Final = "complaints.read_buyer_text"
SOON: Final = timedelta(hours=8)
TONES: Final = {
    Appeal.State.OPEN: "middle",
    Appeal.State.ACCEPTED: "best",
    Appeal.State.REJECTED: "worst",
    Appeal.State.WITHDRAWN: "none",
}


def due_pill(due_at: datetime, at: datetime) -> SafeString:
    """When something is due, in the colour of its urgency: past, within a desk day, later."""
    tone = "worst" if due_at <= at else "middle" if due_at - at <= SOON else "none"
    return pill(date_format(timezone.localtime(due_at), "Y-m-d H:i"), tone)


class QueueFilter(admin.SimpleListFilter):
    """Whose turn it is."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [("open", _("open")), ("free", _("free to draw")), ("mine", _("mine")), ("overdue", _("overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        """The chosen ones."""
        now = timezone.now()
        waiting = queryset.filter(state=Appeal.State.OPEN)
        match self.value():
            case "open":
                return waiting
            case "free":
                free = Q(assigned_until=None) | Q(assigned_until__lte=now)
                return waiting.filter(free).exclude(decision__decided_by=person_of(request))
            case "mine":
                return waiting.filter(assigned_to=person_of(request), assigned_until__gt=now)
            case "overdue":
                return waiting.filter(due_at__lte=now)
        return queryset


@admin.register(Appeal)
class AppealAdmin(LongListAdmin[Appeal]):
    """Open appeals first, the first due on top."""

    list_display = ("reference", "who", "state_pill", "due", "shop", "by_decision", "assigned_to", "filed_at")
    list_filter = (QueueFilter, "state", "who", ("filed_at", RangeDateTimeFilter))
    list_select_related = ("shop", "decision", "assigned_to")
    search_fields = ("=code", "=shop__code", "=decision__code", "=complaint")
    search_help_text = _("Exact reference of the appeal, the decision or the complaint, or shop id")
    ordering = (F("decided_at").desc(nulls_first=True), "due_at", "-id")
    change_form_after_template = "governance/appeal_page.html"
    fields = (
        ("who", "state_pill"),
        ("shop", "agent"),
        ("by_decision", "number"),
        ("filed_at", "due"),
        ("assigned_to", "assigned_until"),
        ("decided_by", "decided_at"),
        "led_to",
        "private_note",
    )
    actions_list = ("draw_next",)
    actions_detail = ("draw", "give_back", "accept", "reject")

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, appeal: Appeal) -> SafeString:
        """The public reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', appeal.code)

    @admin.display(description=_("state"), ordering="state")
    def state_pill(self, appeal: Appeal) -> SafeString:
        """Where it stands."""
        return pill(appeal.get_state_display(), TONES[Appeal.State(appeal.state)])

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, appeal: Appeal) -> SafeString | str:
        """By when it is answered; nothing once it was."""
        return due_pill(appeal.due_at, timezone.now()) if appeal.is_open() else ABSENT

    @admin.display(description=_("decision"))
    def by_decision(self, appeal: Appeal) -> SafeString:
        """The decision that is appealed."""
        return decision_link(appeal.decision_id, appeal.decision.code)

    @admin.display(description=_("outcome"))
    def led_to(self, appeal: Appeal) -> SafeString | str:
        """The decision by which the appealed one was taken back."""
        return decision_link(appeal.outcome_id, appeal.outcome.code) if appeal.outcome else ABSENT

    def has_answering_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may answer appeals."""
        return request.user.has_perm(ANSWER)

    def has_draw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may answer this one, while nobody else has it."""
        appeal = _answerable(request, object_id)
        return appeal is not None and not _is_held(appeal)

    def has_answer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may answer this one: not whoever decided or released, not while another has it."""
        appeal = _answerable(request, object_id)
        return appeal is not None and not (_is_held(appeal) and appeal.assigned_to_id != request.user.pk)

    def has_return_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for whoever has it."""
        appeal = _answerable(request, object_id)
        return appeal is not None and _is_held(appeal) and appeal.assigned_to_id == request.user.pk

    @page_action(description=_("Draw the next"), url_path="draw-next", icon="inbox", permissions=["answering"])
    def draw_next(self, request: HttpRequest) -> HttpResponse:
        """Take the most urgent appeal that this person may answer."""
        appeal = draw_appeal(None, by=person_of(request), at=timezone.now())
        if appeal is None:
            messages.info(request, gettext("No appeal waits that you may answer."))
            return redirect("admin:governance_appeal_changelist")
        return redirect("admin:governance_appeal_change", appeal.pk)

    @page_action(description=_("Draw"), url_path="draw", icon="back_hand", permissions=["draw"])
    def draw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take this one."""
        return self._step(request, object_id, lambda key, by: draw_appeal(key, by=by, at=timezone.now()))

    @page_action(description=_("Return"), url_path="return", icon="undo", permissions=["return"])
    def give_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it back to the queue."""
        return self._step(request, object_id, lambda key, by: return_appeal(key, by=by, at=timezone.now()))

    @page_action(description=_("Accept"), url_path="accept", icon="check", permissions=["answer"])
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the decision back, with everything that followed from it."""
        return self._answer(request, object_id, gettext("Accept %(appeal)s"), accept=True)

    @page_action(description=_("Reject"), url_path="reject", icon="close", permissions=["answer"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave the decision as it is."""
        return self._answer(request, object_id, gettext("Reject %(appeal)s"), accept=False)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Appeal | None = None,
    ) -> HttpResponse:
        """The page of an appeal: its text, the decision, what an acceptance would take back and what it cannot."""
        if obj is not None:
            context |= _page_of(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _step(self, request: HttpRequest, object_id: str, act: Callable[[int, User], object]) -> HttpResponse:
        key = number_of(object_id)
        try:
            if act(key, person_of(request)) is None:
                messages.warning(request, gettext("Somebody else has it, or it was answered."))
        except AppealError as error:
            messages.error(request, str(error))
        except Appeal.DoesNotExist as missing:
            raise Http404 from missing
        return redirect("admin:governance_appeal_change", key)

    def starting_words(self, request: HttpRequest, appeal: Appeal) -> dict[str, str]:  # noqa: ARG002
        """What the fields of an answer start with; the desk, which keeps reply templates, fills them."""
        return {}

    def templates_offered(self) -> list[Any]:
        """The reply templates to start from; the desk keeps them."""
        return []

    def _answer(self, request: HttpRequest, object_id: str, title: str, *, accept: bool) -> HttpResponse:
        appeal = _find(object_id)
        if appeal is None:
            raise Http404
        question = Question(
            title=title % {"appeal": appeal.code},
            refusals=(AppealError, DecisionError),
            back=reverse("admin:governance_appeal_change", args=[appeal.pk]),
            template="governance/appeal_form.html",
            context=_page_of(request, appeal) | {"templates": self.templates_offered()},
        )

        def act(form: AppealAnswerForm, by: User) -> str:
            note = form.cleaned_data["private_note"]
            decide_appeal(appeal.pk, accept=accept, answer=form.answer(), private_note=note, by=by, at=timezone.now())
            return gettext("The appeal was answered.")

        form = AppealAnswerForm(request.POST or None, initial=self.starting_words(request, appeal))
        return ask(request, form, question, act)


def _page_of(request: HttpRequest, appeal: Appeal) -> dict[str, Any]:
    """What the page shows. A buyer's text is personal: it is shown to those who may read it, and that is recorded."""
    may_read = appeal.who != Appeal.Who.BUYER or request.user.has_perm(READ_BUYERS)
    if may_read and appeal.who == Appeal.Who.BUYER and request.method == "GET":
        AuditEntry.objects.create(
            by=person_of(request), action="read_appeal", target=appeal.code, detail={"purpose": "appeal"}
        )
    return {
        "appeal": appeal,
        "may_read": may_read,
        "answer": appeal.answer_in(get_language() or "en"),
        "is_own": request.user.pk in (appeal.decision.decided_by_id, appeal.decision.reviewed_by_id),
        **appealed(appeal.decision, timezone.now()),
    }


def _find(object_id: str | None) -> Appeal | None:
    if object_id is None:
        return None
    return Appeal.objects.select_related("decision", "shop", "agent").filter(pk=number_of(object_id)).first()


def _answerable(request: HttpRequest, object_id: str | None) -> Appeal | None:
    """The appeal, where this person may answer it."""
    if not request.user.has_perm(ANSWER):
        return None
    appeal = _find(object_id)
    if appeal is None or not appeal.is_open():
        return None
    took_part = (appeal.decision.decided_by_id, appeal.decision.reviewed_by_id)
    return None if request.user.pk in took_part else appeal


def _is_held(appeal: Appeal) -> bool:
    return appeal.assigned_until is not None and timezone.now() < appeal.assigned_until
