"""The queue of decisions, and the page on which one is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, F, OrderBy, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from governance.actions.decide import decide
from governance.actions.findings import FindingError
from governance.actions.override_decision import complete_training, withdraw_decision
from governance.actions.review_decision import DecisionError, dismiss_decision, release_decision
from governance.admin.decision_forms import DecisionForm, ReasonsForm, ReplacementForm, ReviewForm
from governance.admin.ruling_page import ruling_page
from governance.admin.rulings import RulingSteps, find_decision
from governance.models import Decision, Policy
from governance.views.decisions import (
    KIND_TONES,
    STATES,
    fact_rows,
    figures_in_words,
    in_words,
    sample_turns,
    score_chart,
    state_of,
    with_overrides,
)
from shops.admin.base import LongListAdmin, page_action
from shops.admin.pills import pill
from shops.models import User
from shops.views.figures import ABSENT, rate_in_words

DECIDE, REVIEW, READ_CONVERSATION = (
    "governance.add_decision",
    "governance.review_decision",
    "shops.read_conversation",
)
OTHERS_SHOWN = 20
SHOP_TONES = {Decision.Kind.VIOLATION: "worst", Decision.Kind.NO_VIOLATION: "good"}
WAITING_SINCE = Case(When(is_held=True, review="", then=F("decided_at")))
"""When a held decision was taken; nothing for the others."""


class StateFilter(admin.SimpleListFilter):
    """What waits, what is in force, what is over, and what rests on facts that changed."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What can be chosen."""
        return [
            ("waiting", _("waits for a person")),
            ("in_force", _("in force")),
            ("changed", _("facts changed since")),
            ("dismissed", _("dismissed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:  # noqa: ARG002
        """The chosen ones."""
        match self.value():
            case "waiting":
                return queryset.filter(pk__in=Decision.objects.held())
            case "in_force":
                return queryset.filter(pk__in=Decision.objects.in_force_at(timezone.now()))
            case "changed":
                return queryset.filter(changed_facts__isnull=False, pk__in=Decision.objects.newest_of_chain())
            case "dismissed":
                return queryset.filter(review=Decision.Review.DISMISSED)
        return queryset


@admin.register(Decision)
class DecisionAdmin(RulingSteps, LongListAdmin[Decision]):
    """Held decisions first, the longest waiting on top. What is done with one goes through its actions."""

    list_display = ("reference", "what", "state", "agent", "shop", "figure", "facts", "decided_at")
    list_filter = (StateFilter, "kind", "clause", "source", ("decided_at", RangeDateTimeFilter))
    list_select_related = ("shop", "agent", "policy", "changed_facts")
    search_fields = ("=code", "=agent__code", "=shop__code")
    search_help_text = _("Exact reference, agent id or shop id")
    ordering = (OrderBy(WAITING_SINCE, nulls_last=True), "-decided_at")
    change_form_after_template = "governance/decision_page.html"
    fields = (
        ("what", "state"),
        ("agent", "shop"),
        ("reference", "policy"),
        ("decided_at", "automated_decision"),
        ("decided_by", "reviewed_by"),
        ("effective_at", "reviewed_at"),
        ("ends_at", "due_on"),
        ("overrides", "private_note"),
        "matter",
        "review_reason",
    )
    actions_list = ("add_decision", "add_ruling")
    actions_detail = ("release", "dismiss", "complete", "replace", "replace_ruling", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """All decisions, each with what overrides it (one look-up in the list's own query)."""
        return with_overrides(super().get_queryset(request))

    @admin.display(description=_("decision"), ordering="kind")
    def what(self, decision: Decision) -> SafeString:
        """What follows, in the colour of its severity."""
        tone = SHOP_TONES.get(Decision.Kind(decision.kind)) or KIND_TONES.get(decision.kind, "none")
        return pill(decision.get_kind_display(), tone)

    @admin.display(description=_("state"))
    def state(self, decision: Decision) -> SafeString:
        """Where it stands."""
        name, tone = STATES[state_of(decision, timezone.now())]
        return pill(name, tone)

    @admin.display(description=_("reference"), ordering="code")
    def reference(self, decision: Decision) -> SafeString:
        """The public reference, on one line."""
        return format_html('<span class="ol-number">{}</span>', decision.code)

    @admin.display(description=_("figure"))
    def figure(self, decision: Decision) -> SafeString | str:
        """The rate it rests on; of which measure, from how many and against which standard on hovering."""
        if not decision.measure or not decision.denominator or decision.numerator is None:
            return ABSENT
        rate = rate_in_words(decision.numerator / decision.denominator)
        return format_html('<span class="ol-number" title="{}">{}</span>', figures_in_words(decision), rate)

    @admin.display(description=_("facts"))
    def facts(self, decision: Decision) -> SafeString | str:
        """Up to which day the facts go, and whether they are other ones now."""
        if hasattr(decision, "changed_facts"):
            return pill(gettext("changed since"), "worst")
        return decision.facts_last_on.isoformat()

    def has_decide_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        """True for those who may decide about agents."""
        return request.user.has_perm(DECIDE)

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for a second person who may review, while the decision waits."""
        decision = find_decision(object_id)
        return (
            request.user.has_perm(REVIEW)
            and decision is not None
            and decision.waits()
            and decision.decided_by_id != request.user.pk
        )

    def has_override_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True for those who may decide, where there is something in effect that nothing overrides."""
        decision = find_decision(object_id)
        return (
            request.user.has_perm(DECIDE)
            and decision is not None
            and decision.effective_at is not None
            and not decision.ends_another()
            and not decision.overridden_by.exclude(review=Decision.Review.DISMISSED).exists()
        )

    def has_replace_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True where a decision about an agent can be overridden."""
        return _is_about_agent(object_id) and self.has_override_permission(request, object_id)

    def has_complete_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True where training is open."""
        decision = find_decision(object_id)
        return (
            decision is not None
            and decision.kind == Decision.Kind.TRAINING_REQUIRED
            and self.has_override_permission(request, object_id)
        )

    @page_action(description=_("Decide"), url_path="decide", icon="gavel", permissions=["decide"])
    def add_decision(self, request: HttpRequest) -> HttpResponse:
        """Decide about an agent."""

        def act(form: DecisionForm, by: User) -> Decision:
            data = form.cleaned_data
            return decide(
                data["who"],
                clause=data["clause"],
                facts_first_on=data["facts_first_on"],
                facts_last_on=data["facts_last_on"],
                words=form.words(),
                private_note=data["private_note"],
                by=by,
                at=timezone.now(),
            )

        wanted = {"shop": request.GET.get("shop", ""), "agent": request.GET.get("agent", "")}
        form = DecisionForm(request.POST or None, clauses=_clauses(), initial=wanted)
        return self.ask_about(request, form, gettext("Decide about an agent"), act)

    @page_action(description=_("Release"), url_path="release", icon="check", permissions=["review"])
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a held decision take effect."""
        decision = _decision_for(object_id)

        def act(form: ReviewForm, by: User) -> Decision:
            return release_decision(decision.pk, by=by, at=timezone.now(), reason=form.cleaned_data["reason"])

        title = gettext("Release %(decision)s") % {"decision": decision.code}
        return self.ask_about(request, ReviewForm(request.POST or None), title, act, decision)

    @page_action(description=_("Dismiss"), url_path="dismiss", icon="close", permissions=["review"])
    def dismiss(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close a held decision without effect."""
        decision = _decision_for(object_id)

        def act(form: ReviewForm, by: User) -> Decision:
            return dismiss_decision(decision.pk, by=by, at=timezone.now(), reason=form.cleaned_data["reason"])

        title = gettext("Dismiss %(decision)s") % {"decision": decision.code}
        return self.ask_about(request, ReviewForm(request.POST or None), title, act, decision)

    @page_action(description=_("Training completed"), url_path="complete", icon="school", permissions=["complete"])
    def complete(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Record that the training was completed."""
        decision = _decision_for(object_id)

        def act(form: ReasonsForm, by: User) -> Decision:
            note = form.cleaned_data["private_note"]
            return complete_training(decision.pk, words=form.words(), private_note=note, by=by, at=timezone.now())

        title = gettext("Training of %(decision)s completed") % {"decision": decision.code}
        return self.ask_about(request, ReasonsForm(request.POST or None), title, act, decision)

    @page_action(description=_("Replace"), url_path="replace", icon="swap_horiz", permissions=["replace"])
    def replace(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take another decision in the place of this one."""
        decision = _decision_for(object_id)
        agent = decision.agent
        if agent is None:
            raise Http404

        def act(form: ReplacementForm, by: User) -> Decision:
            data = form.cleaned_data
            return decide(
                agent,
                clause=data["clause"],
                facts_first_on=data["facts_first_on"],
                facts_last_on=data["facts_last_on"],
                words=form.words(),
                private_note=data["private_note"],
                replaces=decision,
                by=by,
                at=timezone.now(),
            )

        facts = {"facts_first_on": decision.facts_first_on, "facts_last_on": decision.facts_last_on}
        form = ReplacementForm(request.POST or None, clauses=_clauses(), initial=facts)
        return self.ask_about(
            request, form, gettext("Replace %(decision)s") % {"decision": decision.code}, act, decision
        )

    @page_action(description=_("Withdraw"), url_path="withdraw", icon="undo", permissions=["override"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a decision back."""
        decision = _decision_for(object_id)

        def act(form: ReasonsForm, by: User) -> Decision:
            note = form.cleaned_data["private_note"]
            return withdraw_decision(decision.pk, words=form.words(), private_note=note, by=by, at=timezone.now())

        title = gettext("Withdraw %(decision)s") % {"decision": decision.code}
        return self.ask_about(request, ReasonsForm(request.POST or None), title, act, decision)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Decision | None = None,
    ) -> HttpResponse:
        """The page of a decision, with everything that is needed to judge it below."""
        if obj is not None:
            context |= _page_of(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def ask_about(
        self,
        request: HttpRequest,
        form: Any,
        title: str,
        act: Callable[[Any, User], Decision],
        decision: Decision | None = None,
    ) -> HttpResponse:
        """Show a form; where it was filled in well, act, and go to the decision. A refusal is told on the form."""
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)  # admin_view lets nobody else in
            try:
                done = act(form, request.user)
            except (DecisionError, FindingError) as error:
                form.add_error(None, forms.ValidationError(str(error)))
            else:
                messages.success(request, gettext("%(decision)s was recorded.") % {"decision": done.code})
                return redirect("admin:governance_decision_change", done.pk)
        context = {**self.admin_site.each_context(request), "title": title, "form": form}
        if decision is not None:
            context["judged"] = in_words(decision, timezone.now())
        return render(request, "governance/decision_form.html", context)


def _page_of(request: HttpRequest, decision: Decision) -> dict[str, Any]:
    """What the page shows beside the columns of the decision."""
    now, agent = timezone.now(), decision.agent
    context: dict[str, Any] = {"judged": in_words(decision, now), "shop": decision.shop, "agent": agent}
    if decision.kind in Decision.ABOUT_SHOPS:
        context |= ruling_page(decision, now)
    if agent is None or decision.kind in Decision.ABOUT_SHOPS:
        return context
    others = with_overrides(Decision.objects.filter(agent=agent).exclude(pk=decision.pk)).select_related("policy")
    changed = getattr(decision, "changed_facts", None)
    return context | {
        "facts": fact_rows(decision),
        "chart": score_chart(decision, agent),
        "turns": sample_turns(decision, agent),
        "others": [in_words(other, now) for other in others.order_by("-pk")[:OTHERS_SHOWN]],
        "changed": changed,
        "rate_now": rate_in_words(changed.numerator / changed.denominator)
        if changed and changed.denominator
        else ABSENT,
        "conversation_url": reverse("admin:shops_shop_conversation", args=[decision.shop_id])
        if request.user.has_perm(READ_CONVERSATION)
        else "",
    }


def _clauses() -> list[tuple[str, str]]:
    """The consequences of the policy in force, by their titles."""
    policy = Policy.objects.in_force_on(timezone.now().date())
    language = get_language() or "en"
    consequences = policy.rules().agents.consequences if policy is not None else ()
    return [(clause.key, clause.title.in_language(language)) for clause in consequences]


def _is_about_agent(object_id: str | None) -> bool:
    decision = find_decision(object_id)
    return decision is not None and decision.agent_id is not None and decision.kind not in Decision.ABOUT_SHOPS


def _decision_for(object_id: str) -> Decision:
    decision = find_decision(object_id)
    if decision is None:
        raise Http404
    return decision
