"""The buyer's page of one complaint, behind its own signed link, and everything that can be done there."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.actions.errors import ComplaintError
from complaints.actions.evidence_file import evidence_for_complainant, make_evidence_file
from complaints.actions.filing import is_party
from complaints.actions.hearing import buyer_adds, withdraw_complaint
from complaints.models import Complaint, Evidence
from complaints.views.evidence_answers import answer_bytes, answer_evidence
from complaints.views.forms import AddForm, AppealForm
from complaints.views.link_pages import address_of, go_to, is_within_limit, link_page, open_complaint
from complaints.views.progress import show_progress, told_decision
from complaints.views.uploads import keep_files, most_bytes, note_too_long, redress_today, takes_files
from governance.actions.appeals import AppealError, file_appeal

MOST_PER_MINUTE: Final = 20
"""Additions to one complaint, and evidence files made of it."""


@link_page
@require_safe
def complaint_page(request: HttpRequest, token: str) -> HttpResponse:
    """How the complaint stands, for whoever holds its link."""
    complaint = open_complaint(request, token)
    return complaint if isinstance(complaint, HttpResponse) else _show(request, complaint, token)


@link_page
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files
def add_page(request: HttpRequest, token: str) -> HttpResponse:
    """Add words or files to an open complaint; a form that is refused comes back as it was."""
    complaint = open_complaint(request, token)
    if isinstance(complaint, HttpResponse):
        return complaint
    if request.method != "POST":
        return go_to(request, "complaint", token, place="add")
    limits = redress_today().evidence
    form = AddForm(request.POST, request.FILES)
    if form.is_valid() and not note_too_long(request, form, limits):
        if is_within_limit("add", complaint.pk, MOST_PER_MINUTE):
            if _add(form, complaint):
                return go_to(request, "complaint", token, place="entries")
        else:
            form.add_error(None, _("That was very often in one minute. Wait a moment, then send it again."))
    return _show(request, complaint, token, add_form=form, status=422)


@link_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the complaint is really to be withdrawn; withdraw it when that is confirmed."""
    complaint = open_complaint(request, token)
    if isinstance(complaint, HttpResponse):
        return complaint
    problem = ""
    if request.method == "POST":
        try:
            withdraw_complaint(complaint, at=timezone.now())
        except ComplaintError as error:
            problem = str(error)
        else:
            return go_to(request, "complaint", token)
    elif not _is_undecided(complaint):
        return go_to(request, "complaint", token)
    context = {"complaint": complaint, "problem": problem, "back": address_of(request, "complaint", token)}
    return render(request, "complaints/withdraw.html", context, status=409 if problem else 200)


@link_page
@require_http_methods(["GET", "HEAD", "POST"])
def appeal_page(request: HttpRequest, token: str) -> HttpResponse:
    """File the buyer's appeal against the decision on the complaint."""
    complaint = open_complaint(request, token)
    if isinstance(complaint, HttpResponse):
        return complaint
    if request.method != "POST":
        return go_to(request, "complaint", token, place="appeal")
    decision = told_decision(complaint)
    if decision is None or not is_party(complaint):
        raise Http404
    form = AppealForm(request.POST)
    if form.is_valid():
        try:
            file_appeal(
                decision,
                who="buyer",
                text=form.cleaned_data["text"],
                at=timezone.now(),
                buyer_id=complaint.buyer_id,
                complaint=complaint.code,
            )
        except AppealError as error:
            form.add_error(None, str(error))
        else:
            return go_to(request, "complaint", token, place="appeal")
    return _show(request, complaint, token, appeal_form=form, status=422)


@link_page
@require_POST
def evidence_file(request: HttpRequest, token: str) -> HttpResponse:
    """Make the evidence file and hand it over. It is a POST, since each one that is made is recorded by its digest."""
    complaint = open_complaint(request, token)
    if isinstance(complaint, HttpResponse):
        return complaint
    if not is_party(complaint):
        raise Http404
    if not is_within_limit("evidence_file", complaint.pk, MOST_PER_MINUTE):
        problem = _("That was very often in one minute. Wait a moment, then try again.")
        return _show(request, complaint, token, problem=problem, status=429)
    try:
        content, made = make_evidence_file(complaint, at=timezone.now())
    except ComplaintError as error:
        return _show(request, complaint, token, problem=str(error), status=409)
    answer = answer_bytes(content, "application/zip", f"{complaint.code}-{made.sha256[:12]}.zip")
    answer.headers["X-Content-SHA256"] = made.sha256
    return answer


@link_page
@require_safe
def evidence_page(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """One file of the complaint that its complainant may open."""
    complaint = open_complaint(request, token)
    if isinstance(complaint, HttpResponse):
        return complaint
    return answer_evidence(get_object_or_404(evidence_for_complainant(complaint), pk=pk))


def _is_undecided(complaint: Complaint) -> bool:
    """True while the complainant can still add to it or withdraw it."""
    return complaint.is_open() and complaint.decision_id is None


def _add(form: AddForm, complaint: Complaint) -> bool:
    """Keep the words and all files, or nothing of them; False where the reason was put on the form."""
    given, now = form.cleaned_data, timezone.now()
    try:
        with transaction.atomic():
            if given["text"]:
                buyer_adds(complaint, text=given["text"], at=now)
            keep_files(complaint, given["evidence"], side=Evidence.Side.BUYER, at=now)
    except ComplaintError as error:
        form.add_error(None, str(error))
        return False
    return True


def _show(
    request: HttpRequest,
    complaint: Complaint,
    token: str,
    *,
    add_form: AddForm | None = None,
    appeal_form: AppealForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    limits = redress_today().evidence
    context: dict[str, Any] = show_progress(complaint, timezone.now()) | {
        "token": token,
        "address": request.build_absolute_uri(address_of(request, "complaint", token)),
        "add_form": add_form or AddForm(),
        "appeal_form": appeal_form or AppealForm(auto_id="appeal_%s"),
        "problem": problem,
        "limits": limits,
        "most_megabytes": most_bytes(limits) // 1_000_000,
        "may_add": _is_undecided(complaint),
        "addresses": {name: address_of(request, f"complaint_{name}", token) for name in ("add", "withdraw", "appeal")}
        | {"file": address_of(request, "evidence_file", token), "verify": address_of(request, "verify")},
    }
    return render(request, "complaints/complaint.html", context, status=status)
