"""The turns that went badly, for many agents of a shard at once: what a decision keeps as its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import pyarrow as pa
from django.conf import settings

from shops.chat.days import DayFiles
from shops.chat.engine import connect, rows
from shops.chat.log import ChatLog
from shops.chat.reading import TurnRow, turn_of

FAILURES: Mapping[str, str] = {
    "answer_rate": "t.counted = 'counted' and t.state = 'unanswered'",
    "on_time_rate": "t.counted = 'counted' and (t.state = 'unanswered' or t.wait_ms > $target_ms)",
    "effective_on_time_rate": "t.counted = 'counted' and (t.state = 'unanswered' or t.state = 'answered' and "
    "(t.effective_wait_ms is null or t.effective_wait_ms > $target_ms))",
    "brush_off_rate": "t.counted = 'counted' and t.state = 'answered' and t.effective_ms is null",
    "off_hours_answer_rate": "t.counted = 'off_hours' and t.state = 'unanswered'",
}
"""Which turns fail under a rate. Others rest on contacts or stars, not on a turn alone, and have no sample here."""


def failing_samples(
    log: ChatLog,
    shard: int,
    first_on: date,
    last_on: date,
    agents: Iterable[tuple[str, str, str]],
    *,
    target_seconds: int,
    limit: int,
) -> dict[tuple[str, str], list[TurnRow]]:
    """By (shop, agent) the newest `limit` turns that fail under a measure, from (shop, agent, measure).

    Over local dates, both included. One statement over the shard's files of these dates, however many agents.
    """
    wanted = [row for row in agents if row[2] in FAILURES]
    found: dict[tuple[str, str], list[TurnRow]] = defaultdict(list)
    if not wanted:
        return found
    fails = " or ".join(f"(w.measure = '{measure}' and {condition})" for measure, condition in FAILURES.items())
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
        DayFiles(log.root).attach(con, first_on, last_on, shard)
        shops, codes, measures = zip(*wanted, strict=True)
        con.register("wanted", pa.table({"shop": shops, "agent": codes, "measure": measures}))
        newest = rows(
            con,
            "select t.*, t.credit as agent from turns t join wanted w on t.shop_id = w.shop and t.credit = w.agent "
            f"where {fails} qualify row_number() over "
            "(partition by t.shop_id, t.credit order by t.opened_ms desc, t.opened_by_message) <= $limit "
            "order by t.shop_id, t.credit, t.opened_ms desc, t.opened_by_message",
            {"target_ms": target_seconds * 1000, "limit": limit},
        )
        for row in newest:
            found[row["shop_id"], row["agent"]].append(turn_of(row))
    return found
