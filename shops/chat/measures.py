"""Measures of agents and shops over days or windows, from the turns and contacts of one connection. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from shops.chat.engine import Connection, read_sql, rows
from shops.chat.standard import ClockStandard

SHOP = ""
"""The agent_id of the rows that are about a shop as a whole."""

FEEDBACK_SCHEMA = pa.schema(
    [
        ("shop_id", pa.string()),
        ("agent_id", pa.string()),
        ("buyer_id", pa.string()),
        ("rated_ms", pa.int64()),
        ("stars", pa.int64()),
    ]
)
ESCALATION_SCHEMA = pa.schema(
    [("shop_id", pa.string()), ("buyer_id", pa.string()), ("source", pa.string()), ("escalated_ms", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a wait is compared with, in milliseconds, and whether a bot's answer counts as none."""

    target_ms: int
    cap_ms: int
    off_hours_ms: int
    resolution_ms: int
    bot_is_unanswered: bool

    @classmethod
    def from_standard(cls, standard: ClockStandard) -> Targets:
        """The targets of the clock section of a policy."""
        return cls(
            standard.target_ms,
            standard.cap_ms,
            standard.off_hours_answer_ms,
            standard.resolution_ms,
            standard.count_bot_served_as == "unanswered",
        )


def load_buyers_word(con: Connection, feedback: pa.Table, escalations: pa.Table) -> None:
    """Make the tables feedback and escalations; stars belong to the local date of the shop (needs the calendars)."""
    con.register("given_feedback", feedback)
    con.execute(
        "create or replace temp table feedback as "
        "select f.shop_id, f.agent_id, f.buyer_id, s.local_date, f.stars from given_feedback f "
        "join shop_calendars c on c.shop_id = f.shop_id "
        "join segments s on s.calendar_id = c.calendar_id and s.bucket = f.rated_ms // 86400000 "
        "and f.rated_ms >= s.starts_ms and f.rated_ms < s.ends_ms"
    )
    con.unregister("given_feedback")
    con.register("given_escalations", escalations)
    con.execute("create or replace temp table escalations as select * from given_escalations")
    con.unregister("given_escalations")


def compute_measures(
    con: Connection, windows: Iterable[tuple[date, date]], targets: Targets, as_of_ms: int | None = None
) -> Iterator[dict[str, Any]]:
    """One row per on_date, shop_id and agent_id (SHOP for the shop as a whole), with every column of MeasureColumns.

    `windows`: pairs (on_date, local date that it covers). on_date comes back as an ISO text. Reads the tables turns,
    contacts, feedback and escalations; quantiles are exact. A contact that settled after `as_of_ms` is not settled yet,
    whatever later run its file is from.
    """
    pairs = [(on.isoformat(), day.isoformat()) for on, day in windows]
    table = pa.table(
        {
            "on_date": pa.array([on for on, _ in pairs], pa.string()),
            "local_date": pa.array([day for _, day in pairs], pa.string()),
        }
    )
    con.register("given_windows", table)
    con.execute("create or replace temp table windows as select * from given_windows")
    con.unregister("given_windows")
    con.execute(
        "create or replace temp table targets as select ?::bigint as target_ms, ?::bigint as cap_ms, "
        "?::bigint as off_hours_ms, ?::bigint as resolution_ms, ?::boolean as bot_is_unanswered, ?::bigint as as_of_ms",
        [
            targets.target_ms,
            targets.cap_ms,
            targets.off_hours_ms,
            targets.resolution_ms,
            targets.bot_is_unanswered,
            as_of_ms,
        ],
    )
    con.execute(f"create or replace temp table measures as {read_sql('measures')}")
    return rows(con, "select * from measures order by on_date, shop_id, agent_id")
