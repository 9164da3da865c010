"""Every row and cell of the clock table, and the order in which rows are walked."""

from __future__ import annotations

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
    row,
    transfer,
    unanswered,
)

NO_TURN_OPEN = [
    Case("a buyer's message opens a turn", (buyer(0),), (unanswered(b0_ms=START, opened_by_message="m0"),)),
    Case("a courtesy opens nothing", (buyer(0, text_key="thanks"),), ()),
    Case("another text opens a turn", (buyer(0, text_key="thanks a lot"),), (unanswered(),)),
    Case("an intercepted message opens nothing", (buyer(0, delivery="intercepted"),), ()),
    Case("a failed message opens nothing", (buyer(0, delivery="failed"),), ()),
    Case("a blocked message opens nothing", (buyer(0, delivery="platform_blocked"),), ()),
    Case("an agent's message is proactive", (agent(0),), ()),
    Case("an auto reply is ignored", (auto_reply(0),), ()),
    Case("a note is ignored", (note(0),), ()),
    Case("a bot's message is ignored", (bot(0), buyer(SECOND)), (unanswered(),)),
    Case("a hand-off is ignored", (handoff(0), buyer(SECOND)), (unanswered(opened_at_ms=START + SECOND),)),
    Case("a transfer is ignored", (transfer(0, "bea"), buyer(SECOND)), (unanswered(owner=None),)),
    Case("a close does nothing", (close(0), buyer(SECOND)), (unanswered(first_of_contact=True),)),
    Case("an odd combination is ignored", (buyer(0), row("bot", "close", 1), agent(MINUTE)), (answered(MINUTE),)),
]

