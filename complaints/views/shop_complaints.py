"""A shop's complaints: the list of those to answer, and one with what the shop may see of it."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from complaints.actions.errors import ComplaintError
from complaints.actions.hearing import shop_replies
from complaints.actions.reading import record_reading
from complaints.models import Complaint, Entry, Evidence
from complaints.views.evidence_answers import answer_evidence
from complaints.views.forms import ReplyForm
from complaints.views.link_pages import time_in
from complaints.views.progress import STATE_TONES, entries_in_words, remedies_of, steps_of, told_decision
from complaints.views.shop_access import Standing, stand_at
from complaints.views.shop_talk import talk_of
from complaints.views.uploads import keep_files, most_bytes, note_too_long, redress_today, takes_files_of_members

PAGE: Final = 25
READS: Final = "complaints.view_complaint"
READS_WORDS: Final = "complaints.read_buyer_text"


@require_safe
@login_required
def shop_complaints(request: HttpRequest, code: str) -> HttpResponse:
    """Those to answer, the first due on top, then the others, newest first (`?before=` the id of the last one seen)."""
    who = stand_at(request, code, permission=READS)
    if not who.sees_shop:
        raise Http404
    now, zone = timezone.now(), who.shop.timezone
    visible = Complaint.objects.visible_to(who.user).filter(shop=who.shop)
    to_answer = visible.filter(state=Complaint.State.AWAITING_SHOP).order_by(F("shop_due_at").asc(), "pk")
    before = request.GET.get("before", "")
    others = visible.exclude(state=Complaint.State.AWAITING_SHOP).order_by("-pk")
    if before.isascii() and before.isdecimal() and len(before) <= 18:
        others = others.filter(pk__lt=int(before))
    rows = list(others[: PAGE + 1])
    waiting = [] if before else list(to_answer[: 4 * PAGE + 1])
    context = {
        "shop": who.shop,
        "who": who,
        "is_first_page": not before,
        "to_answer": [
            {
                "complaint": each,
                "due": time_in(zone, each.shop_due_at),
                "is_late": each.shop_due_at is not None and each.shop_due_at <= now,
            }
            for each in waiting[: 4 * PAGE]
        ],
        "has_more_to_answer": len(waiting) > 4 * PAGE,
        "others": [
            {
                "complaint": each,
                "filed": time_in(zone, each.filed_at),
                "tone": STATE_TONES[Complaint.State(each.state)],
            }
            for each in rows[:PAGE]
        ],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "complaints/shop_complaints.html", context)


@takes_files_of_members
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def shop_complaint(request: HttpRequest, code: str, reference: str) -> HttpResponse:
    """One complaint as the shop may read it. Owners and managers reply while the shop is heard."""
    who, complaint = _find(request, code, reference)
    if request.method != "POST":
        return _show(request, who, complaint)
    if not who.leads:
        raise Http404
    form = ReplyForm(request.POST, request.FILES)
    limits = redress_today().evidence
    if not form.is_valid() or note_too_long(request, form, limits):
        return _show(request, who, complaint, form=form, status=422)
    given, now = form.cleaned_data, timezone.now()
    try:
        with transaction.atomic():
            shop_replies(complaint, version=given["version"], text=given["text"], by=who.user, at=now)
            keep_files(complaint, given["evidence"], side=Evidence.Side.SHOP, at=now, by=who.user)
    except ComplaintError as error:
        form.add_error(None, str(error))
        complaint.refresh_from_db()
        is_stale = given["version"] != complaint.version
        seen = given["seen"] if is_stale else None
        return _show(request, who, complaint, form=form, seen=seen, status=409 if is_stale else 422)
    return redirect(reverse("shop_complaint", args=[who.shop.code, complaint.code]) + "#entries")


@require_safe
@login_required
def shop_evidence(request: HttpRequest, code: str, reference: str, pk: int) -> HttpResponse:
    """One file of a complaint that the shop may open; what a complainant sent leaves a record of its reading."""
    who, complaint = _find(request, code, reference)
    evidence = get_object_or_404(_evidence_for_shop(complaint), pk=pk)
    if evidence.side == Evidence.Side.BUYER:
        record_reading(complaint, by=who.user, purpose=_purpose(who))
    return answer_evidence(evidence)


def _find(request: HttpRequest, code: str, reference: str) -> tuple[Standing, Complaint]:
    """The complaint of the shop by its reference. Raises Http404 for another shop's, and for whoever may not see it."""
    who = stand_at(request, code, permission=READS)
    if not who.sees_shop or (not who.role and not who.user.has_perm(READS_WORDS)) or "\0" in reference:
        raise Http404
    visible = Complaint.objects.visible_to(who.user).select_related("shop", "agent", "decision")
    return who, get_object_or_404(visible, shop=who.shop, code=reference)


