"""What is held about a buyer at one shop, for the holder of a receipt's link: complaints, answers, appeals."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from complaints.actions.personal_data import export_buyer
from complaints.views.evidence_answers import answer_bytes
from complaints.views.link_pages import is_within_limit, link_page, refuse_link
from shops.actions.buyer_links import find_link

MOST_PER_MINUTE = 10


@link_page
@require_safe
def own_data(request: HttpRequest, token: str) -> HttpResponse:
    """A JSON file to keep. The conversation itself is on the receipt."""
    link = find_link(token)
    if link is None:
        return refuse_link(request, is_over=False)
    if not link.is_usable_at(timezone.now()):
        return refuse_link(request, is_over=True)
    if not is_within_limit("own_data", link.pk, MOST_PER_MINUTE):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    told = json.dumps(export_buyer(link.buyer_id, link.shop), ensure_ascii=False, indent=1, default=str)
    return answer_bytes(told.encode("utf-8", "replace"), "application/json", f"openline-{link.shop.code}.json")
