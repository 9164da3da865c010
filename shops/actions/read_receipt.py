"""What became of a buyer's messages to one shop: the facts behind the receipt that a link opens. No words, no pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shops.actions.buyer_links import note_opened
from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import load_templates
from shops.actions.standards import NoStandardError, clock_standards
from shops.chat.calendars import CalendarBook
from shops.chat.clock import ServiceClock, from_ms, to_ms
from shops.chat.reading import MessageRow, TurnRow
from shops.chat.standard import ClockStandard
from shops.chat.talk import Rules, Talk, find_conversation, read_talk
from shops.chat.text import EMOJI_KEY, text_key
from shops.models import BuyerLink, Shop

SHOWN_DAYS: Final = 14
"""How far a receipt looks back from the newest message, and for one where the link names no conversation."""
SOUGHT_DAYS: Final = 60
"""How far back the conversation or message that a link names is looked for, from the day that the link was made."""
AHEAD: Final = timedelta(days=15)
"""How far ahead the shop's next opening is looked for."""
DELIVERED: Final = "delivered"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Outcome(StrEnum):
    """What became of one question."""

    ANSWERED = "answered"
    BRUSHED_OFF = "brushed_off"
    WAITING = "waiting"
    UNANSWERED = "unanswered"
    BOT_SERVED = "bot_served"
    INTERCEPTED = "intercepted"
    FAILED = "failed"
    PLATFORM_BLOCKED = "platform_blocked"