TURN_OPEN = [
    Case(
        "a further buyer's message does not move the start",
        (buyer(0), buyer(MINUTE), agent(2 * MINUTE)),
        (answered(2 * MINUTE, opened_at_ms=START),),
    ),
    Case(
        "a buyer's message exactly W after the last belongs to the turn",
        (buyer(0), buyer(W), agent(W + MINUTE)),
        (unanswered(),),
    ),
    Case(
        "a buyer's message W + 1 ms after the last opens a new turn",
        (buyer(0), buyer(W + 1), agent(W + 1 + MINUTE)),
        (unanswered(), answered(MINUTE, opened_by_message="m1")),
    ),
    Case("a courtesy does not lengthen", (buyer(0), buyer(HOUR, text_key="thanks"), agent(W + 1)), (unanswered(),)),
    Case(
        "a courtesy does not open a turn after W either",
        (buyer(0), buyer(W - 1, text_key="thanks"), buyer(W + 1), agent(W + 1 + MINUTE)),
        (unanswered(), answered(MINUTE)),
    ),
    Case(
        "an undelivered message is ignored",
        (buyer(0), buyer(W - 1, delivery="failed"), buyer(W + 1)),
        (unanswered(),) * 2,
    ),
    Case("an answer exactly W after the opening answers", (buyer(0), agent(W)), (answered(W),)),
    Case("an answer W + 1 ms after it does not", (buyer(0), agent(W + 1)), (unanswered(),)),
    Case(
        "exactly W also answers though the buyer wrote again",
        (buyer(0), buyer(HOUR), agent(W)),
        (answered(W, answered_by="ann", answered_by_message="m2"),),
    ),
    Case(
        "an agent exactly W after the last buyer's message ends the turn unanswered",
        (buyer(0), buyer(HOUR), agent(W + HOUR), buyer(W + HOUR)),
        (unanswered(), unanswered(opened_by_message="m3", first_of_contact=False)),
    ),
    Case(
        "an agent W + 1 ms after the last buyer's message is proactive",
        (buyer(0), buyer(HOUR), agent(W + HOUR + 1), buyer(W + HOUR + 1)),
        (unanswered(), unanswered(opened_by_message="m3", first_of_contact=True)),
    ),
    Case("an answered turn is over", (buyer(0), agent(MINUTE), agent(HOUR)), (answered(MINUTE),)),
    Case("an undelivered agent message answers", (buyer(0), agent(MINUTE, delivery="failed")), (answered(MINUTE),)),
    Case("an auto reply does not answer", (buyer(0), auto_reply(MINUTE)), (unanswered(),)),
    Case("an agent's message after 999 ms is an auto reply", (buyer(0), agent(999)), (unanswered(),)),
    Case("an agent's message after exactly 1 s answers", (buyer(0), agent(SECOND)), (answered(SECOND),)),
    Case("the buyer's newest message counts for it", (buyer(0), buyer(MINUTE), agent(MINUTE + 999)), (unanswered(),)),
    Case(
        "a courtesy does not", (buyer(0), buyer(MINUTE, text_key="thanks"), agent(MINUTE + 1)), (answered(MINUTE + 1),)
    ),
    Case("an undelivered one does not", (buyer(0), buyer(9_000, delivery="failed"), agent(9_001)), (answered(9_001),)),
    Case(
        "a buyer before a close does",
        (buyer(0), close(1), agent(2), buyer(3), agent(HOUR)),
        (unanswered(), answered(HOUR - 3)),
    ),
    Case("a note does not answer", (buyer(0), note(MINUTE)), (unanswered(),)),
    Case("a bot does not answer", (buyer(0), bot(MINUTE), agent(HOUR)), (answered(HOUR),)),
    Case(
        "the first hand-off restarts the clock",
        (buyer(0), bot(SECOND), handoff(MINUTE), handoff(2 * MINUTE), agent(3 * MINUTE)),
        (answered(2 * MINUTE, b0_ms=START, opened_at_ms=START + MINUTE, opened_by_message="m0"),),
    ),
    Case("W still runs from the buyer: exactly W", (buyer(0), handoff(HOUR), agent(W)), (answered(W - HOUR),)),
    Case("W still runs from the buyer: W + 1 ms", (buyer(0), handoff(HOUR), agent(W + 1)), (unanswered(),)),
    Case("a hand-off exactly W after counts", (buyer(0), handoff(W)), (unanswered(opened_at_ms=START + W),)),
    Case("a hand-off W + 1 ms after does not", (buyer(0), handoff(W + 1)), (unanswered(opened_at_ms=START),)),
    Case(
        "W + 1 ms after does not, the turn being still open",
        (buyer(0), buyer(HOUR), handoff(W + 1)),
        (unanswered(opened_at_ms=START),),
    ),
    Case(
        "a transfer changes the owner, not the clock",
        (buyer(0, agent_id="ann"), transfer(MINUTE, "bea")),
        (unanswered(owner="bea", credit="bea", opened_at_ms=START),),
    ),
    Case("a transfer at W counts", (buyer(0, agent_id="ann"), transfer(W, "bea")), (unanswered(owner="bea"),)),
    Case(
        "a transfer at W + 1 ms does not",
        (buyer(0, agent_id="ann"), transfer(W + 1, "bea")),
        (unanswered(owner="ann"),),
    ),
    Case("a row without agent keeps the owner", (buyer(0, agent_id="ann"), buyer(1)), (unanswered(owner="ann"),)),
    Case("a hand-off's agent owns", (buyer(0, agent_id="ann"), handoff(1, agent_id="cy")), (unanswered(owner="cy"),)),
    Case(
        "an answer is credited to who answered",
        (buyer(0, agent_id="bea"), agent(MINUTE)),
        (answered(MINUTE, owner="bea", credit="ann"),),
    ),
    Case("nobody is charged where nobody is known", (buyer(0),), (unanswered(owner=None, credit=None),)),
    Case("a close ends the turn", (buyer(0), close(MINUTE), agent(HOUR)), (unanswered(),)),
    Case("a close after the answer is late", (buyer(0), agent(MINUTE), close(HOUR)), (answered(MINUTE),)),
    Case(
        "what follows a close belongs to another turn",
        (buyer(0, agent_id="ann"), close(1), transfer(2, "bea"), buyer(3), agent(HOUR)),
        (unanswered(owner="ann"), answered(HOUR - 3, owner=None)),
    ),
]

ORDER = [
    Case("rows are walked by time, however they came", (agent(MINUTE), buyer(0)), (answered(MINUTE),)),
    Case(
        "a close with the smaller id comes before the buyer of the same instant",
        (row("system", "close", 0, message_id="a"), row("buyer", "message", 0, message_id="b"), agent(MINUTE)),
        (answered(MINUTE),),
    ),
    Case(
        "a close with the greater id comes after it",
        (row("system", "close", 0, message_id="b"), row("buyer", "message", 0, message_id="a"), agent(MINUTE)),
        (unanswered(),),
    ),
    Case(
        "the first row received of an id wins",
        (buyer(0, message_id="x"), buyer(HOUR, message_id="x"), agent(2 * HOUR)),
        (answered(2 * HOUR),),
    ),
    Case("rows after as_of do not exist", (buyer(0), agent(MINUTE)), (in_state("pending"),), as_of=MINUTE - 1),
    Case("a row at as_of exists", (buyer(0), agent(MINUTE)), (answered(MINUTE),), as_of=MINUTE),
    Case(
        "conversations do not touch each other",
        (buyer(0), agent(MINUTE, conversation_id="d"), agent(HOUR)),
        (answered(HOUR),),
    ),
]
