"""Synthetic chat messages, made by DuckDB from hashes: the same number gives the same messages everywhere.

About five messages a conversation, busy and quiet shops, a day's rhythm, bots, hand-offs, transfers, closes,
courtesies, holding phrases, replies sent to many, undelivered messages, one message in a thousand delivered twice.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.made.marketplace import AGENTS_PER_SHOP, FIRST_DAY, Marketplace, day_ms
from shops.chat.log import ChatLog
from shops.chat.messages import STORED_SCHEMA

CACHE = Path(__file__).resolve().parent.parent / ".cache"
GENERATION = 4
"""Raised when the messages change, so that nobody measures old ones."""
BATCH_ROWS = 1_000_000
MESSAGES_PER_CONVERSATION = 5
ONE_IN_REPEATED = 1_000


@dataclass(frozen=True)
class Shape:
    """How many messages of how many shops over how many days."""

    messages: int
    shops: int
    days: int
    shards: int

    @property
    def name(self) -> str:
        """What the cache calls it."""
        return f"{self.messages}-{self.shops}-{self.days}-{self.shards}-v{GENERATION}"


def chat_log(shape: Shape) -> ChatLog:
    """A chat log of that shape, made through ChatLog.append once and kept in the cache."""
    root = CACHE / f"log-{shape.name}"
    if not (root / "made.json").exists():
        shutil.rmtree(root, ignore_errors=True)
        log = ChatLog(root, shape.shards)
        for number, batch in enumerate(_batches(shape)):
            log.append(batch.select(STORED_SCHEMA.names).cast(STORED_SCHEMA), day_ms(FIRST_DAY) + number)
        (root / "made.json").write_text(json.dumps(asdict(shape)))
    return ChatLog(root, shape.shards)


def message_file(shape: Shape) -> Path:
    """A Parquet file as marketplaces export it (clock.md section 1), kept in the cache."""
    target = CACHE / f"messages-{shape.name}.parquet"
    if not target.exists():
        CACHE.mkdir(exist_ok=True)
        draft = target.with_suffix(".tmp")
        columns = [name for name in STORED_SCHEMA.names if name not in {"sent_ms", "text_key"}]
        writer = None
        for batch in _batches(shape):
            sent_at = batch["sent_ms"].cast(pa.timestamp("ms", "UTC"))
            table = batch.select(columns).append_column("sent_at", sent_at)
            writer = writer or pq.ParquetWriter(draft, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=250_000)
        assert writer is not None
        writer.close()
        draft.replace(target)
    return target


def feedback_and_cases(log: ChatLog, shard: int) -> tuple[Path, Path]:
    """Files of stars for one conversation in 20 and of cases for one in 300, of one shard of a cached log."""
    feedback, cases = (log.root / f"{kind}-{shard:02d}.parquet" for kind in ("feedback", "cases"))
    if not cases.exists():
        days = log.days()
        parts = [str(part.path) for part in log.parts(days[0], days[-1], shard)]
        with duckdb.connect() as con:
            con.execute("set threads = 2")
            con.execute(
                "create table ends as select shop_id, conversation_id, any_value(buyer_id) as buyer_id, "
                "max(agent_id) as agent_id, max(sent_ms) as last_ms from read_parquet(?, hive_partitioning = false) "
                "group by shop_id, conversation_id",
                [parts],
            )
            con.execute(
                "copy (select shop_id, agent_id, buyer_id, last_ms + 60000 as rated_ms, "
                "(1 + hash(conversation_id, 5) % 5)::bigint as stars from ends where hash(conversation_id) % 20 = 0) "
                f"to '{feedback}' (format parquet)"
            )
            con.execute(
                "copy (select shop_id, buyer_id, 'case' as source, last_ms + 3600000 as escalated_ms from ends "
                f"where hash(conversation_id, 1) % 300 = 0) to '{cases}' (format parquet)"
            )
    return feedback, cases


def _batches(shape: Shape) -> Iterator[pa.Table]:
    """The messages in the order in which they were sent, about BATCH_ROWS at a time."""
    conversations = shape.messages // MESSAGES_PER_CONVERSATION
    step = BATCH_ROWS // MESSAGES_PER_CONVERSATION
    shops = Marketplace.of_size(shape.shops).shops
    with duckdb.connect() as con:
        con.execute("set threads = 2; set memory_limit = '4GB'")
        con.register("shop_names", pa.table({"number": range(shape.shops), "shop_id": shops}))
        con.execute("create table shop as select * from shop_names")
        for start in range(0, conversations, step):
            stop = min(start + step, conversations)
            query = _MESSAGES.format(
                first=max(start - step, 0),
                start=start,
                stop=stop,
                conversations=conversations,
                shops=shape.shops,
                days=shape.days,
                begins_ms=day_ms(FIRST_DAY),
                agents=AGENTS_PER_SHOP,
                repeated=ONE_IN_REPEATED,
            )
            yield con.execute(query).to_arrow_table()


_MESSAGES = """
with conversation as (
    select
        range as i, hash(range, 1) as h1, hash(range, 2) as h2, hash(range, 3) as h3,
        1 + hash(range, 4) % 9 as messages,
        [8000, 20000, 40000, 90000, 300000][1 + (hash(range, 5) % 5)::int] as pace,
        -- A few shops are busy, most are quiet.
        floor({shops} * power((hash(range, 1) % 1000000) / 1000000.0, 1.6))::bigint as shop_number,
        range::double * {days} / {conversations} as moment
    from range({first}, {stop})
),
begun as (
    -- Of a day's conversations 4 % begin by 08:00, 88 % between 08:00 and 23:00, 8 % after.
    select *, {begins_ms} + floor(moment)::bigint * 86400000 + (case
        when moment % 1 < 0.04 then (moment % 1) / 0.04 * 28800000
        when moment % 1 < 0.92 then 28800000 + (moment % 1 - 0.04) / 0.88 * 54000000
        else 82800000 + (moment % 1 - 0.92) / 0.08 * 3300000
    end)::bigint as begins_ms
    from conversation
),
message as (
    select c.*, k, hash(i, k, 7) as hk, hash(i, k, 11) as hs, hash(i, k, 13) as ht
    from begun c, range(9) r(k)
    where k < c.messages
),
said as (
    select
        *,
        case
            when k = 0 then 'buyer'
            when k = 1 then
                case when hs % 100 < 18 then 'bot' when hs % 100 < 28 then 'buyer' else 'agent' end
            when k = messages - 1 and hs % 100 < 12 then 'system'
            when hs % 100 >= 97 then 'system'
            when hs % 2 = 0 then 'buyer'
            else 'agent'
        end as sender
    from message
)
select
    'm-' || lpad(i::varchar, 9, '0') || '-' || k::varchar as message_id,
    'conv-' || lpad(i::varchar, 10, '0') as conversation_id,
    s.shop_id,
    'b' || lpad((h2 % 8000000)::varchar, 9, '0') as buyer_id,
    case when sender <> 'bot' and (sender <> 'buyer' or h3 % 10 < 7) then
        'ag-' || s.shop_id[6:] || '-' || ((h3 + (hk % 20 = 0)::int) % {agents})::varchar
    end as agent_id,
    sender,
    case
        when sender = 'system' and k = messages - 1 then 'close'
        when sender = 'system' then case when hk % 3 = 0 then 'transfer' else 'handoff' end
        when sender = 'agent' and k = 1 and hk % 100 < 8 then 'auto_reply'
        when sender = 'agent' and hk % 200 = 8 then 'note'
        else 'message'
    end as kind,
    begins_ms + k * pace + (hk % pace::ubigint)::bigint as sent_ms,
    case when sender <> 'system' then text_key || case when ht % 7 = 0 then '。' else '' end end as text,
    case when sender <> 'system' then text_key end as text_key,
    case when sender = 'buyer' and hk % 200 = 0 then 'intercepted' when hk % 500 = 1 then 'failed' else 'delivered' end
        as delivery
