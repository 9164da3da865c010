"""The notices of a member: what the platform told the shops and the agent that they stand for."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from shops.actions.read_notices import read_notices
from shops.models import Notice, User

PAGE = 20


@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """Show a person's notices, newest first, a page at a time (`?before=` the id of the last one seen). Two queries."""
    assert isinstance(request.user, User)  # login_required lets nobody else in
    if request.user.is_staff:
        return redirect("admin:shops_notice_changelist")
    visible = Notice.objects.visible_to(request.user).select_related("shop", "agent", "read_by").order_by("-id")
    before = _number(request.GET.get("before", ""))
    if before is not None:
        visible = visible.filter(pk__lt=before)
    notices = list(visible[: PAGE + 1])
    shown = notices[:PAGE]
    own = set(
        Notice.objects.addressed_to(request.user)
        .filter(pk__in=[each.pk for each in shown])
        .values_list("pk", flat=True)
    )
    language = get_language() or "en"
    context = {
        "notices": [
            {
                "notice": each,
                "title": each.title_in(language),
                "text": each.text_in(language),
                "is_new": each.pk in own and each.read_at is None,
                "is_others": each.pk not in own,
            }
            for each in shown
        ],
        "next": shown[-1].pk if len(notices) > PAGE else None,
        "is_first_page": before is None,
    }
    return render(request, "shops/notices.html", context)


@login_required
@require_POST
def mark_notices_read(request: HttpRequest) -> HttpResponse:
    """Mark one notice (`notice`) or, without it, all of a person's notices as read."""
    assert isinstance(request.user, User)  # login_required lets nobody else in
    wanted = request.POST.get("notice")
    number = _number(wanted) if wanted is not None else None
    if wanted is None or number is not None:
        read_notices(None if wanted is None else [number or 0], now=timezone.now(), by=request.user)
    return redirect("notices")


def _number(text: str) -> int | None:
    """An id out of an address or form; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
