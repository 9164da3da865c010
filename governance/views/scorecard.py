"""The scorecard of a shop, for its members and for staff."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.views.picture import draw_shop
from shops.models import Member, Shop


@login_required
def scorecard(request: HttpRequest, code: str) -> HttpResponse:
    """Show a shop's grade and why. An agent is sent to the own record; a shop that one may not see is not found."""
    assert request.user.is_authenticated  # login_required lets nobody else in
    shop = get_object_or_404(Shop.objects.visible_to(request.user), code=code)
    if not request.user.is_staff:
        member = Member.objects.select_related("agent").get(shop=shop, user=request.user)
        if member.agent is not None:
            return redirect("agent_record", code=shop.code, agent_code=member.agent.code)
    return render(request, "governance/scorecard.html", {"shop": shop, "picture": draw_shop(shop)})
