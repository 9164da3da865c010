"""Every state of a turn, every way to count, and which turns are the first of their contact."""

from __future__ import annotations

from shops.chat.clock import ServiceClock, from_ms
from tests.reference.cases.building import (
    HOUR,
    MINUTE,
    SECOND,
    START,
    Case,
    W,
    agent,
    answered,
    auto_reply,
    bot,
    buyer,
    close,
    handoff,
    in_state,
    note,
    transfer,
    unanswered,
)

OFFICE = ServiceClock("UTC", {day: [("10:00", "18:00")] for day in range(7)})

STATES = [
    Case("pending until exactly W", (buyer(0),), (in_state("pending"),), as_of=W),
    Case("unanswered 1 ms later", (buyer(0),), (unanswered(),), as_of=W + 1),
    Case("a later buyer's message does not keep it pending", (buyer(0), buyer(HOUR)), (unanswered(),), as_of=W + 1),
    Case("closed is unanswered at once", (buyer(0), close(MINUTE)), (unanswered(),), as_of=MINUTE),
    Case("the bot spoke last", (buyer(0), bot(MINUTE)), (in_state("bot_served"),), as_of=W + 1),
    Case("the bot spoke last, still pending at W", (buyer(0), bot(MINUTE)), (in_state("pending"),), as_of=W),
    Case("the bot spoke at W", (buyer(0), bot(W)), (in_state("bot_served"),)),
    Case("the bot spoke at W + 1 ms", (buyer(0), bot(W + 1)), (unanswered(),)),
    Case("the buyer spoke after the bot", (buyer(0), bot(MINUTE), buyer(HOUR)), (unanswered(),)),
    Case("the buyer spoke after the bot at W", (buyer(0), bot(MINUTE), buyer(W)), (unanswered(),)),
    Case(
        "the buyer spoke after the bot at W + 1 ms",
        (buyer(0), bot(1), buyer(W + 1)),
        (in_state("bot_served"), unanswered()),
    ),
    Case(
        "a courtesy after the bot is fine",
        (buyer(0), bot(1), buyer(HOUR, text_key="thanks")),
        (in_state("bot_served"),),
    ),
    Case("a hand-off was asked for", (buyer(0), handoff(MINUTE), bot(HOUR)), (unanswered(),)),
    Case("a transfer came last", (buyer(0), bot(MINUTE), transfer(HOUR, "bea")), (unanswered(),)),
    Case(
        "a transfer came before the bot",
        (buyer(0), transfer(1, "bea"), bot(2)),
        (in_state("bot_served", credit="bea"),),
    ),
    Case(
        "a note or auto reply after the bot is no row",
        (buyer(0), bot(1), note(2), auto_reply(3)),
        (in_state("bot_served"),),
    ),
    Case("an agent answered after the bot", (buyer(0), bot(MINUTE), agent(HOUR)), (answered(HOUR),)),
    Case("bot, then close: pending until W", (buyer(0), bot(1), close(2)), (in_state("pending"),), as_of=W),
    Case("bot, then close: bot_served after W", (buyer(0), bot(1), close(2)), (in_state("bot_served"),), as_of=W + 1),
    Case(
        "bot, close and the buyer again: unanswered at once",
        (buyer(0), bot(1), close(2), buyer(3)),
        (unanswered(), in_state("pending")),
        as_of=3,
    ),
    Case(
        "bot, close and the buyer again exactly W after the opening: unanswered",
        (buyer(0), bot(1), close(2), buyer(W)),
        (unanswered(), unanswered()),
    ),
    Case(
        "bot, close and the buyer again more than W after the opening: bot_served",
        (buyer(0), bot(1), close(2), buyer(W + 1)),
        (in_state("bot_served"), unanswered()),
    ),
    Case(
        "a late agent message changes nothing of a bot_served turn",
        (buyer(0), buyer(HOUR), bot(2 * HOUR), agent(W + 1)),
        (in_state("bot_served"),),
    ),
]

