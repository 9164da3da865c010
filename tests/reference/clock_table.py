"""The clock table of clock.md section 2 as plain Python, to be compared with the page by eye.

It walks the rows of a conversation one by one and is slow on purpose: it is what `shops/chat/turns.sql` is compared
with. R1 to R9 in the comments are the refinements under which a turn is settled by the rows within W of its opening
buyer message. Instants and spans are integers of milliseconds; W is `ClockRules.answer_window_ms`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from shops.chat.clock import ServiceClock
from tests.reference.rows import DAY_MS, ClockRules, Contact, Counted, Message, State, Turn

__all__ = ["ClockRules", "Contact", "Message", "Turn", "contacts", "turns"]

SETTLING_MS = 72 * 3_600_000  # clock.md section 5, resolved_rate

RowClass = Literal["buyer", "agent", "bot", "handoff", "transfer", "close", "ignored"]


@dataclass
class _OpenTurn:
    """What the walk remembers of a turn; the rows are those that decide it (R1: at most W after b0)."""

    b0: Message
    first_of_contact: bool
    last_buyer_ms: int
    rows: list[Message] = field(default_factory=list)  # buyer, bot, hand-off and transfer rows, until it ended
    answer: Message | None = None
    closed: bool = False  # a close ended it; other ways of ending come later than b0 + W


@dataclass
class _Contact:
    """Turns and activities from one first turn of a contact to the next."""

    turns: list[_OpenTurn]
    last_message_ms: int


def turns(
    messages: Sequence[Message], rules: ClockRules, as_of_ms: int, clocks: Mapping[str, ServiceClock]
) -> list[Turn]:
    """All turns of the log as known at as_of_ms, by shop, conversation and opening. `messages` in received order."""
    return [
        _finish(turn, conversation, rules, as_of_ms, clocks)
        for conversation in _conversations(messages, rules, as_of_ms)
        for contact in conversation.contacts
        for turn in contact.turns
    ]


def contacts(
    messages: Sequence[Message], rules: ClockRules, as_of_ms: int, clocks: Mapping[str, ServiceClock]
) -> list[Contact]:
    """All contacts of the log as known at as_of_ms, by shop, conversation and time. `messages` in received order."""
    conversations = _conversations(messages, rules, as_of_ms)
    starts = [
        (turn.b0.shop_id, turn.b0.buyer_id, turn.b0.sent_ms)
        for conversation in conversations
        for contact in conversation.contacts
        for turn in contact.turns
        if turn.first_of_contact
    ]
    interceptions = [
        (row.shop_id, row.buyer_id, row.sent_ms)
        for row in _known(messages, as_of_ms)
        if row.sender == "buyer" and row.delivery == "intercepted"
    ]
    result = []
    for conversation in conversations:
        for contact in conversation.contacts:
            first, last_ms = contact.turns[0].b0, contact.last_message_ms
            answers = [turn.answer for turn in contact.turns if turn.answer is not None]
            in_time = [answer for answer in answers if last_ms - answer.sent_ms <= rules.answer_window_ms]
            last_state = _finish(contact.turns[-1], conversation, rules, as_of_ms, clocks).state
            new_contact = _any_within(starts, first, last_ms)
            intercepted = _any_within(interceptions, first, last_ms)
            result.append(
                Contact(
                    shop_id=first.shop_id,
                    conversation_id=first.conversation_id,
                    buyer_id=first.buyer_id,
                    last_message_ms=last_ms,
                    local_date=clocks[first.shop_id].local_date_ms(last_ms).isoformat(),
                    agent=in_time[-1].agent_id if in_time else None,
                    last_turn_state=last_state,
                    settled=as_of_ms > last_ms + SETTLING_MS,
                    new_contact_within=new_contact,
                    intercepted_within=intercepted,
                    resolved=not new_contact and not intercepted and last_state != "unanswered",  # R9
                )
            )
    return result


def _finish(
    turn: _OpenTurn,
    conversation: _Conversation,
    rules: ClockRules,
    as_of_ms: int,
    clocks: Mapping[str, ServiceClock],
) -> Turn:
    """The turn as it is shown: its state, its waits and whether it counts."""
    b0, answer = turn.b0, turn.answer
    clock = clocks[b0.shop_id]
    window_ends_ms = b0.sent_ms + rules.answer_window_ms
    handoffs = [row.sent_ms for row in turn.rows if row.sender == "system" and row.kind == "handoff"]
    opened_at_ms = handoffs[0] if handoffs else b0.sent_ms  # R4
    owners = [row.agent_id for row in turn.rows if row.sender != "bot" and row.agent_id is not None]
    owner = owners[-1] if owners else None  # R5
    state = _state(turn, conversation, as_of_ms, window_ends_ms)
    effective = conversation.effective_answer(answer, window_ends_ms) if answer else None
    return Turn(
        shop_id=b0.shop_id,
        conversation_id=b0.conversation_id,
        buyer_id=b0.buyer_id,
        opened_by_message=b0.message_id,
        b0_ms=b0.sent_ms,
        opened_at_ms=opened_at_ms,
        answered_at_ms=answer.sent_ms if answer else None,
        answered_by=answer.agent_id if answer else None,
        answered_by_message=answer.message_id if answer else None,
        wait_ms=clock.elapsed_ms(opened_at_ms, answer.sent_ms) if answer else None,
        effective_answered_at_ms=effective.sent_ms if effective else None,
        effective_wait_ms=clock.elapsed_ms(opened_at_ms, effective.sent_ms) if effective else None,
        owner=owner,
        credit=answer.agent_id if answer else owner,
        state=state,
        counted=_counted(state, clock, opened_at_ms, window_ends_ms, rules.cap_ms),
        first_of_contact=turn.first_of_contact,
        local_date=clock.local_date_ms(opened_at_ms).isoformat(),
    )


def _state(turn: _OpenTurn, conversation: _Conversation, as_of_ms: int, window_ends_ms: int) -> State:
    """R6, with the states of clock.md section 2."""
    if turn.answer is not None:
        return "answered"
    last = turn.rows[-1]
    bot_spoke_last = last.sender == "bot"
    wants_handoff = any(row.kind == "handoff" for row in turn.rows)
    may_be_bot_served = bot_spoke_last and not wants_handoff and not conversation.buyer_wrote(last, window_ends_ms)
    if as_of_ms > window_ends_ms:
        return "bot_served" if may_be_bot_served else "unanswered"
    if turn.closed and not may_be_bot_served:
        return "unanswered"
    return "pending"


def _counted(state: State, clock: ServiceClock, opened_at_ms: int, window_ends_ms: int, cap_ms: int) -> Counted:
    """Section 4."""
    if not clock.is_in_hours_ms(opened_at_ms):
        return "off_hours"
    if not clock.is_open_ms(opened_at_ms):
        return "stoppage"
    if state == "unanswered" and clock.elapsed_ms(opened_at_ms, window_ends_ms) < cap_ms:
        return "closed_soon"
    return "counted"


def _any_within(events: list[tuple[str, str, int]], of: Message, last_ms: int) -> bool:
    """True if an event of the same shop and buyer lies in (last, last + 72 h]."""
    return any(
        (shop_id, buyer_id) == (of.shop_id, of.buyer_id) and last_ms < at_ms <= last_ms + SETTLING_MS
        for shop_id, buyer_id, at_ms in events
    )


def _known(messages: Sequence[Message], as_of_ms: int) -> list[Message]:
    """The first row received of each (shop, message_id), without those that do not exist yet."""
    seen: dict[tuple[str, str], Message] = {}
    for row in messages:
        seen.setdefault((row.shop_id, row.message_id), row)
    return [row for row in seen.values() if row.sent_ms <= as_of_ms]


class _Conversation:
    """The rows of one conversation in order, with their classes, and the walk over the clock table."""

    def __init__(self, rows: list[Message], rules: ClockRules, known: list[Message]) -> None:
        self.rules = rules
        self.known = known
        self.rows = rows
        self.classes = self._classify()
        self.contacts: list[_Contact] = []
        self._walk()

    def _classify(self) -> list[RowClass]:
        """R2. An agent's message less than ignore_under after the buyer's last one is an auto reply."""
        classes: list[RowClass] = []
        last_buyer_ms: int | None = None
        for row in self.rows:
            found: RowClass = "ignored"
            match row.sender, row.kind:
                case "buyer", "message":
                    if row.delivery == "delivered" and row.text_key not in self.rules.courtesies:
                        found = "buyer"
                        last_buyer_ms = row.sent_ms
                case "agent", "message":
                    if last_buyer_ms is None or row.sent_ms - last_buyer_ms >= self.rules.ignore_under_ms:
                        found = "agent"
                case "bot", "message":
                    found = "bot"
                case "system", "handoff":
                    found = "handoff"
                case "system", "transfer":
                    found = "transfer"
                case "system", "close":
                    found = "close"
            classes.append(found)
        return classes

    def _walk(self) -> None:  # noqa: C901 - one branch for each row of the table
        """The clock table, row by row."""
        window = self.rules.answer_window_ms
        turn: _OpenTurn | None = None
        last_activity_ms: int | None = None  # since the last close; R7: every buyer row, every agent row ending a turn
        for row, row_class in zip(self.rows, self.classes, strict=True):
            at_ms = row.sent_ms
            match row_class:
                case "buyer":
                    if turn is not None and at_ms - turn.last_buyer_ms > window:
                        turn = None  # It ended unanswered.
                    if turn is None:
                        is_first = last_activity_ms is None or at_ms - last_activity_ms > window
                        turn = _OpenTurn(row, is_first, at_ms)
                        if is_first:
                            self.contacts.append(_Contact([], at_ms))
                        self.contacts[-1].turns.append(turn)
                    turn.last_buyer_ms = at_ms
                    last_activity_ms = self.contacts[-1].last_message_ms = at_ms
                case "agent" if turn is not None:
                    if at_ms - turn.last_buyer_ms <= window:
                        if at_ms - turn.b0.sent_ms <= window:
                            turn.answer = row
                        last_activity_ms = self.contacts[-1].last_message_ms = at_ms
                    turn = None  # Answered, ended unanswered, or over already and the message is proactive.
                case "close":
                    if turn is not None:
                        turn.closed = True
                    turn = None
                    last_activity_ms = None
                case _:
                    pass
            decides = turn is not None and at_ms - turn.b0.sent_ms <= window  # R1
            if turn is not None and decides and row_class in {"buyer", "bot", "handoff", "transfer"}:
                turn.rows.append(row)

    def _after(self, row: Message) -> list[tuple[Message, RowClass]]:
        return list(zip(self.rows, self.classes, strict=True))[self.rows.index(row) + 1 :]

    def buyer_wrote(self, after: Message, until_ms: int) -> bool:
        """True if a buyer row follows at most at until_ms, in whichever turn."""
        return any(row_class == "buyer" and row.sent_ms <= until_ms for row, row_class in self._after(after))

    def effective_answer(self, answer: Message, until_ms: int) -> Message | None:
        """R8: the first agent row from the answer on, at most at until_ms, that is not perfunctory."""
        later = [row for row, row_class in self._after(answer) if row_class == "agent" and row.sent_ms <= until_ms]
        return next((row for row in [answer, *later] if not self.is_perfunctory(row)), None)

    def is_perfunctory(self, answer: Message) -> bool:
        """R8. True for a holding phrase, and for a short text that the agent repeats all over the day."""
        rules, key = self.rules, answer.text_key
        if key is None:
            return False
        if key in rules.holding_phrases:
            return True
        if rules.repeat_min_conversations is None or rules.repeat_max_chars is None:
            return False
        if answer.agent_id is None or len(key) >= rules.repeat_max_chars:
            return False
        sent_in = {
            row.conversation_id
            for row in self.known
            if (row.sender, row.kind) == ("agent", "message")
            and (row.shop_id, row.agent_id, row.text_key) == (answer.shop_id, answer.agent_id, key)
            and row.sent_ms // DAY_MS == answer.sent_ms // DAY_MS
        }
        if len(sent_in) < rules.repeat_min_conversations:
            return False
        return (answer.shop_id, key) not in rules.templates or self._asks_again_after(answer)

    def _asks_again_after(self, answer: Message) -> bool:
        """True if the next buyer, agent or close row is a buyer's, within W."""
        for row, row_class in self._after(answer):
            if row_class in {"buyer", "agent", "close"}:
                return row_class == "buyer" and row.sent_ms - answer.sent_ms <= self.rules.answer_window_ms
        return False


def _conversations(messages: Sequence[Message], rules: ClockRules, as_of_ms: int) -> list[_Conversation]:
    known = _known(messages, as_of_ms)
    ordered = sorted(known, key=lambda row: (row.shop_id, row.conversation_id, row.sent_ms, row.message_id))
    by_conversation = groupby(ordered, key=lambda row: (row.shop_id, row.conversation_id))
    return [_Conversation(list(rows), rules, known) for _, rows in by_conversation]
