"""Decisions about shops, taken and replaced in the back office: the steps and their forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.actions.decide_violation import Ruling, decide_no_violation, decide_violation
from governance.actions.findings import name_decision
from governance.admin.violation_forms import ReplacementRulingForm, ShopRulingForm, ruling_choices
from governance.models import Decision, Finding, Policy
from governance.views.decisions import with_overrides
from shops.admin.base import page_action
from shops.models import Shop, User


class RulingSteps:
    """What may be done about shops. Mixed into the admin of decisions, which asks and tells."""

    if TYPE_CHECKING:
        has_override_permission: Callable[..., bool]
        ask_about: Callable[..., HttpResponse]

    def has_replace_ruling_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """True where a decision about a shop can be overridden."""
        decision = find_decision(object_id)
        return (
            decision is not None
            and decision.kind in Decision.ABOUT_SHOPS
            and self.has_override_permission(request, object_id)
        )

    @page_action(
        description=_("Decide about a shop"), url_path="decide-shop", icon="storefront", permissions=["decide"]
    )
    def add_ruling(self, request: HttpRequest) -> HttpResponse:
        """Decide about a shop, because of ?finding=N or of what else is known."""
        finding = _finding_of(request)

        def act(form: ShopRulingForm, by: User) -> Decision:
            return _rule(form, form.cleaned_data["whom"], by, finding=finding)

        wanted: dict[str, Any] = {"shop": request.GET.get("shop", "")}
        if finding is not None:
            wanted = {"shop": finding.shop.code, "occurred_on": finding.window_last_on}
        form = ShopRulingForm(request.POST or None, choices=_rulings(), initial=wanted)
        return self.ask_about(request, form, gettext("Decide about a shop"), act)

    @page_action(description=_("Replace"), url_path="replace-ruling", icon="swap_horiz", permissions=["replace_ruling"])
    def replace_ruling(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take another decision about the shop in the place of this one."""
        decision = find_decision(object_id)
        if decision is None:
            raise Http404

        def act(form: ReplacementRulingForm, by: User) -> Decision:
            return _rule(form, decision.shop, by, replaces=decision)

        facts = {"occurred_on": decision.facts_last_on, "facts_en": decision.facts_en}
        facts["facts_zh_hans"] = decision.facts_zh_hans
        form = ReplacementRulingForm(request.POST or None, choices=_rulings(), initial=facts)
        return self.ask_about(
            request, form, gettext("Replace %(decision)s") % {"decision": decision.code}, act, decision
        )


def _rulings() -> Any:
    """The clauses about shops of the policy in force, with their gravities."""
    policy = Policy.objects.in_force_on(timezone.localdate())
    return ruling_choices(policy.rules() if policy is not None else None)


def _rule(
    form: ReplacementRulingForm,
    shop: Shop,
    by: User,
    *,
    replaces: Decision | None = None,
    finding: Finding | None = None,
) -> Decision:
    """Decide what the form says; a finding that leads to it names the decision in the same transaction."""
    now, (clause, gravity) = timezone.now(), form.clause_and_gravity()
    ruling = Ruling(
        facts=form.facts(),
        words=form.words(),
        private_note=form.cleaned_data["private_note"],
        matter=finding.code if finding is not None else replaces.matter if replaces is not None else "",
        evidence=replaces.evidence if replaces is not None else (),
        automated_detection=finding is not None or (replaces is not None and replaces.automated_detection),
    )
    day = form.cleaned_data["occurred_on"]
    agent = replaces.agent if replaces is not None else finding.agent if finding is not None else None
    with transaction.atomic():
        if clause:
            decision = decide_violation(
                shop,
                clause=clause,
                gravity=gravity,
                occurred_on=day,
                ruling=ruling,
                agent=agent,
                replaces=replaces,
                by=by,
                at=now,
            )
        else:
            decision = decide_no_violation(
                shop, occurred_on=day, ruling=ruling, agent=agent, replaces=replaces, by=by, at=now
            )
        if finding is not None:
            name_decision(finding.pk, decision=decision, by=by, at=now)
    return decision


def _finding_of(request: HttpRequest) -> Finding | None:
    """The confirmed finding of ?finding=N, if there is one."""
    text = request.GET.get("finding", "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        return None
    confirmed = Finding.objects.filter(pk=int(text), state=Finding.State.CONFIRMED, decision=None)
    return confirmed.select_related("shop", "agent").first()


def find_decision(object_id: str | None) -> Decision | None:
    """A decision by its number in an address, with what overrides it; None where there is none. One query."""
    text = object_id or ""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        return None
    return with_overrides(Decision.objects.all()).select_related("agent", "policy").filter(pk=int(text)).first()
