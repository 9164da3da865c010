"""Measures of agents and shops over days or windows, from the turns and contacts of one connection. No Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
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
WINDOW_SCHEMA = pa.schema([("on_date", pa.string()), ("group_id", pa.int64()), ("local_date", pa.string())])
GROUP_SCHEMA = pa.schema([("shop_id", pa.string()), ("group_id", pa.int64())])
TARGET_SCHEMA = pa.schema(
    [
        ("local_date", pa.string()),
        ("target_ms", pa.int64()),
        ("cap_ms", pa.int64()),
        ("off_hours_ms", pa.int64()),
        ("resolution_ms", pa.int64()),
        ("bot_is_unanswered", pa.bool_()),
        ("as_of_ms", pa.int64()),
    ]
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


@dataclass(frozen=True, slots=True)
class OtherWindows:
    """The windows of shops that do not have those of everybody else: of groups of shops, numbered from 1."""

    of_shop: Mapping[str, int] = field(default_factory=dict)
    windows: Sequence[tuple[int, date, date]] = ()
    """(group, on_date, local date that it covers)."""


def keep_only(con: Connection, shop: str) -> None:
    """Let turns and contacts be those of one shop, read once."""
    for kind in ("turns", "contacts"):
        con.execute(f"create or replace temp table own_{kind} as select * from {kind} where shop_id = ?", [shop])
        con.execute(f"create or replace temp view {kind} as select * from own_{kind}")


def compute_measures(
    con: Connection,
    windows: Iterable[tuple[date, date]],
    targets: Targets | Mapping[date, Targets],
    as_of_ms: int | None = None,
    others: OtherWindows = OtherWindows(),
) -> Iterator[dict[str, Any]]:
    """One row per on_date, shop_id and agent_id (SHOP for the shop as a whole), with every column of MeasureColumns.

    `windows`: pairs (on_date, local date that it covers); `targets`: the same for every local date, or by local date,
    each covered one included. on_date comes back as an ISO text. Reads the tables turns, contacts, feedback and
    escalations; quantiles are exact. A contact that settled after `as_of_ms` is not settled yet, whatever later run its
    file is from.
    """
    covered = [(0, on, day) for on, day in windows] + list(others.windows)
    _store(con, "windows", WINDOW_SCHEMA, ((on.isoformat(), group, day.isoformat()) for group, on, day in covered))
    _store(con, "shop_groups", GROUP_SCHEMA, others.of_shop.items())
    by_day = {day: targets if isinstance(targets, Targets) else targets[day] for _group, _on, day in covered}
    _store(con, "targets", TARGET_SCHEMA, ((day.isoformat(), *astuple(one), as_of_ms) for day, one in by_day.items()))
    con.execute(f"create or replace temp table measures as {read_sql('measures')}")
    return rows(con, "select * from measures order by on_date, shop_id, agent_id")


def _store(con: Connection, name: str, schema: pa.Schema, values: Iterable[tuple[Any, ...]]) -> None:
    columns = list(zip(*values, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
    con.register("given", pa.Table.from_arrays(arrays, schema=schema))
    con.execute(f"create or replace temp table {name} as select * from given")
    con.unregister("given")
