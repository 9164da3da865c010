"""The measures of a few messages, straight from the engine: no tables of the web database, no files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from shops.chat.clock import ServiceClock, to_ms
from shops.chat.engine import Connection
from shops.chat.measures import (
    ESCALATION_SCHEMA,
    FEEDBACK_SCHEMA,
    SHOP,
    OtherWindows,
    Targets,
    compute_measures,
    load_buyers_word,
)
from shops.chat.turns import Calendars, Span, TurnRules, compute_turns, load_calendars, load_message_table, load_rules
from tests.builders import BOOKS, LONG_AFTER, MONDAY, TEA, Message, as_table, at

HOUR_MS = 3_600_000
RULES = TurnRules(
    window_ms=24 * HOUR_MS,
    cap_ms=600_000,
    ignore_ms=1_000,
    resolution_ms=72 * HOUR_MS,
    courtesies=("thanks",),
    holding_phrases=("please wait",),
)
TARGETS = Targets(
    target_ms=180_000, cap_ms=600_000, off_hours_ms=600_000, resolution_ms=72 * HOUR_MS, bot_is_unanswered=False
)
NO_OTHERS = OtherWindows()


def daily(start: str, end: str) -> dict[int, list[tuple[str, str]]]:
    """The same hours on every weekday."""
    return {weekday: [(start, end)] for weekday in range(7)}


NINE_TO_SIX = ServiceClock("UTC", daily("09:00", "18:00"))

Measures = dict[tuple[str, str, str], dict[str, Any]]
"""By ISO date of the window, shop and agent (SHOP for the shop)."""


def stars(number: int, rated_at: datetime, buyer: str = "bo", agent: str | None = None, shop: str = TEA) -> tuple:
    """One row of feedback."""
    return (shop, agent, buyer, to_ms(rated_at), number)


def escalation(source: str, escalated_at: datetime, buyer: str = "bo", shop: str = TEA) -> tuple:
    """One row of escalations."""
    return (shop, buyer, source, to_ms(escalated_at))


def table_of(rows: Sequence[tuple], schema: pa.Schema) -> pa.Table:
    """Rows in the order of a schema's columns."""
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def measure(
    con: Connection,
    messages: Iterable[Message],
    *,
    feedback: Sequence[tuple] = (),
    escalations: Sequence[tuple] = (),
    clock: ServiceClock = NINE_TO_SIX,
    windows: Sequence[tuple[date, date]] = ((MONDAY, MONDAY),),
    as_of: datetime = LONG_AFTER,
    known_at: datetime | None = None,
    rules: TurnRules = RULES,
    peaks: Mapping[date, Mapping[str, Any]] | None = None,
    others: OtherWindows = NO_OTHERS,
    **targets: Any,
) -> Measures:
    """Every row of measures of the windows (date it is for, date it covers). `peaks`: other targets on named dates."""
    span = Span(*(to_ms(at("00:00", day)) for day in (-10, -10, 20)), to_ms(as_of))
    load_rules(con, rules, span.as_of_ms)
    load_calendars(con, Calendars([clock], {TEA: 0, BOOKS: 0}), span, rules.window_ms)
    load_message_table(con, as_table(messages), span)
    compute_turns(con)
    load_buyers_word(con, table_of(feedback, FEEDBACK_SCHEMA), table_of(escalations, ESCALATION_SCHEMA))
    plain = replace(TARGETS, **targets)
    by_day = {day: replace(plain, **(peaks or {}).get(day, {})) for _on, day in windows}
    known_ms = to_ms(known_at) if known_at else None
    found = compute_measures(con, windows, plain if peaks is None else by_day, known_ms, others)
    return {(row["on_date"], row["shop_id"], row["agent_id"]): row for row in found}


def measure_shop(con: Connection, messages: Iterable[Message], **rest: Any) -> dict[str, Any]:
    """The row of tea house on the Monday."""
    return measure(con, messages, **rest)[MONDAY.isoformat(), TEA, SHOP]