COUNTED = [  # 10:00 to 18:00: the hours end 8 h after START
    Case("opened at the start of the hours", (buyer(0),), (unanswered(counted="counted"),), clock=OFFICE),
    Case("opened 1 ms before", (buyer(-1),), (unanswered(counted="off_hours"),), clock=OFFICE),
    Case("opened 1 ms before closing time", (buyer(8 * HOUR - 1),), (unanswered(counted="counted"),), clock=OFFICE),
    Case("opened at closing time", (buyer(8 * HOUR),), (unanswered(counted="off_hours"),), clock=OFFICE),
    Case(
        "it is opened_at that counts",
        (buyer(-1), handoff(0), agent(MINUTE)),
        (answered(MINUTE, counted="counted"),),
        clock=OFFICE,
    ),
    Case(
        "the wait skips closed time",
        (buyer(8 * HOUR - SECOND), agent(20 * HOUR)),
        (answered(SECOND, effective_wait_ms=SECOND),),
        clock=OFFICE,
    ),
]

OUT = ServiceClock("UTC", {0: [("10:00", "18:00")]}, {}, [(from_ms(START + HOUR), from_ms(START + 2 * HOUR))])
STOPPAGES = [
    Case("opened 1 ms before an outage", (buyer(HOUR - 1),), (unanswered(counted="counted"),), clock=OUT),
    Case("opened as it begins", (buyer(HOUR),), (unanswered(counted="stoppage"),), clock=OUT),
    Case("opened 1 ms before its end", (buyer(2 * HOUR - 1),), (unanswered(counted="stoppage"),), clock=OUT),
    Case("opened at its end", (buyer(2 * HOUR),), (unanswered(counted="counted"),), clock=OUT),
    Case("an outage counts no wait", (buyer(0), agent(3 * HOUR)), (answered(2 * HOUR),), clock=OUT),
]

ONE_DAY = ServiceClock("UTC", {0: [("10:00", "18:00")]})  # nothing counts on the Tuesday
CLOSED_SOON = [
    Case("exactly the cap left", (buyer(8 * HOUR - 600_000),), (unanswered(counted="counted"),), clock=ONE_DAY),
    Case("1 ms less left", (buyer(8 * HOUR - 599_999),), (unanswered(counted="closed_soon"),), clock=ONE_DAY),
    Case(
        "answered all the same",
        (buyer(8 * HOUR - 1), agent(9 * HOUR)),
        (answered(1, counted="counted"),),
        clock=ONE_DAY,
    ),
    Case("still pending", (buyer(8 * HOUR - 1),), (in_state("pending", counted="counted"),), as_of=W, clock=ONE_DAY),
    Case(
        "bot_served", (buyer(8 * HOUR - 1), bot(8 * HOUR)), (in_state("bot_served", counted="counted"),), clock=ONE_DAY
    ),
    Case(
        "closed by the system",
        (buyer(8 * HOUR - 1), close(8 * HOUR)),
        (unanswered(counted="closed_soon"),),
        clock=ONE_DAY,
    ),
    Case(
        "from the hand-off on", (buyer(0), handoff(8 * HOUR - 1)), (unanswered(counted="closed_soon"),), clock=ONE_DAY
    ),
]

FIRST_OF_CONTACT = [
    Case(
        "an answer exactly W before is activity",
        (buyer(0), agent(HOUR), buyer(HOUR + W)),
        (answered(HOUR, first_of_contact=True), unanswered(first_of_contact=False)),
    ),
    Case(
        "an answer W + 1 ms before is not",
        (buyer(0), agent(HOUR), buyer(HOUR + W + 1)),
        (answered(HOUR), unanswered(first_of_contact=True)),
    ),
    Case(
        "a proactive message prolongs nothing",
        (buyer(0), agent(HOUR), agent(2 * HOUR), buyer(HOUR + W + 1)),
        (answered(HOUR), unanswered(first_of_contact=True)),
    ),
    Case(
        "a courtesy prolongs nothing",
        (buyer(0), agent(HOUR), buyer(2 * HOUR, text_key="thanks"), buyer(HOUR + W + 1)),
        (answered(HOUR), unanswered(first_of_contact=True)),
    ),
    Case(
        "a close parts contacts",
        (buyer(0), agent(HOUR), close(HOUR + 1), buyer(HOUR + 2)),
        (answered(HOUR), unanswered(first_of_contact=True)),
    ),
]