_OPEN_STATES: Final = {
    "pending": Outcome.WAITING,
    "unanswered": Outcome.UNANSWERED,
    "bot_served": Outcome.BOT_SERVED,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One message of the buyer that wants an answer, and what became of it. Waits are seconds of open hours."""

    message_id: str
    sent_at: datetime
    text: str | None
    outcome: Outcome
    asked_again: int = 0
    """How many more messages the buyer sent while waiting."""
    due_at: datetime | None = None
    """Until then an answer counts."""
    counted: str | None = None
    """As in clock.md section 4; None for what enters no rate."""
    answered_at: datetime | None = None
    wait_seconds: float | None = None
    really_answered_at: datetime | None = None
    """The first answer that was no mere holding phrase, where the first answer was one."""
    late_answer_at: datetime | None = None
    closed_at: datetime | None = None
    outage: tuple[datetime, datetime | None] | None = None
    """The outage that the message fell into."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The questions of a buyer to a shop in the order in which they were sent, as of an instant."""

    shop: Shop
    as_of: datetime
    conversation_id: str | None
    questions: list[Question]
    answer_window_hours: int
    open_until: datetime | None
    """The shop is open now, until then."""
    opens_at: datetime | None
    """The shop is closed now and opens then."""
    outage_now: tuple[datetime, datetime | None] | None


def read_receipt(link: BuyerLink, *, as_of: datetime) -> Receipt:
    """What became of the buyer's messages within a link's scope, as of an instant; notes that the link was opened.

    The turns are computed on the spot, by the statement that the nightly run uses and with what it would know now.
    Twelve queries at most. Only messages and turns of the link's own buyer are in it.
    """
    note_opened(link, as_of)
    shop, as_of_ms = link.shop, to_ms(as_of)
    is_named = bool(link.conversation_id or link.message_id)
    since = link.created_at - timedelta(days=SOUGHT_DAYS) if is_named else as_of - timedelta(days=SHOWN_DAYS)
    place = find_conversation(
        shop.code,
        link.buyer_id,
        conversation_id=link.conversation_id,
        message_id=link.message_id,
        since_ms=to_ms(since),
        until_ms=as_of_ms,
    )
    newest_at = as_of if place is None else from_ms(place.newest_ms)
    shown_from = newest_at - timedelta(days=SHOWN_DAYS)
    rules = _rules(shop, shown_from, as_of)
    standard, book = rules[-1].standard, rules[-1].book
    clock = _clock(book, shop, as_of_ms)
    spans = clock.open_spans(as_of, as_of + AHEAD)
    is_open = bool(spans) and spans[0][0] <= as_of
    questions: list[Question] = []
    if place is not None:
        window = timedelta(hours=max(each.standard.answer_window_hours for each in rules))
        reads_from_ms = to_ms(shown_from - 3 * window)
        talk = read_talk(
            shop.code,
            link.buyer_id,
            place.conversation_id,
            reads_from_ms=reads_from_ms,
            as_of_ms=as_of_ms,
            rules=rules,
        )
        questions = _questions(talk, shown_from, book, rules, shop)
    return Receipt(
        shop=shop,
        as_of=as_of,
        conversation_id=None if place is None else place.conversation_id,
        questions=questions,
        answer_window_hours=standard.answer_window_hours,
        open_until=spans[0][1] if is_open else None,
        opens_at=spans[0][0] if spans and not is_open else None,
        outage_now=_outage_at(as_of, book, shop),
    )


def _rules(shop: Shop, since: datetime, as_of: datetime) -> list[Rules]:
    """What the local dates of a span are measured by: one entry, unless a policy came into force within it."""
    zone = ZoneInfo(shop.timezone)
    first, last = since.astimezone(zone).date(), as_of.astimezone(zone).date()
    try:
        spans = clock_standards(first, last)
    except NoStandardError:
        spans = [(first, last, ClockStandard())]
    templates = load_templates([shop.code])
    books: dict[str, CalendarBook] = {}
    for _first, _last, standard in spans:
        if standard.default_hours not in books:
            books[standard.default_hours] = load_calendars(standard, shop)
    return [Rules(start, end, standard, books[standard.default_hours], templates) for start, end, standard in spans]


def _clock(book: CalendarBook, shop: Shop, as_of_ms: int) -> ServiceClock:
    return book.keys[book.of_shop[shop.code]].clock(
        as_of_ms, as_of_ms + AHEAD // timedelta(milliseconds=1), book.default_weekly
    )


def _outage_at(instant: datetime, book: CalendarBook, shop: Shop) -> tuple[datetime, datetime | None] | None:
    ms = to_ms(instant)
    for start, end in book.keys[book.of_shop[shop.code]].stoppages:
        if start <= ms and (end is None or ms < end):
            return from_ms(start), None if end is None else from_ms(end)
    return None


def _questions(
    talk: Talk, shown_from: datetime, book: CalendarBook, rules: Sequence[Rules], shop: Shop
) -> list[Question]:
    """The turns of the buyer, and the buyer's messages that did not reach the shop, in their order."""
    by_id = {message.message_id: message for message in talk.messages}
    turns = [turn for turn in talk.turns if turn.opened_by_message in by_id]
    told = []
    for number, turn in enumerate(turns, start=1):
        until = by_id[turns[number].opened_by_message].sent_at if number < len(turns) else _NEVER
        asked = by_id[turn.opened_by_message]
        later = [each for each in talk.messages if asked.sent_at <= each.sent_at < until and each is not asked]
        told.append(_of_turn(turn, asked, later, _standard_on(turn.on, rules), _outage_at(asked.sent_at, book, shop)))
    told += [
        Question(
            each.message_id,
            each.sent_at,
            each.text,
            Outcome(each.delivery),
            outage=_outage_at(each.sent_at, book, shop),
        )
        for each in talk.messages
        if _is_question(each) and each.delivery != DELIVERED
    ]
    return sorted((each for each in told if each.sent_at >= shown_from), key=lambda each: each.sent_at)


def _of_turn(
    turn: TurnRow,
    asked: MessageRow,
    later: Sequence[MessageRow],
    standard: ClockStandard,
    outage: tuple[datetime, datetime | None] | None,
) -> Question:
    """What became of a turn; `later` is what was sent after its first message and before the next turn."""
    due_at = asked.sent_at + timedelta(hours=standard.answer_window_hours)
    courtesies = {*standard.courtesies, EMOJI_KEY}
    answered_by = turn.answered_at or _NEVER
    again = [each for each in later if _is_question(each) and each.delivery == DELIVERED and each.sent_at < answered_by]
    closes = (each.sent_at for each in later if each.kind == "close" and each.sent_at <= due_at)
    too_late = (
        each.sent_at for each in later if each.sender == "agent" and each.kind == "message" and each.sent_at > due_at
    )
    was_brushed_off = turn.state == "answered" and turn.effective_answered_at != turn.answered_at
    is_left_out = turn.state == "bot_served" and standard.count_bot_served_as == "excluded"
    if turn.state == "answered":
        outcome = Outcome.BRUSHED_OFF if turn.effective_answered_at is None else Outcome.ANSWERED
    else:
        outcome = _OPEN_STATES[turn.state]
    return Question(
        asked.message_id,
        asked.sent_at,
        asked.text,
        outcome,
        asked_again=sum(text_key(each.text) not in courtesies for each in again),
        due_at=due_at,
        counted=None if is_left_out else turn.counted,
        answered_at=turn.answered_at,
        wait_seconds=turn.effective_wait_seconds if was_brushed_off else turn.wait_seconds,
        really_answered_at=turn.effective_answered_at if was_brushed_off else None,
        late_answer_at=next(too_late, None) if outcome is Outcome.UNANSWERED else None,
        closed_at=next(closes, None) if outcome is Outcome.UNANSWERED else None,
        outage=outage,
    )


def _is_question(message: MessageRow) -> bool:
    return message.sender == "buyer" and message.kind == "message"


def _standard_on(day: date, rules: Sequence[Rules]) -> ClockStandard:
    return next(each.standard for each in rules if each.first <= day <= each.last)
