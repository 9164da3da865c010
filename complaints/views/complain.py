"""The buyer's form: from the link of a receipt to a complaint, without an account and without JavaScript."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from complaints.actions.access import sign_access
from complaints.actions.errors import ComplaintError
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.models import Complaint, Evidence
from complaints.views.forms import ComplaintForm, kinds_offered
from complaints.views.link_pages import address_of, go_to, is_within_limit, link_page, refuse_link
from complaints.views.uploads import keep_files, most_bytes, note_too_long, redress_today, takes_files
from shops.actions.buyer_links import find_link
from shops.models import BuyerLink

MOST_PER_MINUTE: Final = 10
"""Complaints with one link."""


@link_page
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files
def complain(request: HttpRequest, token: str) -> HttpResponse:
    """The form for the holder of a receipt's link; filed, the complaint's own page by its own link."""
    link = find_link(token)
    if link is None:
        return refuse_link(request, is_over=False)
    if not link.is_usable_at(timezone.now()):
        return refuse_link(request, is_over=True)
    rules = redress_today()
    kinds = kinds_offered(rules)
    form = ComplaintForm(kinds=kinds, initial=_first_values(request))
    status = 200
    if request.method == "POST":
        form = ComplaintForm(request.POST, request.FILES, kinds=kinds)
        is_complete = form.is_valid() and not note_too_long(request, form, rules.evidence)
        if is_complete and not is_within_limit("complain", link.pk, MOST_PER_MINUTE):
            form.add_error(None, _("That was very often in one minute. Wait a moment, then send it again."))
            status = 429
        elif is_complete:
            complaint = _file(form, link)
            if complaint is not None:
                return go_to(request, "complaint", sign_access(complaint), place="keep")
        status = status if status != 200 or form.is_valid() else 422
    context = {
        "form": form,
        "shop": link.shop,
        "limits": rules.evidence,
        "most_megabytes": most_bytes(rules.evidence) // 1_000_000,
        "receipt": address_of(request, "receipt", token),
    }
    return render(request, "complaints/complain.html", context, status=status)


def _first_values(request: HttpRequest) -> dict[str, Any]:
    """What the form starts with: a kind may be named in the address."""
    return {"kind": request.GET.get("kind", "")}


def _file(form: ComplaintForm, link: BuyerLink) -> Complaint | None:
    """File the complaint with all its files, or nothing of it; None where the reason was put on the form."""
    given, now = form.cleaned_data, timezone.now()
    is_for_another = given["standing"] == Complaint.Standing.REPRESENTATIVE
    new = NewComplaint(
        shop=link.shop,
        kind=given["kind"],
        text=given["text"],
        standing=given["standing"],
        buyer_id=link.buyer_id,
        name=given["name"] if is_for_another else "",
        email=given["email"],
        language=get_language() or "en",
        conversation_id=link.conversation_id,
        message_id=link.message_id,
        wish=given["wish"],
        happened_at=form.happened_at(link.shop.timezone),
    )
    try:
        with transaction.atomic():
            complaint = file_complaint(new, at=now)
            keep_files(complaint, given["evidence"], side=Evidence.Side.BUYER, at=now)
            if is_for_another:
                keep_files(complaint, given["authority"], side=Evidence.Side.BUYER, at=now, is_authority=True)
    except ComplaintError as error:
        form.add_error(None, str(error))
        return None
    return complaint
