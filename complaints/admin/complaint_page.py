"""What one complaint's page shows. A buyer's words are opened for a purpose only, and each opening is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.actions.errors import ComplaintError
from complaints.actions.reading import record_reading
from complaints.actions.snapshot import read_snapshot
from complaints.admin.queues import STATE_TONES, due_in_words
from complaints.models import Complaint, Entry, Evidence
from governance.actions.points import balances_of
from governance.admin.asking import person_of
from governance.admin.ruling_page import clause_and_gravity, previews, ruling_page
from governance.models import Decision, Policy, ShopRating
from governance.policy.schema import PolicyDocument
from governance.views.decisions import DecisionInWords, in_words, with_overrides
from governance.views.talk import Bubble, draw_talk
from governance.views.wording import grade_in_words
from shops.chat.reading import MessageRow
from shops.models import Shop

READ_BUYERS: Final = "complaints.read_buyer_text"
INVESTIGATION: Final = "investigation"
PURPOSES: Final[dict[str, Any]] = {
    INVESTIGATION: _("investigating this complaint"),
    "appeal": _("answering an appeal"),
    "quality": _("checking the quality of decisions"),
    "request": _("answering a request of the buyer or an authority"),
}
SHOWN: Final = 10
PREVIEWS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether the words of the sides are shown to this person now, and if not, whether a purpose would open them."""

    is_open: bool
    may_ask: bool
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A file with its address, and for a conversation its bubbles by day."""

    evidence: Evidence
    url: str
    talk: list[tuple[str, list[Bubble]]]


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """Points in force of one class."""

    title: str
    points: int


def open_words(request: HttpRequest, complaint: Complaint, purpose: str = "") -> Reading:
    """Whether the words may be read here; that they are is recorded with the purpose, once for each page opened.

    Whoever holds the complaint reads it to investigate; everybody else names a purpose first, unless the page has one.
    """
    if not request.user.has_perm(READ_BUYERS):
        return Reading(is_open=False, may_ask=False)
    by = person_of(request)
    asked = request.GET.get("purpose", "")
    is_held = complaint.assigned_to_id == by.pk and complaint.is_held_at(timezone.now())
    purpose = purpose or (asked if asked in PURPOSES else INVESTIGATION if is_held else "")
    if not purpose:
        return Reading(is_open=False, may_ask=True)
    if request.method == "GET":
        record_reading(complaint, by=by, purpose=purpose)
    return Reading(is_open=True, may_ask=True, purpose=purpose)


def complaint_page(request: HttpRequest, complaint: Complaint) -> dict[str, Any]:
    """Everything that is needed to judge it. As many queries however many complaints there are."""
    now = timezone.now()
    reading = open_words(request, complaint)
    policy = Policy.objects.in_force_on(timezone.localdate(now))
    document = policy.rules() if policy is not None else None
    chosen = possible_rulings(document, complaint)[:PREVIEWS_SHOWN]
    page: dict[str, Any] = {
        "complaint": complaint,
        "reading": reading,
        "purposes": PURPOSES.items(),
        "state_tone": STATE_TONES[Complaint.State(complaint.state)],
        "due": due_in_words(complaint, now),
        "is_overdue": complaint.is_open() and complaint.due_left_seconds is None and complaint.due_at <= now,
        "is_held": complaint.is_held_at(now),
        "entries": list(complaint.entries.select_related("by").order_by("pk")),
        "everybody": Entry.Audience.EVERYBODY,
        "files": files_of(complaint, reading),
        "outcome": complaint.outcome_in(get_language() or "en"),
        "siblings": siblings_of(complaint),
        "recusals": list(complaint.recusals.select_related("user")),
        "previews": previews(complaint.shop, document, chosen, occurred_on=happened_on(complaint), at=now)
        if document is not None and complaint.is_open()
        else [],
        **shops_record(complaint.shop, document, now),
    }
    if complaint.decision is not None:
        page |= ruling_page(complaint.decision, now)
    return page


def shops_record(shop: Shop, document: PolicyDocument | None, at: datetime) -> dict[str, Any]:
    """The newest rating, the points in force and the former decisions about a shop. Four queries."""
    rating = ShopRating.objects.filter(shop=shop).order_by("-on").only("on", "points", "grade").first()
    language = get_language() or "en"
    balances = balances_of([shop.pk], timezone.localdate(at), document).get(shop.pk, {}) if document else {}
    titles = (
        {ladder.key: ladder.title.in_language(language) for ladder in document.violations.ladders} if document else {}
    )
    former = with_overrides(Decision.objects.filter(shop=shop, kind__in=Decision.ABOUT_SHOPS)).select_related("policy")
    return {
        "rating": rating,
        "grade": grade_in_words(rating.grade, document) if rating is not None and document is not None else None,
        "balances": [BalanceRow(titles.get(key, key), points) for key, points in balances.items()],
        "former": [_named(decision, at) for decision in former.order_by("-pk")[:SHOWN]],
    }


def _named(decision: Decision, at: datetime) -> DecisionInWords:
    """A decision about a shop in words, called by its clause and gravity."""
    clause, gravity, _rule = clause_and_gravity(decision)
    told = in_words(decision, at)
    return replace(told, title=f"{clause}: {gravity}") if gravity else told


def siblings_of(complaint: Complaint) -> list[Complaint]:
    """Other complaints about the same rule or event, else about the same agent, else about the shop; newest first."""
    others = Complaint.objects.filter(shop=complaint.shop).exclude(pk=complaint.pk)
    if complaint.subject:
        others = others.filter(subject=complaint.subject)
    elif complaint.agent_id is not None:
        others = others.filter(agent=complaint.agent_id)
    return list(others.only("code", "kind", "state", "filed_at", "matter").order_by("-pk")[:SHOWN])


def possible_rulings(document: PolicyDocument | None, complaint: Complaint) -> list[tuple[str, str]]:
    """Clause and gravity of what the complaint is usually about; of every clause where the policy does not say."""
    if document is None:
        return []
    usual = document.redress.complaint_rules(complaint.kind).clauses
    clauses = [clause for clause in document.violations.clauses if not usual or clause.key in usual]
    return [(clause.key, gravity.key) for clause in clauses for gravity in clause.gravities]


def happened_on(complaint: Complaint) -> Any:
    """The local date of what is complained about; of the complaint itself where nobody said."""
    return timezone.localdate(complaint.happened_at or complaint.filed_at)


def files_of(complaint: Complaint, reading: Reading) -> list[EvidenceRow]:
    """The evidence with its addresses; conversations opened where the words may be read."""
    name, purpose = "admin:complaints_complaint_evidence", reading.purpose
    return [
        EvidenceRow(
            evidence,
            f"{reverse(name, args=[complaint.pk, evidence.pk])}?purpose={purpose}",
            _talk_of(evidence, complaint) if reading.is_open and evidence.kind == Evidence.Kind.CONVERSATION else [],
        )
        for evidence in complaint.evidence.order_by("pk")
    ]


def _talk_of(evidence: Evidence, complaint: Complaint) -> list[tuple[str, list[Bubble]]]:
    """The bubbles of a conversation; none where it was erased or its store is out of reach."""
    if evidence.erased_at is not None:
        return []
    try:
        rows = [_message(told) for told in read_snapshot(evidence)]
    except (ComplaintError, OSError, KeyError, ValueError):
        return []
    return draw_talk(rows, timezone=complaint.shop.timezone, turn=complaint.message_id, answered_ms=None)


def _message(told: dict[str, Any]) -> MessageRow:
    sent_at = told["sent_at"]
    instant = sent_at if isinstance(sent_at, datetime) else parse_datetime(sent_at)
    if instant is None:
        raise ValueError(sent_at)
    names = ("message_id", "sender", "kind", "delivery", "agent_id", "text")
    columns: dict[str, Any] = {name: told.get(name) for name in names}
    return MessageRow(sent_at=instant, **columns)
