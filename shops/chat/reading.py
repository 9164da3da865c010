"""Looking into computed days and the chat log: the turns behind a figure, and the conversation behind a turn.

Every call opens the files of one shop's shard, reads what it needs and closes them: tens of milliseconds. Who may look
is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings

from shops.chat.clock import DAY_MS, from_ms
from shops.chat.days import DayFiles
from shops.chat.engine import Connection, EngineError, connect, quoted, rows
from shops.chat.log import open_log, shard_of, utc_day
from shops.chat.turns import FIRST_RECEIVED

FailingKind = Literal["unanswered", "slowest", "brushed_off"]

CONDITIONS: dict[str, tuple[str, str]] = {
    "unanswered": ("state = 'unanswered' and counted = 'counted'", "opened_ms desc"),
    "slowest": ("state = 'answered' and counted = 'counted'", "wait_ms desc, opened_ms desc"),
    "brushed_off": ("state = 'answered' and counted = 'counted' and effective_ms is null", "opened_ms desc"),
}
BOUNDS_SECONDS = (10, 30, 60, 180, 300, 600, 1800, 3600, 4 * 3600, 8 * 3600, 24 * 3600, 72 * 3600)
"""Upper bounds of the response histogram's bars."""
NEIGHBOUR_DAYS = 7
"""How many UTC days before and after an instant a conversation is read from."""


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn of one shop. Instants are UTC; waits are seconds of the service clock."""

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
    """One message of a conversation; text is None where it was never known or is kept no longer."""

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
    kind: FailingKind,
    limit: int = 20,
    agent_code: str | None = None,
) -> list[TurnRow]:
    """The turns of some local dates (included) that cost a shop or an agent most, the worst or newest first."""
    condition, order = CONDITIONS[kind]
    with _opened(shop_code, first_on, last_on) as con:
        found = rows(
            con,
            "select * from turns where shop_id = $shop and ($agent is null or credit = $agent) "
            f"and {condition} order by {order}, opened_by_message limit $limit",
            {"shop": shop_code, "agent": agent_code, "limit": limit},
        )
        return [turn_of(row) for row in found]


def wait_histogram(
    shop_code: str, first_on: date, last_on: date, agent_code: str | None = None
) -> list[tuple[int | None, int]]:
    """Counted answered turns by wait: (upper bound in seconds, included; turns), the last bound None for unanswered.

    Waits beyond the last bound fall into it. Empty where nothing was counted.
    """
    with _opened(shop_code, first_on, last_on) as con:
        found = con.execute(
            "select wait_ms, count(*) from turns where shop_id = $shop and ($agent is null or credit = $agent) "
            "and counted = 'counted' and state in ('answered', 'unanswered') group by wait_ms",
            {"shop": shop_code, "agent": agent_code},
        ).fetchall()
    bars = dict.fromkeys(BOUNDS_SECONDS, 0)
    unanswered = 0
    for wait_ms, turns in found:
        if wait_ms is None:
            unanswered += turns
        else:
            bars[next((bound for bound in BOUNDS_SECONDS if wait_ms <= bound * 1000), BOUNDS_SECONDS[-1])] += turns
    return [*bars.items(), (None, unanswered)] if found else []


def conversation(shop_code: str, conversation_id: str, *, around_ms: int) -> list[MessageRow]:
    """The messages of a conversation within NEIGHBOUR_DAYS of an instant (UTC milliseconds), each once, in order.

    Parts that cannot be read are left out here; a scoring run sets them aside and reports them.
    """
    log = open_log()
    nearby = NEIGHBOUR_DAYS * DAY_MS
    days = (utc_day(around_ms - nearby), utc_day(around_ms + nearby))
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=1) as con:
        parts = log.parts(*days, shard_of(shop_code, log.shards))
        while True:
            try:
                return _messages(con, [part.path for part in parts], shop_code, conversation_id)
            except EngineError:
                # Rewritten meanwhile: the messages are in other files now.
                before, parts = parts, log.parts(*days, shard_of(shop_code, log.shards))
                if parts == before:
                    broken = {part.path for part, _reason in log.find_unreadable(parts)}
                    whole = [part.path for part in parts if part.path not in broken and part.path.exists()]
                    return _messages(con, whole, shop_code, conversation_id)


def _messages(con: Connection, paths: list[Any], shop_code: str, conversation_id: str) -> list[MessageRow]:
    if not paths:
        return []
    found = rows(
        con,
        "select message_id, sent_ms, sender, kind, delivery, agent_id, text from ("
        f"select *, row_number() over (partition by message_id order by {FIRST_RECEIVED}) place "
        f"from read_parquet({quoted(paths)}, hive_partitioning = false) "
        "where shop_id = $shop and conversation_id = $conversation) where place = 1 order by sent_ms, message_id",
        {"shop": shop_code, "conversation": conversation_id},
    )
    return [message_of(row) for row in found]


def message_of(row: dict[str, Any]) -> MessageRow:
    """A row of the log as a message."""
    return MessageRow(
        row["message_id"],
        from_ms(row["sent_ms"]),
        row["sender"],
        row["kind"],
        row["delivery"],
        row["agent_id"],
        row["text"],
    )


@contextmanager
def _opened(shop_code: str, first_on: date, last_on: date) -> Iterator[Connection]:
    """A connection with the views turns and contacts over a shop's dates."""
    log = open_log()
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=1) as con:
        DayFiles(log.root).attach(con, first_on, last_on, shard_of(shop_code, log.shards))
        yield con


def turn_of(row: dict[str, Any]) -> TurnRow:
    """A row of the computed turns."""
    return TurnRow(
        conversation_id=row["conversation_id"],
        buyer_id=row["buyer_id"],
        opened_at=from_ms(row["opened_ms"]),
        opened_by_message=row["opened_by_message"],
        answered_at=_instant(row["answered_ms"]),
        answered_by=row["answered_by"],
        wait_seconds=_seconds(row["wait_ms"]),
        effective_answered_at=_instant(row["effective_ms"]),
        effective_wait_seconds=_seconds(row["effective_wait_ms"]),
        owner=row["owner"],
        state=row["state"],
        counted=row["counted"],
        first_of_contact=row["first_of_contact"],
        on=date.fromisoformat(row["local_date"]),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
