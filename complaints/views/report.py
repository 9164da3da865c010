"""Reports by third parties: the same form without standing as a party. A report sanctions nobody by itself."""

from __future__ import annotations

from typing import Final

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
from complaints.views.forms import ReportForm, kinds_offered
from complaints.views.link_pages import address_from, go_to, is_within_limit, link_page
from complaints.views.uploads import keep_files, most_bytes, note_too_long, redress_today, takes_files
from shops.models import Shop

MOST_PER_MINUTE: Final = 5
"""Forms sent from one address, whatever becomes of them: nobody finds out shops by trying."""


@link_page
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files
def report_page(request: HttpRequest) -> HttpResponse:
    """The form for anybody; filed, the report's own page. What a machine filled in is thanked for and not kept."""
    rules = redress_today()
    kinds = kinds_offered(rules)
    form = ReportForm(kinds=kinds)
    status = 200
    if request.method == "POST":
        status = 422
        form = ReportForm(request.POST, request.FILES, kinds=kinds)
        if not is_within_limit("report", address_from(request), MOST_PER_MINUTE):
            form.add_error(None, _("That was very often in one minute. Wait a moment, then send it again."))
            status = 429
        elif form.is_valid() and not note_too_long(request, form, rules.evidence):
            if form.cleaned_data["website"]:
                return render(request, "complaints/report_thanks.html")
            report = _file(form)
            if report is not None:
                return go_to(request, "complaint", sign_access(report), place="keep")
    context = {"form": form, "limits": rules.evidence, "most_megabytes": most_bytes(rules.evidence) // 1_000_000}
    return render(request, "complaints/report.html", context, status=status)


def _file(form: ReportForm) -> Complaint | None:
    """File the report with all its files, or nothing of it; None where the reason was put on the form."""
    given, now = form.cleaned_data, timezone.now()
    shop = Shop.objects.filter(code=given["shop"]).first()
    if shop is None:
        form.add_error("shop", _("There is no shop of this id. Copy it from the shop's page on the marketplace."))
        return None
    new = NewComplaint(
        shop=shop,
        kind=given["kind"],
        text=given["text"],
        standing=Complaint.Standing.THIRD_PARTY,
        name=given["name"],
        email=given["email"],
        language=get_language() or "en",
        happened_at=form.happened_at(shop.timezone),
    )
    try:
        with transaction.atomic():
            report = file_complaint(new, at=now)
            keep_files(report, given["evidence"], side=Evidence.Side.BUYER, at=now)
    except ComplaintError as error:
        form.add_error(None, str(error))
        return None
    return report