def _evidence_for_shop(complaint: Complaint) -> QuerySet[Evidence]:
    """The shop's own files, and those of the complainant but for papers that show who that is.

    The conversation is on the page, without what the platform kept from the shop.
    """
    theirs = Q(side=Evidence.Side.BUYER) & ~Q(kind__in=(Evidence.Kind.AUTHORITY, Evidence.Kind.CONVERSATION))
    return complaint.evidence.filter(Q(side=Evidence.Side.SHOP) | theirs, erased_at=None)


def _purpose(who: Standing) -> str:
    """Why it is read, as the record has it."""
    return "the shop is heard" if who.role else "looking at the shop's page"


def _show(
    request: HttpRequest,
    who: Standing,
    complaint: Complaint,
    *,
    form: ReplyForm | None = None,
    seen: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; with `seen`, the newest entry that the writer of a reply knew, what has happened since is said."""
    record_reading(complaint, by=who.user, purpose=_purpose(who))
    now, zone, language = timezone.now(), who.shop.timezone, get_language() or "en"
    entries = list(Entry.objects.filter(complaint=complaint).for_shop())
    decision = told_decision(complaint)
    if complaint.decision is not None and decision is None:
        entries = [each for each in entries if each.kind != Entry.Kind.DECIDED]
    newest = entries[-1].pk if entries else 0
    is_answered = decision is not None or complaint.is_refused
    outcome = complaint.outcome_in(language).splitlines() if is_answered else []
    limits = redress_today().evidence
    may_reply = who.leads and complaint.is_open() and complaint.decision_id is None
    fresh = {"version": complaint.version, "seen": newest}
    if form is None:
        form = ReplyForm(initial=fresh)
    elif seen is not None or not form.is_valid():
        form.data = {**form.data.dict(), **{name: str(value) for name, value in fresh.items()}}  # type: ignore[attr-defined]
    context = {
        "shop": who.shop,
        "who": who,
        "complaint": complaint,
        "tone": STATE_TONES[Complaint.State(complaint.state)],
        "steps": steps_of(complaint),
        "filed": time_in(zone, complaint.filed_at),
        "happened": time_in(zone, complaint.happened_at),
        "due": time_in(zone, complaint.shop_due_at),
        "is_late": complaint.shop_due_at is not None and complaint.shop_due_at <= now,
        "entries": entries_in_words(entries, zone, is_answer_shown=bool(outcome)),
        "changed": entries_in_words([each for each in entries if seen is not None and each.pk > seen], zone),
        "is_stale": seen is not None,
        "talk": talk_of(complaint),
        "evidence": list(_evidence_for_shop(complaint)),
        "decision": decision,
        "outcome": outcome,
        "remedies": remedies_of(complaint, now),
        "form": form,
        "may_reply": may_reply,
        "lost_text": "" if may_reply or not form.is_bound else form.data.get("text", ""),
        "limits": limits,
        "most_megabytes": most_bytes(limits) // 1_000_000,
    }
    return render(request, "complaints/shop_complaint.html", context, status=status)
