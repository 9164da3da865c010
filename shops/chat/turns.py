"""Turns and contacts of a span of the chat log: loads what turns.sql reads and runs it. No Django, no policy.

A span is worked on inside one engine connection: `load_rules`, `load_calendars`, `load_messages`, then `compute_turns`
leaves the temporary tables `turns` and `contacts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shops.chat.clock import ServiceClock, from_ms
from shops.chat.engine import Connection, quoted, read_sql
from shops.chat.standard import ClockStandard
from shops.chat.text import EMOJI_KEY

MESSAGE_COLUMNS = "shop_id, conversation_id, buyer_id, agent_id, message_id, sender, kind, sent_ms, delivery, text_key"

FIRST_RECEIVED = "received_ms, sent_ms, conversation_id, buyer_id, agent_id, sender, kind, delivery, text_key"
"""The order of the copies of a message: the first is the one that counts."""

PLACES_PER_MS = 2**20
"""How many messages of one conversation may share a millisecond; at that, places of a span of 278 years fit 64 bits."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """What the clock table needs to know: spans in milliseconds, word lists as text keys."""

    window_ms: int
    cap_ms: int
    ignore_ms: int
    resolution_ms: int
    courtesies: tuple[str, ...] = ()
    holding_phrases: tuple[str, ...] = ()
    repeat_conversations: int | None = None
    repeat_chars: int | None = None

    @classmethod
    def from_standard(cls, standard: ClockStandard) -> TurnRules:
        """The rules of the clock section of a policy. Nothing but emoji is a courtesy under every policy."""
        repeated = standard.repeated_reply
        return cls(
            window_ms=standard.answer_window_ms,
            cap_ms=standard.cap_ms,
            ignore_ms=standard.ignore_replies_under_ms,
            resolution_ms=standard.resolution_ms,
            courtesies=(*standard.courtesies, EMOJI_KEY),
            holding_phrases=standard.holding_phrases,
            repeat_conversations=repeated.min_conversations if repeated else None,
            repeat_chars=repeated.max_chars if repeated else None,
        )


@dataclass(frozen=True, slots=True)
class Calendars:
    """The distinct service clocks of a span, and which of them each shop has."""

    clocks: Sequence[ServiceClock]
    of_shop: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Which messages a span of work reads, in milliseconds, starts included and ends excluded.

    `reads_from_ms` to `reads_to_ms` is what can touch the span at all; conversations without a row from
    `active_from_ms` on are left out.
    """

    reads_from_ms: int
    active_from_ms: int
    reads_to_ms: int
    as_of_ms: int


def load_rules(con: Connection, rules: TurnRules, as_of_ms: int, templates: Sequence[tuple[str, str]] = ()) -> None:
    """Make the tables rules, phrases and templates. `templates`: pairs of shop id and text key."""
    con.execute(
        "create or replace temp table rules as select ?::bigint as window_ms, ?::bigint as ignore_ms, "
        "?::bigint as cap_ms, ?::bigint as as_of_ms, ?::bigint as resolution_ms, ?::bigint as repeat_conversations, "
        "?::bigint as repeat_chars",
        [
            rules.window_ms,
            rules.ignore_ms,
            rules.cap_ms,
            as_of_ms,
            rules.resolution_ms,
            rules.repeat_conversations,
            rules.repeat_chars,
        ],
    )
    phrases = [("courtesy", text) for text in rules.courtesies] + [("holding", text) for text in rules.holding_phrases]
    _load_pairs(con, "phrases", "list", "text_key", phrases)
    _load_pairs(con, "templates", "shop_id", "text_key", templates)


def load_calendars(con: Connection, calendars: Calendars, span: Span, window_ms: int) -> None:
    """Make the tables shop_calendars and segments, the latter from the first message to W after the last."""
    shops = pa.table(
        {
            "shop_id": pa.array(calendars.of_shop.keys(), pa.string()),
            "calendar_id": pa.array(calendars.of_shop.values(), pa.int64()),
        }
    )
    _store(con, "shop_calendars", shops)
    starts_at, ends_at = from_ms(span.reads_from_ms), from_ms(span.reads_to_ms + window_ms + 1)
    columns: list[list[object]] = [[] for _ in range(8)]
    for number, clock in enumerate(calendars.clocks):
        segments = clock.segments(starts_at, ends_at)
        columns[0] += [number] * len(segments)
        for column, values in zip(columns[1:], zip(*segments, strict=True), strict=True):
            column.extend(values)
    types = [pa.int64()] * 5 + [pa.bool_()] * 2 + [pa.string()]
    names = [
        "calendar_id",
        "bucket",
        "starts_ms",
        "ends_ms",
        "counted_before_ms",
        "is_running",
        "in_hours",
        "local_date",
    ]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    _store(con, "segments", pa.table(arrays, names=names))


