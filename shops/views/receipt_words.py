"""A receipt in words: calm, exact, and the same on the page and in the API."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shops.actions.read_receipt import SHOWN_DAYS, Outcome, Question, Receipt
from shops.views.figures import seconds_in_words

LONGEST_QUOTE: Final = 160
"""How much of a buyer's own message a receipt repeats."""

TONES: Final = {
    Outcome.ANSWERED: "best",
    Outcome.BRUSHED_OFF: "poor",
    Outcome.WAITING: "brand",
    Outcome.UNANSWERED: "worst",
    Outcome.BOT_SERVED: "none",
    Outcome.INTERCEPTED: "middle",
    Outcome.FAILED: "middle",
    Outcome.PLATFORM_BLOCKED: "middle",
}
TITLES: Final = {
    Outcome.ANSWERED: gettext_lazy("Answered"),
    Outcome.BRUSHED_OFF: gettext_lazy("Replied, but not answered"),
    Outcome.WAITING: gettext_lazy("The shop still has time"),
    Outcome.UNANSWERED: gettext_lazy("Not answered"),
    Outcome.BOT_SERVED: gettext_lazy("Served by an automatic assistant"),
    Outcome.INTERCEPTED: gettext_lazy("Did not reach the shop"),
    Outcome.FAILED: gettext_lazy("Did not reach the shop"),
    Outcome.PLATFORM_BLOCKED: gettext_lazy("Did not reach the shop"),
}
COUNTED: Final = {
    "counted": gettext_lazy("This counts against the shop."),
    "off_hours": gettext_lazy("You wrote outside the shop's hours; it counts in the shop's rate for such messages."),
    "stoppage": gettext_lazy("You wrote while the platform was disturbed, so it does not count against the shop."),
    "closed_soon": gettext_lazy("The shop was hardly open in that time, so it does not count against the shop."),
}


@dataclass(frozen=True, slots=True)
class QuestionInWords:
    """One question as the buyer reads it."""

    question: Question
    title: str
    tone: str
    quote: str
    sent: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class ReceiptInWords:
    """A receipt as the buyer reads it, the newest question first."""

    receipt: Receipt
    title: str
    tone: str
    lead: str
    questions: list[QuestionInWords]
    advice: list[str]
    as_of: str


def word_receipt(receipt: Receipt) -> ReceiptInWords:
    """The receipt in the present language; times are those of the shop's clock."""
    questions = [_question(each, receipt) for each in reversed(receipt.questions)]
    if questions:
        title, tone, lead = questions[0].title, questions[0].tone, _("That is how it stands with your newest question.")
    else:
        title, tone = _("No question of yours found"), "none"
        lead = _("In the last %(days)d days we found no message of yours to this shop that asks for an answer.") % {
            "days": SHOWN_DAYS
        }
    return ReceiptInWords(
        receipt, title, tone, lead, questions, _advice(receipt.questions), _at(receipt.as_of, receipt)
    )


def _question(question: Question, receipt: Receipt) -> QuestionInWords:
    text = " ".join((question.text or "").split())
    return QuestionInWords(
        question=question,
        title=str(TITLES[question.outcome]),
        tone=TONES[question.outcome],
        quote=text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rstrip() + "…",
        sent=_at(question.sent_at, receipt),
        sentences=[*_again(question), *_became(question, receipt), *_outage(question, receipt)],
    )


def _again(question: Question) -> list[str]:
    if not question.asked_again:
        return []
    again = ngettext("You wrote %(count)d more time.", "You wrote %(count)d more times.", question.asked_again)
    return [again % {"count": question.asked_again}]


def _became(question: Question, receipt: Receipt) -> list[str]:
    """What became of it, a sentence each."""
    match question.outcome:
        case Outcome.ANSWERED:
            return _answered(question, receipt)
        case Outcome.WAITING:
            until = _("An answer counts until %(due)s.") % {"due": _at(question.due_at, receipt)}
            return [until, _opening(receipt)]
        case Outcome.UNANSWERED:
            return _unanswered(question, receipt)
        case Outcome.BRUSHED_OFF:
            replied = _("The shop replied on %(at)s, but only with a standard phrase that answers nothing.")
            return [replied % {"at": _at(question.answered_at, receipt)}, _("It is recorded as a brush-off.")]
    told = {
        Outcome.BOT_SERVED: _(
            "An automatic assistant replied, you wrote no more, and no person was asked to take over."
        ),
        Outcome.INTERCEPTED: _("A rule of the shop stopped this message on its way: nobody there has seen it."),
        Outcome.FAILED: _("It could not be delivered for a technical reason: nobody at the shop has seen it."),
        Outcome.PLATFORM_BLOCKED: _(
            "The platform held this message back under its own rules, not the shop: nobody there has seen it."
        ),
    }
    return [told[question.outcome], *_weight(question)]


