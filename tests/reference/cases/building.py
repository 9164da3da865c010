"""How the cases are written: rows, expected turns, and the case itself.

Times are milliseconds after Monday 2026-03-02 10:00 UTC. W is 24 h, the cap 600 s, auto replies take less than 1 s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shops.chat.clock import ServiceClock, to_ms
from tests.reference.clock_table import ClockRules, Message

START = to_ms(datetime(2026, 3, 2, 10, tzinfo=UTC))
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
W = 24 * HOUR
LATER = 30 * W  # as_of of cases that do not look at it: everything has settled
ALWAYS = ServiceClock("UTC", {day: [("00:00", "24:00")] for day in range(7)})
RULES = ClockRules(courtesies=frozenset({"thanks"}), holding_phrases=frozenset({"please wait"}))

Row = tuple[str, str, int, dict[str, Any]]


def row(sender: str, kind: str, at: int, **more: Any) -> Row:
    return (sender, kind, at, more)


def buyer(at: int, **more: Any) -> Row:
    return row("buyer", "message", at, **more)


def agent(at: int, by: str | None = "ann", **more: Any) -> Row:
    return row("agent", "message", at, agent_id=by, **more)


def auto_reply(at: int) -> Row:
    return row("agent", "auto_reply", at, agent_id="ann")


def note(at: int) -> Row:
    return row("agent", "note", at, agent_id="ann")


def bot(at: int) -> Row:
    return row("bot", "message", at)


def handoff(at: int, **more: Any) -> Row:
    return row("system", "handoff", at, **more)


def transfer(at: int, to: str) -> Row:
    return row("system", "transfer", at, agent_id=to)


def close(at: int) -> Row:
    return row("system", "close", at)


def log(rows: tuple[Row, ...]) -> list[Message]:
    """The rows as messages m0, m1, ... of buyer bo at shop s in conversation c, unless they say otherwise."""
    plain = Message("", "c", "s", "bo", None, "", "", 0)
    return [
        replace(plain, **{"message_id": f"m{number}", "sender": sender, "kind": kind, "sent_ms": START + at, **more})
        for number, (sender, kind, at, more) in enumerate(rows)
    ]


@dataclass(frozen=True)
class Case:
    fact: str
    rows: tuple[Row, ...]
    turns: tuple[dict[str, Any], ...]
    as_of: int = LATER
    rules: ClockRules = RULES
    clock: ServiceClock = ALWAYS


def answered(wait: int, **more: Any) -> dict[str, Any]:
    return {"state": "answered", "wait_ms": wait, **more}


def unanswered(**more: Any) -> dict[str, Any]:
    return {"state": "unanswered", "wait_ms": None, "answered_at_ms": None, "effective_answered_at_ms": None, **more}


def in_state(state: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "wait_ms": None, **more}
