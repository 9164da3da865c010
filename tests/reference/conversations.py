"""Random chat logs that stress the clock table, with the rules, calendars and as_of to read them by.

A log is in received order: shuffled, with repeats of message_ids (the same row, or another row with the same id in the
same conversation and on the same UTC day). Gaps cluster around what decides: nothing, a millisecond, the auto-reply
second, the cap, half of W, W and 72 h, each with the millisecond before and after, and are taken from any earlier row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shops.chat.clock import ServiceClock, to_ms
from tests.reference.rows import DAY_MS, ClockRules, Message

SECOND = 1_000
HOUR = 3_600_000
# Two hours before a UTC midnight and five before the night in which Berlin's clocks go forward.
START_AT = datetime(2026, 3, 28, 22, tzinfo=UTC)
START = to_ms(START_AT)

SHOPS = ("s1", "s2")
CONVERSATIONS = ("c1", "c2", "c3")  # in each shop
BUYERS = {"c1": "bo", "c2": "bo", "c3": "bob"}
AGENTS = ("ann", "bea", None)
TEXTS = (None, "", "thanks", *["please wait", "hello"] * 2, "on our page", "the blue one is in stock")
HOLDING_PHRASES = frozenset({"please wait"})
COURTESIES = frozenset({"thanks"})
BUYER, AGENT, BOT = ("buyer", "message"), ("agent", "message"), ("bot", "message")
HANDOFF, TRANSFER, CLOSE = ("system", "handoff"), ("system", "transfer"), ("system", "close")
# What comes together in a chat; rows of their own and other fragments fall in between.
FRAGMENTS = (
    *[(BUYER, AGENT)] * 3,
    *[(BUYER, AGENT, AGENT)] * 2,
    *[(BUYER,), (BUYER, BUYER), (AGENT,), (BUYER, AGENT, BUYER)] * 2,
    *[(BOT,), (BUYER, BOT), (BUYER, BOT, CLOSE), (BUYER, BOT, HANDOFF)],
    *[(HANDOFF,), (BUYER, HANDOFF, AGENT), (TRANSFER,), (BUYER, TRANSFER), (CLOSE,), (AGENT, CLOSE)],
    *[(("agent", "auto_reply"),), (BUYER, ("agent", "note"))],
    # Combinations that mean nothing to the clock.
    *[
        (("system", "message"), ("buyer", "close")),
        (("bot", "handoff"), ("agent", "transfer"), ("buyer", "auto_reply")),
    ],
)
DELIVERIES = (*["delivered"] * 20, "intercepted", "intercepted", "failed", "platform_blocked")


@dataclass(frozen=True)
class Log:
    """A chat log in received order, and all that its turns depend on."""

    messages: list[Message]
    rules: ClockRules
    as_of_ms: int
    clocks: dict[str, ServiceClock]


def windows() -> st.SearchStrategy[int]:
    """W in milliseconds; the small one makes long chains of turns likely."""
    return st.sampled_from([HOUR, DAY_MS, 3 * DAY_MS])


def rules() -> st.SearchStrategy[ClockRules]:
    """Rules with and without the word lists, the auto-reply second and the repetition rule."""
    return st.builds(
        ClockRules,
        answer_window_ms=windows(),
        cap_ms=st.sampled_from([600 * SECOND, HOUR]),
        ignore_under_ms=st.sampled_from([SECOND, SECOND, 0, 2 * SECOND]),
        courtesies=st.sampled_from([COURTESIES, frozenset()]),
        holding_phrases=st.sampled_from([HOLDING_PHRASES, HOLDING_PHRASES, frozenset()]),
        repeat_min_conversations=st.sampled_from([2, 2, 1, 3, None]),
        repeat_max_chars=st.sampled_from([6, 12, 12, None]),
        templates=st.sampled_from([frozenset(), frozenset({("s1", "hello"), ("s1", "on our page"), ("s2", "hello")})]),
    )


def clocks() -> st.SearchStrategy[ServiceClock]:
    """Calendars that are always, sometimes and never open, some with stoppages around the start of the logs."""
    stoppage = st.tuples(st.sampled_from([-1800, -60, 0, 5, 10, 60, 1200]), st.sampled_from([60, 120, 1440, 6000])).map(
        lambda span: (START_AT + timedelta(minutes=span[0]), START_AT + timedelta(minutes=span[0] + span[1]))
    )
    dates = st.integers(0, 3).map(lambda days: START_AT.date() + timedelta(days=days))
    day_blocks = st.sampled_from(
        [
            *[[("00:00", "24:00")]] * 2,
            [("08:00", "23:00")],
            [("09:00", "12:00"), ("13:00", "18:00")],
            [("22:00", "06:00")],
            [("02:30", "03:30"), ("20:00", "22:05")],
            [],
        ]
    )
    weekly = day_blocks.map(lambda found: dict.fromkeys(range(7), found)) | st.dictionaries(
        st.integers(0, 6), day_blocks
    )
    return st.builds(
        ServiceClock,
        st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        weekly,
        st.dictionaries(dates, day_blocks, max_size=2),
        st.just([]) | st.lists(stoppage, min_size=1, max_size=2),
    )


def gaps(answer_window_ms: int, rules: ClockRules) -> st.SearchStrategy[int]:
    """Milliseconds from one row to another."""
    marks = (
        0,
        rules.ignore_under_ms,
        rules.cap_ms,
        answer_window_ms // 2,
        answer_window_ms,
        2 * answer_window_ms,
        3 * DAY_MS,
    )
    near_marks = [mark + off for mark in marks for off in (-1, 0, 1) if mark + off >= 0]
    small = [0, 0, 1, 500, SECOND, 30 * SECOND, 60 * SECOND]
    return st.sampled_from([*near_marks, *small]) | st.integers(0, answer_window_ms)


@st.composite
def messages(draw: st.DrawFn, rules: ClockRules, max_size: int = 25) -> list[Message]:
    """Up to max_size rows of a few conversations in received order, a few of them sent again."""
    details = st.tuples(
        st.sampled_from([1, 1, 1, 2, 3]),  # how many rows of the conversation back the gap is measured from
        gaps(rules.answer_window_ms, rules),
        st.sampled_from(AGENTS),
        st.sampled_from(TEXTS),
        st.sampled_from(DELIVERIES),
        st.sampled_from("abc"),  # begins the id, so that rows of one instant are not in the order of their making
    )
    fragments = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SHOPS[:1] * 5 + SHOPS[1:]),
                st.sampled_from(CONVERSATIONS[:1] * 4 + CONVERSATIONS),
                st.sampled_from(FRAGMENTS),
                st.tuples(details, details, details),
            ),
            min_size=draw(st.sampled_from([1, max_size // 6, max_size // 3])),
            max_size=max(max_size // 2, 1),
        )
    )
    made: list[Message] = []
    sent: dict[tuple[str, str], list[int]] = {}
    for shop, conversation, fragment, drawn in fragments:
        for (sender, kind), (back, gap, agent, text, delivery, letter) in zip(fragment, drawn, strict=False):
            times = sent.setdefault((shop, conversation), [START])
            times.append(times[-min(back, len(times))] + gap)
            writes = sender in {"buyer", "agent"} and kind == "message"
            message = Message(
                message_id=f"{letter}{len(made)}",
                conversation_id=conversation,
                shop_id=shop,
                buyer_id=BUYERS[conversation],
                agent_id=None if sender == "bot" else agent,
                sender=sender,
                kind=kind,
                sent_ms=times[-1],
                text_key=text if writes else None,
                delivery=delivery if writes else "delivered",
            )
            made.append(message)
    del made[max_size:]
    received = draw(st.permutations(made)) if draw(st.booleans()) else made
    again = draw(st.lists(st.tuples(st.sampled_from(received), variants(), st.integers(0, len(received))), max_size=3))
    for message, (other_sender, other_kind, shift_ms, text), place in again:
        changed = message
        if other_sender is not None:
            changed = _changed(message, other_sender, other_kind, shift_ms, text)
        received = [*received[:place], changed, *received[place:]]
    return received


def variants() -> st.SearchStrategy[tuple[str | None, str, int, str | None]]:
    """How a row differs that came under a known id: mostly not at all (None), else its sender, kind, time and text."""
    other = st.tuples(
        st.sampled_from(["buyer", "agent", "system"]),
        st.sampled_from(["message", "message", "close"]),
        st.sampled_from([0, 1, -1, SECOND, HOUR, -HOUR]),
        st.sampled_from(TEXTS),
    )
    return st.just((None, "", 0, None)) | other


def _changed(message: Message, sender: str, kind: str, shift_ms: int, text: str | None) -> Message:
    """Another row under the same id, in the same conversation and on the same UTC day."""
    day_starts = message.sent_ms // DAY_MS * DAY_MS
    sent_ms = min(max(message.sent_ms + shift_ms, day_starts), day_starts + DAY_MS - 1)
    return replace(message, sender=sender, kind=kind, sent_ms=sent_ms, text_key=text, delivery="delivered")


@st.composite
def logs(draw: st.DrawFn, max_size: int = 25) -> Log:
    """A log with its rules, the calendars of its shops, and an as_of near what is still undecided, or long after."""
    drawn_rules = draw(rules())
    drawn_messages = draw(messages(drawn_rules, max_size))
    window = drawn_rules.answer_window_ms
    seen_from = draw(st.sampled_from(drawn_messages)).sent_ms
    off = draw(st.sampled_from([0, 1, -1, window - 1, window, window + 1, 3 * DAY_MS, 3 * DAY_MS + 1]))
    as_of_ms = draw(st.sampled_from([START + 400 * DAY_MS, START + 400 * DAY_MS, seen_from + off]))
    return Log(drawn_messages, drawn_rules, as_of_ms, {shop: draw(clocks()) for shop in SHOPS})
