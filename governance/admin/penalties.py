"""Penalties: which restrict a shop now, which are held or over; held, resumed and noted as put right by staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, OrderBy, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from governance.actions.penalties import PenaltyError, hold_penalty, note_correction, resume_penalty
from governance.admin.asking import Question, ask, number_of
from governance.admin.decision_forms import ReviewForm
from governance.admin.points import LadderFilter, decision_link
from governance.admin.violation_forms import NoteForm
from governance.models import Penalty
from governance.models.penalty import LIMITS
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import User

CHANGE: Final = "governance.change_penalty"

STATES: Final[dict[str, tuple[Any, str]]] = {
    "reversed": (_("reversed"), "none"),
    "held": (_("held"), "middle"),
    "suspended": (_("suspended by an appeal"), "middle"),
    "to_come": (_("to come"), "brand"),
    "in_force": (_("in force"), "worst"),
    "over": (_("over"), "none"),
}


def state_of(penalty: Penalty, at: datetime) -> str:
    """A key of STATES: where the penalty stands at an instant."""
    if penalty.reversed_at is not None:
        return "reversed"
    if penalty.held_at is not None:
        return "held"
    if penalty.suspended_at is not None:
        return "suspended"
    if at < penalty.starts_at:
        return "to_come"
    return "over" if penalty.is_over_at(at) else "in_force"


def limits_of(penalty: Penalty) -> list[tuple[str, str]]:
    """What the penalty reduces privileges to: the name of each column that it fills, with its value."""
    values = {name: getattr(penalty, name) for name in LIMITS}
    return [
        (str(Penalty._meta.get_field(name).verbose_name), _value_in_words(value))  # type: ignore[union-attr]
        for name, value in values.items()
        if value is not None
    ]


def _value_in_words(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


class StateFilter(admin.SimpleListFilter):
    """In force now, to come, over, paused, reversed."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [(key, name) for key, (name, _tone) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Penalty]) -> QuerySet[Penalty]:  # noqa: ARG002
        """The chosen ones."""
        chosen = self.value()
        return queryset.filter(_in_state(chosen, timezone.now())) if chosen in STATES else queryset


def _in_state(state: str, at: datetime) -> Q:
    """Which penalties are in a state at an instant."""
    standing, running = Q(reversed_at=None), Q(paused_at=None, starts_at__lte=at)
    corrected = Q(needs_correction=False) | Q(corrected_at__lte=at)
    return {
        "in_force": Q(pk__in=Penalty.objects.in_force_at(at)),
        "to_come": standing & Q(paused_at=None, starts_at__gt=at),
        "held": standing & Q(held_at__isnull=False),
        "suspended": standing & Q(held_at=None, suspended_at__isnull=False),
        "reversed": Q(reversed_at__isnull=False),
        "over": standing & running & corrected & Q(ends_at__lte=at),
    }[state]


@admin.register(Penalty)
class PenaltyAdmin(LongListAdmin[Penalty]):
    """What restricts whom, and until when. Only actions change one; an appeal or a withdrawal reverses it."""

    list_display = ("reference", "shop", "title", "state", "starts_at", "ends_at", "by_decision")
    list_filter = (StateFilter, "kind", LadderFilter, ("starts_at", RangeDateTimeFilter))
    list_select_related = ("shop", "decision")
    search_fields = ("=code", "=shop__code", "=decision__code")
    search_help_text = _("Exact reference, shop id or reference of the decision")
    ordering = (OrderBy(F("id"), descending=True),)
    change_form_after_template = "governance/penalty_page.html"
    fields = (
        ("title", "state"),
        ("shop", "by_decision"),
        ("kind", "reference"),
        ("ladder", "node"),
        ("starts_at", "ends_at"),
        ("needs_correction", "corrected_at"),
        ("held_at", "suspended_at"),
        ("reversed_at", "reversed_by"),
    )
    actions_detail = ("hold", "resume", "note_correction")

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, penalty: Penalty) -> SafeString:
        """The public reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', penalty.code)

    @admin.display(description=_("penalty"))
    def title(self, penalty: Penalty) -> str:
        """What it is, in the reader's language."""
        return penalty.title_in(get_language() or "en")

    @admin.display(description=_("state"))
    def state(self, penalty: Penalty) -> SafeString:
        """Where it stands now."""
        return pill(*STATES[state_of(penalty, timezone.now())])

    @admin.display(description=_("decision"))
    def by_decision(self, penalty: Penalty) -> SafeString:
        """The decision that brought it."""
        return decision_link(penalty.decision_id, penalty.decision.code)

    def has_hold_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may change penalties, where this one could still restrict."""
        penalty = _find(request, object_id)
        return (
            penalty is not None
            and penalty.held_at is None
            and state_of(penalty, timezone.now()) not in ("over", "reversed")
        )

    def has_resume_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may change penalties, where this one is held."""
        penalty = _find(request, object_id)
        return penalty is not None and penalty.held_at is not None and penalty.reversed_at is None

    def has_correct_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may change penalties, where things still have to be put right."""
        penalty = _find(request, object_id)
        return (
            penalty is not None
            and penalty.needs_correction
            and penalty.corrected_at is None
            and penalty.reversed_at is None
        )

    @page_action(description=_("Hold"), url_path="hold", icon="pause", permissions=["hold"])
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it out of force for a while; what is left of its span follows."""

        def act(form: ReviewForm, by: User) -> Penalty:
            return hold_penalty(number_of(object_id), reason=form.cleaned_data["reason"], by=by, at=timezone.now())

        return _ask(request, object_id, gettext("Hold"), ReviewForm(request.POST or None), act)

    @page_action(description=_("Resume"), url_path="resume", icon="play_arrow", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a held one go on."""

        def act(form: ReviewForm, by: User) -> Penalty:
            return resume_penalty(number_of(object_id), reason=form.cleaned_data["reason"], by=by, at=timezone.now())

        return _ask(request, object_id, gettext("Resume"), ReviewForm(request.POST or None), act)

    @page_action(description=_("Put right"), url_path="correct", icon="build", permissions=["correct"])
    def note_correction(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the shop has put things right."""

        def act(form: NoteForm, by: User) -> Penalty:
            return note_correction(number_of(object_id), note=form.cleaned_data["note"], by=by, at=timezone.now())

        return _ask(request, object_id, gettext("Put right"), NoteForm(request.POST or None), act)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Penalty | None = None,
    ) -> HttpResponse:
        """The page of a penalty with what it restricts and the reasons of its decision."""
        if obj is not None:
            context |= {
                "limits": limits_of(obj),
                "penalty": obj,
                "reasons": obj.decision.reasons_in(get_language() or "en").splitlines(),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _ask(
    request: HttpRequest, object_id: str, title: str, form: Any, act: Callable[[Any, User], Penalty]
) -> HttpResponse:
    penalty = get_object_or_404(Penalty, pk=number_of(object_id))
    question = Question(
        title=f"{title}: {penalty.title_in(get_language() or 'en')}",
        refusals=(PenaltyError,),
        back=reverse("admin:governance_penalty_change", args=[penalty.pk]),
    )

    def told(form: Any, by: User) -> str:
        return gettext("%(reference)s was recorded.") % {"reference": act(form, by).code}

    return ask(request, form, question, told)


def _find(request: HttpRequest, object_id: str | None) -> Penalty | None:
    if not request.user.has_perm(CHANGE) or object_id is None:
        return None
    return Penalty.objects.filter(pk=number_of(object_id)).first()
