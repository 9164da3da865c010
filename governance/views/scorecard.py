"""The scorecard of a shop, for its members and for staff."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance.views.corrections import correction_of
from governance.views.decisions import decisions_about
from governance.views.gates import gates_of_rating
from governance.views.later_facts import later_facts
from governance.views.picture import draw_shop
from shops.models import Member, Shop


@login_required
def scorecard(request: HttpRequest, code: str) -> HttpResponse:
    """Show a shop's grade and why. An agent is sent to the own record; a shop that one may not see is not found."""
    assert request.user.is_authenticated  # login_required lets nobody else in
    shop = get_object_or_404(Shop.objects.visible_to(request.user), code=code)
    memberships = list(Member.objects.filter(user=request.user).select_related("agent"))
    agent = next((member.agent for member in memberships if member.shop_id == shop.pk), None)
    if agent is not None and not request.user.is_staff:
        return redirect("agent_record", code=shop.code, agent_code=agent.code)
    picture = draw_shop(shop)
    rating = picture.rating if picture is not None else None
    context = {
        "shop": shop,
        "picture": picture,
        "gates": gates_of_rating(rating.gates, rating.policy.rules()) if rating is not None else [],
        "correction": correction_of(rating) if rating is not None else None,
        "later": later_facts(rating) if rating is not None else None,
        "decisions": decisions_about(shop, timezone.now()),
        "has_more_shops": request.user.is_staff or len(memberships) > 1,
    }
    return render(request, "governance/scorecard.html", context)