from (
    select *, case
        when sender = 'bot' then '您好，智能客服为您服务，回复' || (ht % 9)::varchar || '了解发货时间'
        when sender = 'buyer' and k > 0 and k = messages - 1 and ht % 2 = 0
            then ['谢谢', '好的', '嗯嗯', 'ok', '知道了', '好的谢谢'][1 + (hk % 6)::int]
        when sender = 'buyer' and ht % 10 < 4
            then '这个' || ['颜色', '尺码', '型号'][1 + (hk % 3)::int] || '还有货吗 款式' || (ht % 3000)::varchar
        when sender = 'buyer' then '订单' || (i * 10 + k)::varchar || '什么时候能发货'
        when ht % 100 < 8 then ['请稍等', '在的亲', '您好', '稍等一下', '帮您查一下'][1 + (hk % 5)::int]
        when ht % 100 < 30
            then ['有货的亲', '今天发出哦', '可以的呢', '包邮的亲', '好的马上改', '已经备注了'][1 + (hk % 6)::int]
        when ht % 100 < 65 then '亲，本店支持七天无理由退换，具体请看商品页说明 ' || (h1 % 2000)::varchar
        else '您的订单' || (i * 10 + k)::varchar || '已经登记，预计明天送达，请留意物流信息'
    end as text_key
    from said
) told
join shop s on s.number = told.shop_number
where i >= {start} or hk % {repeated} = 7
order by begins_ms + k * pace, i
"""
