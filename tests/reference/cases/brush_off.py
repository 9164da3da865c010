"""Answers that stop the plain clock only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.reference.cases.building import (
    HOUR,
    MINUTE,
    RULES,
    START,
    Case,
    W,
    agent,
    answered,
    buyer,
    close,
    unanswered,
)

REPEATING = replace(RULES, repeat_min_conversations=2, repeat_max_chars=6)
EXEMPT = replace(REPEATING, templates=frozenset({("s", "hello")}))
ELSEWHERE = agent(-HOUR, text_key="hello", conversation_id="d")


def brushed_off(wait: int) -> dict[str, Any]:
    return answered(wait, effective_answered_at_ms=None, effective_wait_ms=None)


def at_last(wait: int, effective: int) -> dict[str, Any]:
    return answered(wait, effective_answered_at_ms=START + effective, effective_wait_ms=effective)


BRUSH_OFF = [
    Case("no text is no brush-off", (buyer(0), agent(MINUTE)), (at_last(MINUTE, MINUTE),)),
    Case("a holding phrase", (buyer(0), agent(MINUTE, text_key="please wait")), (brushed_off(MINUTE),)),
    Case(
        "a real answer follows",
        (buyer(0), agent(MINUTE, text_key="please wait"), agent(HOUR, "bea", text_key="blue")),
        (at_last(MINUTE, HOUR),),
    ),
    Case(
        "it follows exactly W after the opening",
        (buyer(0), agent(MINUTE, text_key="please wait"), agent(W)),
        (at_last(MINUTE, W),),
    ),
    Case(
        "it follows 1 ms later", (buyer(0), agent(MINUTE, text_key="please wait"), agent(W + 1)), (brushed_off(MINUTE),)
    ),
    Case(
        "whatever the buyer writes and a close does meanwhile",
        (buyer(0), agent(MINUTE, text_key="please wait"), buyer(HOUR), close(2 * HOUR), agent(3 * HOUR)),
        (at_last(MINUTE, 3 * HOUR), unanswered()),
    ),
    Case(
        "an auto reply is no real answer",
        (buyer(0), agent(MINUTE, text_key="please wait"), buyer(HOUR), agent(HOUR + 999)),
        (brushed_off(MINUTE), unanswered()),
    ),
    Case(
        "said in one conversation",
        (buyer(0), agent(MINUTE, text_key="hello")),
        (at_last(MINUTE, MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "said in two", (ELSEWHERE, buyer(0), agent(MINUTE, text_key="hello")), (brushed_off(MINUTE),), rules=REPEATING
    ),
    Case(
        "six characters are not shorter than six",
        (agent(-1, text_key="hello6", conversation_id="d"), buyer(0), agent(MINUTE, text_key="hello6")),
        (at_last(MINUTE, MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "said by another agent",
        (agent(-1, "bea", text_key="hello", conversation_id="d"), buyer(0), agent(MINUTE, text_key="hello")),
        (at_last(MINUTE, MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "said by nobody known",
        (agent(-1, None, text_key="hello", conversation_id="d"), buyer(0), agent(MINUTE, None, text_key="hello")),
        (at_last(MINUTE, MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "said in the last ms of the day before",
        (agent(-10 * HOUR - 1, text_key="hello", conversation_id="d"), buyer(0), agent(MINUTE, text_key="hello")),
        (at_last(MINUTE, MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "said in the first ms of the day",
        (agent(-10 * HOUR, text_key="hello", conversation_id="d"), buyer(0), agent(MINUTE, text_key="hello")),
        (brushed_off(MINUTE),),
        rules=REPEATING,
    ),
    Case(
        "a template is exempt",
        (ELSEWHERE, buyer(0), agent(MINUTE, text_key="hello"), agent(HOUR), buyer(2 * HOUR)),
        (at_last(MINUTE, MINUTE), unanswered()),
        rules=EXEMPT,
    ),
    Case(
        "unless the buyer asks again, exactly W later",
        (ELSEWHERE, buyer(0), agent(MINUTE, text_key="hello"), buyer(MINUTE + W)),
        (brushed_off(MINUTE), unanswered()),
        rules=EXEMPT,
    ),
    Case(
        "not W + 1 ms later",
        (ELSEWHERE, buyer(0), agent(MINUTE, text_key="hello"), buyer(MINUTE + W + 1)),
        (at_last(MINUTE, MINUTE), unanswered()),
        rules=EXEMPT,
    ),
    Case(
        "nor after a close",
        (ELSEWHERE, buyer(0), agent(MINUTE, text_key="hello"), close(HOUR), buyer(2 * HOUR)),
        (at_last(MINUTE, MINUTE), unanswered()),
        rules=EXEMPT,
    ),
    Case(
        "a holding phrase is never exempt",
        (buyer(0), agent(MINUTE, text_key="please wait")),
        (brushed_off(MINUTE),),
        rules=replace(RULES, templates=frozenset({("s", "please wait")})),
    ),
]
