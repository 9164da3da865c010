"""One buyer's conversation with one shop as it is at this moment: its messages, and its turns by the same SQL as ever.

Nothing is kept: the nightly run computes the same turns from the same messages. Who may look is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
from django.conf import settings

from shops.chat.calendars import CalendarBook
from shops.chat.clock import DAY_MS
from shops.chat.engine import Connection, EngineError, connect, quoted, rows
from shops.chat.log import ChatLog, Part, open_log, shard_of, utc_day
from shops.chat.messages import STORED_SCHEMA
from shops.chat.reading import MessageRow, TurnRow, message_of, turn_of
from shops.chat.standard import ClockStandard
from shops.chat.turns import Span, TurnRules, compute_turns, load_calendars, load_message_table, load_rules

COLUMNS = ", ".join(STORED_SCHEMA.names)


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, and when its newest message of those that were looked for was sent."""

    conversation_id: str
    newest_ms: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What a span of local dates (included) is measured by."""

    first: date
    last: date
    standard: ClockStandard
    book: CalendarBook
    templates: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Talk:
    """The messages of a conversation in order, each once, and its turns in order."""

    messages: list[MessageRow]
    turns: list[TurnRow]


def find_conversation(
    shop_code: str,
    buyer_id: str,
    *,
    conversation_id: str = "",
    message_id: str = "",
    since_ms: int,
    until_ms: int,
) -> Place | None:
    """The conversation of a buyer with a shop that has the newest message; None where there is none in that time.

    Reads the days one by one, the newest first, and stops where it finds something.
    """
    log = open_log()
    wanted = {"shop": shop_code, "buyer": buyer_id, "conversation": conversation_id, "message": message_id}
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=1) as con:
        day = utc_day(until_ms)
        while day >= utc_day(since_ms):
            found = _newest_of_day(con, log, day, wanted, until_ms)
            if found is not None:
                return found
            day -= timedelta(days=1)
    return None


def read_talk(
    shop_code: str,
    buyer_id: str,
    conversation_id: str,
    *,
    reads_from_ms: int,
    as_of_ms: int,
    rules: Sequence[Rules],
) -> Talk:
    """A buyer's messages of a conversation from an instant on, and the turns of the dates that `rules` cover.

    What belongs to another buyer is left out, should a sender ever have put it into the same conversation.
    """
    log = open_log()
    parts = log.parts(utc_day(reads_from_ms), utc_day(as_of_ms), shard_of(shop_code, log.shards))
    span = Span(reads_from_ms, reads_from_ms, as_of_ms + 1, as_of_ms)
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=1) as con:
        try:
            table = _load(con, parts, shop_code, conversation_id, span)
        except EngineError:
            table = _load(con, _readable(log, parts), shop_code, conversation_id, span)
        turns: list[TurnRow] = []
        for each in rules:
            turns += _turns(con, table, span, each, conversation_id)
        own = rows(
            con,
            "select * from talk where place = 1 and buyer_id = $buyer order by sent_ms, message_id",
            {"buyer": buyer_id},
        )
        messages = [message_of(row) for row in own]
    own_turns = [turn for turn in turns if turn.buyer_id == buyer_id]
    return Talk(messages, sorted(own_turns, key=lambda turn: turn.opened_at))


def _newest_of_day(con: Connection, log: ChatLog, day: date, wanted: dict[str, str], until_ms: int) -> Place | None:
    parts = log.parts(day, day, shard_of(wanted["shop"], log.shards))

    def newest(paths: list[Part]) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = con.execute(
            "select conversation_id, sent_ms from "
            f"read_parquet({quoted([part.path for part in paths])}, hive_partitioning = false) "
            "where shop_id = $shop and buyer_id = $buyer and sent_ms <= $until "
            "and ($conversation = '' or conversation_id = $conversation) and ($message = '' or message_id = $message) "
            "order by sent_ms desc, conversation_id limit 1",
            wanted | {"until": until_ms},
        ).fetchall()
        return found

    if not parts:
        return None
    try:
        found = newest(parts)
    except EngineError:
        parts = _readable(log, parts)
        found = newest(parts) if parts else []
    return Place(*found[0]) if found else None


def _readable(log: ChatLog, parts: Sequence[Part]) -> list[Part]:
    """Those that can be read; a scoring run sets the others aside and reports them."""
    broken = {part.path for part, _reason in log.find_unreadable(parts)}
    days = {part.day for part in parts}
    again = log.parts(min(days), max(days), parts[0].shard) if days else []
    return [part for part in again if part.path not in broken]


def _load(con: Connection, parts: Sequence[Part], shop_code: str, conversation_id: str, span: Span) -> pa.Table:
    """Make the table talk, each message with its place among its repeats; return it with what else its turns rest on.

    Often repeated replies are told by what the same agents wrote in other conversations of the same UTC days.
    """
    if parts:
        source = (
            f"select {COLUMNS}, received_ms, filename, file_row_number from "
            f"read_parquet({quoted([part.path for part in parts])}, filename = true, file_row_number = true, "
            "hive_partitioning = false)"
        )
    else:
        con.register("nothing", STORED_SCHEMA.empty_table())
        source = f"select {COLUMNS}, 0 as received_ms, '' as filename, 0 as file_row_number from nothing"
    wanted = {"shop": shop_code, "conversation": conversation_id, "since": span.reads_from_ms, "until": span.as_of_ms}
    con.execute(
        "create or replace temp table talk as select *, row_number() over "
        f"(partition by message_id order by received_ms, filename, file_row_number) as place from ({source}) "
        "where shop_id = $shop and conversation_id = $conversation and sent_ms between $since and $until",
        wanted,
    )
    con.execute(
        "create or replace temp table said as select distinct agent_id, sent_ms // 86400000 as utc_day from talk "
        "where sender = 'agent' and kind = 'message' and agent_id is not null"
    )
    others = (
        f"select {COLUMNS}, received_ms, filename, file_row_number from ({source}) m "
        "where shop_id = $shop and conversation_id <> $conversation and sent_ms between $since and $until "
        "and sender = 'agent' and kind = 'message' "
        "and exists (select 1 from said s where s.agent_id = m.agent_id and s.utc_day = m.sent_ms // 86400000)"
    )
    own = f"select {COLUMNS}, received_ms, filename, file_row_number from talk"
    has_agents = con.execute("select count(*) from said").fetchall()[0][0] and parts
    both = f"{own} union all {others}" if has_agents else own
    query = f"select {COLUMNS} from ({both}) order by received_ms, filename, file_row_number"
    table: pa.Table = con.sql(query, params=wanted if has_agents else {}).to_arrow_table()
    return table.cast(STORED_SCHEMA)


def _turns(con: Connection, table: pa.Table, span: Span, rules: Rules, conversation_id: str) -> list[TurnRow]:
    clock = TurnRules.from_standard(rules.standard)
    load_rules(con, clock, span.as_of_ms, rules.templates)
    ends_ms = span.reads_to_ms + clock.window_ms + DAY_MS
    load_calendars(con, rules.book.calendars(span.reads_from_ms, ends_ms), span, clock.window_ms)
    load_message_table(con, table, span)
    compute_turns(con)
    found = rows(
        con,
        "select * from turns where conversation_id = $conversation "
        "and local_date between $first and $last order by opened_ms",
        {"conversation": conversation_id, "first": rules.first.isoformat(), "last": rules.last.isoformat()},
    )
    return [turn_of(row) for row in found]
