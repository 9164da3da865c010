"""A decision for those whom it is about: its statement of reasons, what follows, and the appeal against it."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from complaints.views.forms import AppealForm
from complaints.views.link_pages import time_in
from complaints.views.progress import appeals_in_words
from complaints.views.shop_access import Standing, stand_at
from complaints.views.shop_penalties import obligation_in_words, penalty_in_words, title_of_ladder
from governance.actions.appeals import AppealError, appeal_right, file_appeal
from governance.models import Appeal, Decision
from governance.views.decisions import in_words, with_overrides

READS: Final = "governance.view_decision"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def shop_decision(request: HttpRequest, code: str, reference: str) -> HttpResponse:
    """Show a decision in effect; the shop's leaders, or the agent concerned, appeal here."""
    who = stand_at(request, code, permission=READS)
    if "\0" in reference:
        raise Http404
    visible = Decision.objects.settled().filter(shop=who.shop)
    if not who.sees_shop:
        visible = visible.filter(agent=who.agent)
    found = with_overrides(visible).select_related("policy", "agent", "shop", "overrides")
    decision = get_object_or_404(found, code=reference)
    party = party_of(who, decision)
    form = AppealForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if not party:
            raise Http404
        status = 422
        if form.is_valid():
            try:
                file_appeal(
                    decision,
                    who=party,
                    text=form.cleaned_data["text"],
                    at=timezone.now(),
                    by=who.user,
                    agent=who.agent if party == Appeal.Who.AGENT else None,
                )
            except AppealError as error:
                form.add_error(None, str(error))
            else:
                return redirect(reverse("shop_decision", args=[who.shop.code, decision.code]) + "#appeal")
    return _show(request, who, decision, party, form, status)


def party_of(who: Standing, decision: Decision) -> str:
    """As which party somebody may appeal; empty for nobody's: viewers, staff, agents about others."""
    if who.leads:
        return Appeal.Who.SHOP
    if who.agent is not None and decision.agent_id == who.agent.pk:
        return Appeal.Who.AGENT
    return ""


def _show(
    request: HttpRequest, who: Standing, decision: Decision, party: str, form: AppealForm, status: int
) -> HttpResponse:
    now, shop, language = timezone.now(), who.shop, get_language() or "en"
    document = decision.policy.rules()
    clause = document.clause(decision.clause)
    gravity = next((each for each in clause.gravities if each.key == decision.gravity), None) if clause else None
    right = appeal_right(decision, party, at=now) if party else None
    appeals = Appeal.objects.visible_to(who.user).filter(decision=decision).order_by("-pk")
    later = Decision.objects.settled().filter(overrides=decision).first()
    points = decision.point_entries.order_by("pk")
    context = {
        "shop": shop,
        "who": who,
        "decision": decision,
        "told": in_words(decision, now),
        "effective": time_in(shop.timezone, decision.effective_at),
        "later": later,
        "clause": clause,
        "clause_title": clause.title.in_language(language) if clause else "",
        "clause_rule": clause.rule.in_language(language) if clause else "",
        "gravity": gravity.title.in_language(language) if gravity else "",
        "facts": (decision.facts_zh_hans if language.startswith("zh") else decision.facts_en).splitlines(),
        "points": [(f"{each.points:+d}", title_of_ladder(each.ladder, document), each) for each in points]
        if who.sees_shop
        else [],
        "penalties": [penalty_in_words(each, shop, now, document) for each in decision.penalties.all()]
        if who.sees_shop
        else [],
        "obligations": [obligation_in_words(each, shop, now) for each in decision.obligations.all()]
        if who.sees_shop
        else [],
        "right": right,
        "appeal_until": time_in(shop.timezone, right.until) if right is not None else "",
        "appeals": appeals_in_words(appeals, shop.timezone),
        "form": form,
    }
    return render(request, "complaints/shop_decision.html", context, status=status)
