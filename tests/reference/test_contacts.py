"""Contacts: where they end, who has the credit, when they are settled and resolved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.cases.building import (
    ALWAYS,
    HOUR,
    LATER,
    MINUTE,
    RULES,
    START,
    Row,
    W,
    agent,
    bot,
    buyer,
    close,
    log,
)
from tests.reference.clock_table import contacts

DAYS_3 = 72 * HOUR
CONTACTS: list[tuple[str, tuple[Row, ...], int, tuple[dict[str, Any], ...]]] = [
    ("proactive messages are no contact", (agent(0),), LATER, ()),
    (
        "its last message is the last activity, not the chat around it",
        (buyer(0), agent(HOUR), agent(2 * HOUR), buyer(3 * HOUR, text_key="thanks"), bot(4 * HOUR)),
        LATER,
        ({"last_message_ms": START + HOUR, "agent": "ann", "last_turn_state": "answered", "resolved": True},),
    ),
    (
        "two turns, one contact, credited to the last answer",
        (buyer(0), agent(HOUR), buyer(2 * HOUR), agent(3 * HOUR, "bea")),
        LATER,
        ({"last_message_ms": START + 3 * HOUR, "agent": "bea"},),
    ),
    (
        "an answer exactly W before the end has the credit",
        (buyer(0), agent(HOUR), buyer(HOUR + W)),
        LATER,
        ({"agent": "ann"},),
    ),
    (
        "an answer W + 1 ms before the end has not",
        (buyer(0), agent(HOUR), buyer(2 * HOUR), buyer(HOUR + W + 1)),
        LATER,
        ({"agent": None},),
    ),
    (
        "an agent who came too late for the opening has no credit",
        (buyer(0), buyer(HOUR), agent(W + 1)),
        LATER,
        ({"agent": None, "last_message_ms": START + W + 1, "resolved": False},),
    ),
    ("not settled at 72 h", (buyer(0), agent(HOUR)), HOUR + DAYS_3, ({"settled": False},)),
    ("settled 1 ms later", (buyer(0), agent(HOUR)), HOUR + DAYS_3 + 1, ({"settled": True},)),
    (
        "a new contact exactly 72 h after",
        (buyer(0), agent(HOUR), buyer(HOUR + DAYS_3)),
        LATER,
        ({"new_contact_within": True, "resolved": False}, {"new_contact_within": False, "resolved": False}),
    ),
    (
        "a new contact 72 h + 1 ms after",
        (buyer(0), agent(HOUR), buyer(HOUR + DAYS_3 + 1)),
        LATER,
        ({"new_contact_within": False, "resolved": True}, {}),
    ),
    (
        "a new contact in another conversation",
        (buyer(0), agent(HOUR), buyer(HOUR + 1, conversation_id="d"), agent(2 * HOUR, conversation_id="d")),
        LATER,
        ({"resolved": False}, {"resolved": True}),
    ),
    (
        "at the same instant it is not after",
        (buyer(0), agent(HOUR), buyer(HOUR, conversation_id="d"), agent(2 * HOUR, conversation_id="d")),
        LATER,
        ({"resolved": True}, {"resolved": True}),
    ),
    (
        "a new contact of another buyer",
        (buyer(0), agent(HOUR), buyer(2 * HOUR, buyer_id="bob", conversation_id="d")),
        LATER,
        ({"resolved": True}, {}),
    ),
    (
        "an intercepted message exactly 72 h after",
        (buyer(0), agent(HOUR), buyer(HOUR + DAYS_3, delivery="intercepted")),
        LATER,
        ({"intercepted_within": True, "resolved": False},),
    ),
    (
        "an intercepted message 72 h + 1 ms after",
        (buyer(0), agent(HOUR), buyer(HOUR + DAYS_3 + 1, delivery="intercepted")),
        LATER,
        ({"intercepted_within": False, "resolved": True},),
    ),
    (
        "an intercepted message before the end does not count",
        (buyer(0), buyer(MINUTE, delivery="intercepted"), agent(HOUR)),
        LATER,
        ({"intercepted_within": False, "resolved": True},),
    ),
    (
        "a failed message does not count",
        (buyer(0), agent(HOUR), buyer(2 * HOUR, delivery="failed")),
        LATER,
        ({"resolved": True},),
    ),
    (
        "an unanswered last turn is not resolved",
        (buyer(0),),
        LATER,
        ({"last_turn_state": "unanswered", "resolved": False},),
    ),
    (
        "a bot may resolve",
        (buyer(0), bot(1)),
        LATER,
        ({"last_turn_state": "bot_served", "resolved": True, "agent": None},),
    ),
    (
        "a close parts contacts",
        (buyer(0), agent(HOUR), close(HOUR), buyer(2 * HOUR), agent(3 * HOUR)),
        LATER,
        ({"new_contact_within": True, "resolved": False}, {"resolved": True}),
    ),
]


@pytest.mark.parametrize(
    ("rows", "as_of", "wanted"), [case[1:] for case in CONTACTS], ids=[case[0] for case in CONTACTS]
)
def test_contacts(rows: tuple[Row, ...], as_of: int, wanted: tuple[dict[str, Any], ...]) -> None:
    found = contacts(log(rows), RULES, START + as_of, {"s": ALWAYS})

    shown = [{name: getattr(contact, name) for name in names} for contact, names in zip(found, wanted, strict=True)]
    assert shown == list(wanted)


def test_contact_belongs_to_the_local_date_of_its_last_message() -> None:
    for at, day in ((14 * HOUR - 1, "2026-03-02"), (14 * HOUR, "2026-03-03")):  # 10:00 + 14 h = midnight
        (contact,) = contacts(log((buyer(0), agent(at))), RULES, START + LATER, {"s": ALWAYS})
        assert contact.local_date == day
