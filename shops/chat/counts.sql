-- How many messages a shop had on each local date: every row received, less the copies of a message that came before.
-- Reads
--   received                   shop_id, message_id, sent_ms, received_ms, mark (a hash of the first two)
--   shop_calendars, segments   the local dates of each shop
with
-- Repeats are rare: a hash finds the few ids to look at, the ids themselves decide.
suspects as (
    select mark from received group by mark having count(*) > 1
),
copies as (
    select shop_id, sent_ms
    from (
        select
            r.shop_id, r.sent_ms,
            row_number() over (partition by r.shop_id, r.message_id order by r.received_ms, r.sent_ms) as copy
        from received r
        join suspects s on s.mark = r.mark
    ) numbered
    where copy > 1
),
counted as (
    select shop_id, sent_ms, 1 as messages from received
    union all
    select shop_id, sent_ms, -1 as messages from copies
)
select c.shop_id, d.local_date, sum(c.messages) as messages
from counted c
join shop_calendars k on k.shop_id = c.shop_id
join segments d
    on d.calendar_id = k.calendar_id and d.bucket = cast(floor(c.sent_ms / 86400000) as bigint)
    and c.sent_ms >= d.starts_ms and c.sent_ms < d.ends_ms
group by c.shop_id, d.local_date
