"""A complaint as the buyer reads it: steps, deadlines in words, what was said, what can be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from complaints.actions.evidence_file import evidence_for_complainant
from complaints.actions.filing import is_party
from complaints.models import Complaint, Entry
from complaints.models.entry import EntryQuerySet
from complaints.views.link_pages import time_in
from governance.actions.appeals import appeal_right
from governance.models import Appeal, Decision, Remedy

DONE, NOW, AHEAD = "done", "now", "ahead"
STATE_TONES: Final = {
    Complaint.State.RECEIVED: "brand",
    Complaint.State.AWAITING_SHOP: "middle",
    Complaint.State.INVESTIGATING: "brand",
    Complaint.State.DECIDED: "best",
    Complaint.State.CLOSED: "none",
    Complaint.State.WITHDRAWN: "none",
}
APPEAL_TONES: Final = {
    Appeal.State.OPEN: "brand",
    Appeal.State.ACCEPTED: "best",
    Appeal.State.REJECTED: "none",
    Appeal.State.WITHDRAWN: "none",
}
_TITLES: Final = {
    Complaint.State.RECEIVED: gettext_lazy("Received"),
    Complaint.State.AWAITING_SHOP: gettext_lazy("The shop is heard"),
    Complaint.State.INVESTIGATING: gettext_lazy("Investigated"),
    Complaint.State.DECIDED: gettext_lazy("Decided"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way of a complaint."""

    title: str
    mark: str
    """DONE, NOW or AHEAD."""


@dataclass(frozen=True, slots=True)
class EntryInWords:
    """One entry as a reader of either side sees it. Nobody of the platform is named."""

    at: str
    title: str
    who: str
    text: str
    side: str


@dataclass(frozen=True, slots=True)
class RemedyInWords:
    """What the buyer gets, and how far that has come."""

    title: str
    state: str
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class AppealInWords:
    """An appeal and its answer."""

    appeal: Appeal
    filed: str
    state: str
    tone: str
    due: str
    answer: list[str]


def steps_of(complaint: Complaint) -> list[Step]:
    """The way of a complaint, with the step where it stands; refused and withdrawn ones end where they ended."""
    state = Complaint.State
    if complaint.state == state.WITHDRAWN:
        return [Step(str(_TITLES[state.RECEIVED]), DONE), Step(_("Withdrawn"), NOW)]
    if complaint.is_refused:
        return [Step(str(_TITLES[state.RECEIVED]), DONE), Step(_("Not taken up"), NOW)]
    way = [each for each in _TITLES if each != state.AWAITING_SHOP or not was_passed_over(complaint)]
    present = state.DECIDED if complaint.state == state.CLOSED else complaint.state
    place = way.index(present)  # type: ignore[arg-type]
    marks = [DONE if number < place else NOW if number == place else AHEAD for number in range(len(way))]
    if complaint.state == state.CLOSED:
        return [Step(str(_TITLES[each]), DONE) for each in way] + [Step(_("Closed"), NOW)]
    return [Step(str(_TITLES[each]), mark) for each, mark in zip(way, marks, strict=True)]


def was_passed_over(complaint: Complaint) -> bool:
    """True where it went on, or ended, without the shop being asked."""
    asking = (Complaint.State.RECEIVED, Complaint.State.INVESTIGATING)
    return complaint.told_shop_at is None and complaint.state not in asking


def deadlines_of(complaint: Complaint, now: datetime) -> list[str]:
    """By when who acts, a sentence each, on the shop's clock."""
    if not complaint.is_open():
        return []
    zone, told = complaint.shop.timezone, []
    if complaint.buyer_due_at is not None:
        asked = _("We asked you something: please answer by %(at)s. Until then our own time stands still.")
        told.append(asked % {"at": time_in(zone, complaint.buyer_due_at)})
    elif complaint.state == Complaint.State.AWAITING_SHOP:
        heard = _("The shop can reply until %(at)s. Until then our own time stands still; without a reply we go on.")
        told.append(heard % {"at": time_in(zone, complaint.shop_due_at)})
    elif complaint.due_at > now:
        told.append(_("We decide by %(at)s.") % {"at": time_in(zone, complaint.due_at)})
    if complaint.overdue_at is not None:
        late = _("We missed our deadline of %(due)s. That is recorded, and your complaint comes first now.")
        told.append(late % {"due": time_in(zone, complaint.due_at)})
    elif complaint.escalated_at is not None:
        raised = _("Your complaint was moved up on %(at)s, so that it is decided in time.")
        told.append(raised % {"at": time_in(zone, complaint.escalated_at)})
    return told


