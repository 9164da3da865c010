"""Synthetic files of computed days: turns and contacts of many shops, made by DuckDB from hashes, without a chat log.

Only the columns that measures read are filled; the others stay empty, since Parquet reads them only where asked.
"""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks.made.marketplace import AGENTS_PER_SHOP, FIRST_DAY, Marketplace, day_ms
from benchmarks.made.messages import CACHE
from shops.chat.days import EMPTY, DayFiles
from shops.chat.engine import Connection, connect
from shops.chat.log import shard_of

GENERATION = 1
"""Raised when the turns change, so that nobody measures old ones."""


def day_files(turns: int, shops: int, days: int, shards: int) -> DayFiles:
    """Files of `days` days from FIRST_DAY on that hold about that many turns in all, kept in the cache."""
    root = CACHE / f"turns-{turns}-{shops}-{days}-{shards}-v{GENERATION}"
    files = DayFiles(root)
    if not (root / "made.json").exists():
        shutil.rmtree(root, ignore_errors=True)
        _make(files, turns, Marketplace.of_size(shops), days, shards)
        (root / "made.json").write_text(json.dumps({"turns": turns}))
    return files


def _make(files: DayFiles, turns: int, market: Marketplace, days: int, shards: int) -> None:
    names = pa.table({"number": range(len(market.shops)), "shop_id": list(market.shops)})
    of_shard = pa.array([shard_of(shop, shards) for shop in market.shops], pa.int64())
    with connect(memory_mb=4_000, threads=2) as con:
        con.register("shop_names", names.append_column("shard", of_shard))
        con.execute("create table shop as select * from shop_names")
        for number in range(days):
            on = FIRST_DAY + timedelta(days=number)
            per_day = turns // days
            con.execute(
                "create or replace temp table turns as "
                + _TURNS.format(
                    first=number * per_day,
                    stop=(number + 1) * per_day,
                    shops=len(market.shops),
                    on=on,
                    begins_ms=day_ms(on),
                    agents=AGENTS_PER_SHOP,
                )
            )
            con.execute(f"create or replace temp table contacts as {_CONTACTS}")
            for shard in range(shards):
                _write(files, on, shard, con)


def _write(files: DayFiles, on: date, shard: int, con: Connection) -> None:
    folder = files.folder(on, shard)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in EMPTY:
        target = str(Path(folder, f"{kind}.parquet")).replace("'", "''")
        query = f"select * exclude (shard) from {kind} where shard = {shard} order by shop_id"
        con.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")


_TURNS = """
select
    s.shard, s.shop_id, null::varchar as conversation_id, 'b' || (h2 % 8000000)::varchar as buyer_id,
    '{on}' as local_date, opened_ms as buyer_ms, opened_ms, 't' || i::varchar as opened_by_message,
    case when is_answered then opened_ms + wait_ms end as answered_ms, null::varchar as answered_by,
    null::varchar as answered_by_message,
    case when is_answered then wait_ms end as wait_ms,
    null::bigint as effective_ms,
    case when is_answered and h2 % 20 > 0 then wait_ms + (h2 % 7 = 0)::bigint * 60000 end as effective_wait_ms,
    agent as owner, case when h1 % 50 > 0 then agent end as credit,
    case when is_answered then 'answered' when h1 % 7 = 0 then 'bot_served' else 'unanswered' end as state,
    case when h2 % 100 < 90 then 'counted' when h2 % 100 < 98 then 'off_hours' else 'stoppage' end as counted,
    h2 % 3 > 0 as first_of_contact, opened_ms + 600000 as contact_last_ms, agent as contact_agent,
    '{on}' as contact_date
from (
    select *, floor({shops} * power((h1 % 1000000) / 1000000.0, 1.6))::bigint as shop_number,
        {begins_ms} + 28800000 + (h2 % 54000000)::bigint as opened_ms, h1 % 10 > 0 as is_answered,
        -- From seconds to hours, most of them short: quantiles have something to find.
        (1000 + power((h2 % 100003) / 100003.0, 6) * 20000000)::bigint as wait_ms
    from (select range as i, hash(range, 1) as h1, hash(range, 2) as h2 from range({first}, {stop}))
) t
join shop s on s.number = t.shop_number
cross join lateral (select 'ag-' || s.shop_id[6:] || '-' || (h2 % {agents})::varchar as agent)
"""

_CONTACTS = """
select
    shard, shop_id, conversation_id, buyer_id, contact_agent as agent_id, contact_last_ms as last_ms, local_date,
    state as last_state, opened_by_message, true as settled, hash(opened_by_message) % 5 = 0 as came_back,
    hash(opened_by_message) % 300 = 0 as was_stopped
from turns where first_of_contact
"""
