"""PLACEHOLDER by S so that the tree imports until the lead's own module replaces this file (signatures of PLAN.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn."""

    conversation_id: str
    buyer_id: str
    opened_at: datetime
    opened_by_message: str
    answered_at: datetime | None
    answered_by: str | None
    wait_seconds: float | None
    effective_answered_at: datetime | None
    effective_wait_seconds: float | None
    owner: str | None
    state: str
    counted: str
    first_of_contact: bool
    on: date


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message."""

    message_id: str
    sent_at: datetime
    sender: str
    kind: str
    delivery: str
    agent_id: str | None
    text: str | None


def failing_turns(
    shop_code: str,
    first_on: date,
    last_on: date,
    *,
    kind: Literal["unanswered", "slowest", "brushed_off"],
    limit: int = 20,
    agent_code: str | None = None,
) -> list[TurnRow]:
    """Nothing yet."""
    return []


def conversation(shop_code: str, conversation_id: str, *, around_ms: int) -> list[MessageRow]:
    """Nothing yet."""
    return []


def wait_histogram(
    shop_code: str, first_on: date, last_on: date, agent_code: str | None = None
) -> list[tuple[int | None, int]]:
    """Nothing yet."""
    return []