def _answered(question: Question, receipt: Receipt) -> list[str]:
    told = []
    answered_at = question.answered_at
    if question.really_answered_at is not None:
        first = _("A first reply on %(at)s was only a standard phrase.")
        told.append(first % {"at": _at(question.answered_at, receipt)})
        answered_at = question.really_answered_at
    if question.wait_seconds or question.counted != "off_hours":
        after = _("The shop answered on %(at)s, after %(wait)s of its opening hours.")
        wait = seconds_in_words(question.wait_seconds)
        return [*told, after % {"at": _at(answered_at, receipt), "wait": wait}]
    return [*told, _("The shop answered on %(at)s, outside its opening hours.") % {"at": _at(answered_at, receipt)}]


def _unanswered(question: Question, receipt: Receipt) -> list[str]:
    if question.closed_at is not None:
        told = [
            _("The conversation was closed on %(at)s without an answer.") % {"at": _at(question.closed_at, receipt)}
        ]
    else:
        told = [_("Nobody at the shop answered until %(due)s.") % {"due": _at(question.due_at, receipt)}]
    if question.late_answer_at is not None:
        late = _("Somebody wrote on %(at)s, too late to count as an answer.")
        told.append(late % {"at": _at(question.late_answer_at, receipt)})
    return [*told, *_weight(question)]


def _weight(question: Question) -> list[str]:
    """Whether it counts against the shop; nothing for what did not reach it."""
    if question.counted is not None:
        return [str(COUNTED[question.counted])]
    return [_("It counts neither for nor against the shop.")] if question.outcome is Outcome.BOT_SERVED else []


def _opening(receipt: Receipt) -> str:
    if receipt.outage_now is not None:
        return _("The platform is disturbed at the moment: the shop's time stands still until that is over.")
    if receipt.open_until is not None:
        return _("The shop is open now, until %(at)s.") % {"at": _at(receipt.open_until, receipt)}
    if receipt.opens_at is not None:
        return _("The shop is closed now and opens on %(at)s.") % {"at": _at(receipt.opens_at, receipt)}
    return _("The shop has no opening hours in the next two weeks.")


def _outage(question: Question, receipt: Receipt) -> list[str]:
    if question.outage is None:
        return []
    start, end = question.outage
    if end is None:
        return [_("The platform has been disturbed since %(start)s.") % {"start": _at(start, receipt)}]
    told = _("The platform was disturbed from %(start)s to %(end)s, when you wrote.")
    return [told % {"start": _at(start, receipt), "end": _at(end, receipt)}]


def _advice(questions: Sequence[Question]) -> list[str]:
    """What the buyer can do now, by the newest question."""
    newest = questions[-1].outcome if questions else None
    advice = {
        Outcome.BRUSHED_OFF: _("Ask again in the chat: only a real answer ends your waiting in our figures."),
        Outcome.WAITING: _("You need not write again: your place is kept."),
        Outcome.UNANSWERED: _("Write again in the chat: a new question starts a new time to answer."),
        Outcome.BOT_SERVED: _("If the assistant did not help, ask for a person in the chat."),
        Outcome.INTERCEPTED: _("Write it in other words, without links or contact details."),
        Outcome.FAILED: _("Send it again."),
        Outcome.PLATFORM_BLOCKED: _("Write it in other words, without links or contact details."),
    }
    others = _("For an order, the marketplace's own help and after-sales service are open to you at any time.")
    return [advice[newest], others] if newest in advice else [others]


def _at(instant: datetime | None, receipt: Receipt) -> str:
    """An instant as date and time of day on the shop's clock."""
    assert instant is not None  # every outcome has the instants that its sentences name
    local = instant.astimezone(zoneinfo.ZoneInfo(receipt.shop.timezone))
    return f"{formats.date_format(local, 'Y-m-d')} {formats.time_format(local, 'H:i')}"