def entries_in_words(entries: Iterable[Entry], timezone: str, *, is_answer_shown: bool = False) -> list[EntryInWords]:
    """Entries as people read them, in the order given; the answer is not repeated where the page shows it already."""
    entries = list(entries)
    answers = [each.pk for each in entries if each.kind in {Entry.Kind.DECIDED, Entry.Kind.REFUSED}]
    shown = answers[-1:] if is_answer_shown else []
    return [
        EntryInWords(
            at=time_in(timezone, each.at),
            title=_first_large(str(each.get_kind_display())),
            who=str(each.get_side_display()),
            text="" if each.pk in shown else each.text,
            side=each.side,
        )
        for each in entries
    ]


def entries_for_complainant(complaint: Complaint) -> EntryQuerySet:
    """The course as the complainant may read it: a third party without the shop's words, nobody a decision that waits.

    A report gives its author no standing, so what the shop says about it is not for its author.
    """
    entries = Entry.objects.filter(complaint=complaint).for_buyer()
    if not is_party(complaint):
        entries = entries.exclude(side=Entry.Side.SHOP)
    if complaint.decision is not None and complaint.decision.waits():
        entries = entries.exclude(kind=Entry.Kind.DECIDED)
    return entries


def told_decision(complaint: Complaint) -> Decision | None:
    """The decision once it is in effect; one that waits for a second person is not told."""
    decision = complaint.decision
    return decision if decision is not None and decision.effective_at is not None else None


def remedies_of(complaint: Complaint, now: datetime) -> list[RemedyInWords]:
    """What the buyer gets by decisions in effect, the newest first."""
    owed = Remedy.objects.filter(complaint=complaint.code, decision__effective_at__isnull=False)
    return [_remedy(each, complaint.shop.timezone, now) for each in owed.exclude(kind=Remedy.Kind.NONE)]


def appeals_in_words(appeals: Iterable[Appeal], timezone: str) -> list[AppealInWords]:
    """Appeals with their answers in the reader's language."""
    language = get_language() or "en"
    return [
        AppealInWords(
            appeal=each,
            filed=time_in(timezone, each.filed_at),
            state=str(each.get_state_display()),
            tone=APPEAL_TONES[Appeal.State(each.state)],
            due=time_in(timezone, each.due_at) if each.is_open() else "",
            answer=each.answer_in(language).splitlines(),
        )
        for each in appeals
    ]


def show_progress(complaint: Complaint, now: datetime) -> dict[str, Any]:
    """All that the page of a complaint tells its complainant."""
    language = get_language() or "en"
    zone = complaint.shop.timezone
    decision = told_decision(complaint)
    waits = complaint.decision is not None and complaint.decision.waits()
    right = None
    if decision is not None and is_party(complaint):
        right = appeal_right(decision, "buyer", at=now, complaint=complaint.code)
    entries = entries_for_complainant(complaint)
    outcome = [] if waits else complaint.outcome_in(language).splitlines()
    reasons = decision.reasons_in(language).splitlines() if decision is not None else []
    return {
        "complaint": complaint,
        "shop": complaint.shop,
        "kind": complaint.get_kind_display(),
        "state": complaint.get_state_display(),
        "tone": STATE_TONES[Complaint.State(complaint.state)],
        "steps": steps_of(complaint),
        "deadlines": deadlines_of(complaint, now),
        "filed": time_in(zone, complaint.filed_at),
        "entries": entries_in_words(entries, zone, is_answer_shown=bool(outcome)),
        "evidence": list(evidence_for_complainant(complaint)),
        "waits": waits,
        "outcome": outcome,
        "decision": decision,
        "reasons": reasons if reasons != outcome else [],
        "remedies": remedies_of(complaint, now),
        "right": right,
        "appeal_until": time_in(zone, right.until) if right is not None else "",
        "appeals": appeals_in_words(
            Appeal.objects.filter(who=Appeal.Who.BUYER, complaint=complaint.code).order_by("-pk"), zone
        ),
        "link_ends": time_in(zone, complaint.access_ends_at),
    }


def _remedy(remedy: Remedy, zone: str, now: datetime) -> RemedyInWords:
    title = _first_large(str(remedy.get_kind_display()))
    if remedy.amount is not None:
        title = f"{title}: {remedy.amount} {remedy.currency}"
    if remedy.reversed_at is not None:
        state, tone = _("taken back: the decision no longer holds"), "none"
    elif remedy.done_at is not None:
        state, tone = _("done on %(at)s") % {"at": time_in(zone, remedy.done_at)}, "best"
    elif remedy.due_at is not None and remedy.due_at <= now:
        state = _("overdue since %(at)s; we follow it up") % {"at": time_in(zone, remedy.due_at)}
        tone = "worst"
    elif remedy.due_at is not None:
        state, tone = _("due by %(at)s") % {"at": time_in(zone, remedy.due_at)}, "middle"
    else:
        state, tone = _("open"), "middle"
    return RemedyInWords(title, state, tone, remedy.note)


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]
