"""What goes into the reference of the clock table and what comes out of it. Instants and spans are milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY_MS = 86_400_000

State = Literal["answered", "unanswered", "bot_served", "pending"]
Counted = Literal["counted", "off_hours", "stoppage", "closed_soon"]


@dataclass(frozen=True)
class Message:
    """One row of the log, clock.md section 1."""

    message_id: str
    conversation_id: str
    shop_id: str
    buyer_id: str
    agent_id: str | None
    sender: str
    kind: str
    sent_ms: int
    text_key: str | None = None
    delivery: str = "delivered"


@dataclass(frozen=True)
class ClockRules:
    """The parameters that policy sets; the word lists hold text keys, templates (shop_id, text_key)."""

    answer_window_ms: int = DAY_MS
    cap_ms: int = 600_000
    ignore_under_ms: int = 1_000
    courtesies: frozenset[str] = frozenset()
    holding_phrases: frozenset[str] = frozenset()
    repeat_min_conversations: int | None = None
    repeat_max_chars: int | None = None
    templates: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Turn:
    """One turn; waits are service-clock milliseconds from opened_at, None where there was no answer."""

    shop_id: str
    conversation_id: str
    buyer_id: str
    opened_by_message: str
    b0_ms: int
    opened_at_ms: int
    answered_at_ms: int | None
    answered_by: str | None
    answered_by_message: str | None
    wait_ms: int | None
    effective_answered_at_ms: int | None
    effective_wait_ms: int | None
    owner: str | None
    credit: str | None
    state: State
    counted: Counted
    first_of_contact: bool
    local_date: str


@dataclass(frozen=True)
class Contact:
    """One contact, clock.md section 5: resolved_rate, without after-sales cases."""

    shop_id: str
    conversation_id: str
    buyer_id: str
    last_message_ms: int
    local_date: str
    agent: str | None
    last_turn_state: State
    settled: bool
    new_contact_within: bool
    intercepted_within: bool
    resolved: bool
