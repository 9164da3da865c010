"""Where somebody lands after signing in, and the list of a member's shops."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shops.models import Shop

SHOPS_SHOWN = 200
"""Enough for every member; staff find shops in the back office."""


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send staff to the back office and members to their shops."""
    return redirect("admin:index" if request.user.is_staff else "shops")


@login_required
def shop_list(request: HttpRequest) -> HttpResponse:
    """The shops that this user may open; a user with one shop goes straight to it. One query."""
    shops = list(Shop.objects.visible_to(request.user).select_related("privileges").order_by("code")[:SHOPS_SHOWN])
    if len(shops) == 1:
        return redirect("scorecard", code=shops[0].code)
    return render(request, "shops/shop_list.html", {"shops": shops})