def load_messages(con: Connection, parts: Sequence[Path], span: Span) -> int:
    """Make the table messages from parts of the log; return how many rows belong to shops without a calendar.

    A message_id of a shop is read once: the batch received first wins; of two received in the same millisecond it is
    the content that decides, so that the files' names, which rewriting changes, do not matter. Raises EngineError where
    a part cannot be read.
    """
    if parts:
        source = (
            f"select {MESSAGE_COLUMNS}, received_ms, filename as part, file_row_number as part_row "
            f"from read_parquet({quoted(list(parts))}, filename = true, file_row_number = true, "
            "hive_partitioning = false)"
        )
    else:
        columns = (f"null::varchar as {name}" for name in MESSAGE_COLUMNS.split(", ") if name != "sent_ms")
        source = (
            f"select {', '.join(columns)}, null::bigint as sent_ms, 0 as received_ms, '' as part, 0 as part_row "
            "where false"
        )
    return _load_source(con, source, span)


def load_message_table(con: Connection, table: pa.Table, span: Span) -> int:
    """Make the table messages from checked messages (messages.STORED_SCHEMA) in received order; else as above."""
    con.register("message_table", table.append_column("part_row", pa.array(range(len(table)), pa.int64())))
    con.execute("create or replace temp table given as select * from message_table")
    con.unregister("message_table")
    return _load_source(
        con, f"select {MESSAGE_COLUMNS}, part_row as received_ms, '' as part, part_row from given", span
    )


def compute_turns(con: Connection) -> None:
    """Make the tables turns and contacts, one row per turn and per contact that ended, from what was loaded."""
    con.execute(f"create or replace temp table turns as {read_sql('turns')}")
    con.execute(f"create or replace temp table contacts as {read_sql('contacts')}")


def _load_source(con: Connection, source: str, span: Span) -> int:
    con.execute(
        f"create or replace temp view received as select *, hash(shop_id, message_id) as mark from ({source}) "
        f"where sent_ms >= {span.reads_from_ms} and sent_ms < {span.reads_to_ms}"
    )
    # Repeats are rare: a hash finds the few ids to look at, the ids themselves decide.
    con.execute("create or replace temp table suspects as select mark from received group by mark having count(*) > 1")
    con.execute(
        "create or replace temp table repeats as select mark, part, part_row from (select mark, part, part_row, "
        f"row_number() over (partition by shop_id, message_id order by {FIRST_RECEIVED}, part, part_row) as copy "
        "from received where mark in (select mark from suspects)) where copy > 1"
    )
    con.execute(
        "create or replace temp table threads as select row_number() over () as thread, shop_id, conversation_id "
        f"from (select distinct shop_id, conversation_id from received where sent_ms >= {span.active_from_ms}) "
        "where shop_id in (select shop_id from shop_calendars)"
    )
    # The planner takes filtered files for far smaller than they are and would build its hash table of the messages.
    con.execute("set disabled_optimizers = 'build_side_probe_side'")
    con.execute(
        "create or replace temp table messages as "
        f"select t.thread, (m.sent_ms - {span.reads_from_ms}) * {PLACES_PER_MS} as place, {_of_message('m')} "
        "from received m join threads t on t.shop_id = m.shop_id and t.conversation_id = m.conversation_id "
        f"where m.sent_ms <= {span.as_of_ms} and not exists (select 1 from repeats r "
        "where r.mark = m.mark and r.part_row = m.part_row and r.part = m.part)"
    )
    con.execute("reset disabled_optimizers")
    _order_ties(con)
    con.execute(
        "create or replace temp table unknown_shops as select shop_id, count(*) as messages from received "
        "where shop_id not in (select shop_id from shop_calendars) "
        f"and sent_ms >= {span.active_from_ms} group by shop_id"
    )
    con.execute(
        "drop table suspects; drop table repeats; drop table threads; drop view received; drop table if exists given"
    )
    return sum(messages for _shop, messages in unknown_shops(con))


def unknown_shops(con: Connection) -> list[tuple[str, int]]:
    """The shops without a calendar that `load_messages` came across, and how many messages each had, by shop."""
    found: list[tuple[str, int]] = con.execute(
        "select shop_id, messages from unknown_shops order by shop_id"
    ).fetchall()
    return found


def _order_ties(con: Connection) -> None:
    """Let the places of messages that one thread has in the same millisecond rise with their ids; few have company."""
    con.execute(
        "create or replace temp table ties as "
        "select hash(thread, place) as mark from messages group by mark having count(*) > 1"
    )
    if con.execute("select count(*) from ties").fetchall()[0][0]:
        con.execute(
            "update messages set place = place + later from (select thread, message_id, "
            "row_number() over (partition by thread, place order by message_id) - 1 as later from messages "
            "where hash(thread, place) in (select mark from ties)) tied "
            "where later > 0 and tied.thread = messages.thread and tied.message_id = messages.message_id"
        )
    con.execute("drop table ties")


def _of_message(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in MESSAGE_COLUMNS.split(", "))


def _load_pairs(con: Connection, name: str, first: str, second: str, pairs: Sequence[tuple[str, str]]) -> None:
    table = pa.table(
        {first: pa.array([a for a, _ in pairs], pa.string()), second: pa.array([b for _, b in pairs], pa.string())}
    )
    _store(con, name, table)


def _store(con: Connection, name: str, table: pa.Table) -> None:
    con.register("stored_table", table)
    con.execute(f"create or replace temp table {name} as select * from stored_table")
    con.unregister("stored_table")
