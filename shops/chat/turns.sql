-- The turns of a chat log, by the clock table of clock.md (sections 2 to 4). One row per turn.
--
-- Written in the SQL that DuckDB and Spark share: integers of milliseconds, no ASOF, no vendor functions. It reads
--   messages       thread (an integer for each shop and conversation), place (an integer that rises with
--                  (sent_ms, message_id) inside a thread), shop_id, conversation_id, buyer_id, agent_id, message_id,
--                  sender, kind, sent_ms, delivery, text_key; a message_id once, nothing sent after as_of
--   rules          one row: window_ms, ignore_ms, cap_ms, as_of_ms, repeat_conversations, repeat_chars
--   phrases        list ('courtesy' or 'holding'), text_key
--   templates      shop_id, text_key: accepted templates
--   shop_calendars shop_id, calendar_id: every shop of messages once
--   segments       calendar_id, bucket, starts_ms, ends_ms, counted_before_ms, is_running, in_hours, local_date
--                  (ServiceClock.segments), from the first message to W after the last
--
-- Windows run over narrow rows of integers, (thread, place) naming a message; ids and texts are joined to the turns at
-- the end. On 10 million messages that is twice as fast as carrying them along.
with
-- What each row is to the clock: B a buyer's message, A an agent's, T a bot's, H a hand-off, X a transfer, C a close.
-- Everything else, closing courtesies and undelivered messages included, does not exist for it.
classified as (
    select
        m.thread, m.place, m.sent_ms, m.agent_id is not null as has_agent,
        case
            when m.sender = 'agent' and m.kind = 'message' then 'A'
            when m.sender = 'buyer' and m.kind = 'message' and m.delivery = 'delivered' and courtesy.text_key is null
                then 'B'
            when m.sender = 'bot' and m.kind = 'message' then 'T'
            when m.sender = 'system' and m.kind = 'handoff' then 'H'
            when m.sender = 'system' and m.kind = 'transfer' then 'X'
            when m.sender = 'system' and m.kind = 'close' then 'C'
        end as event
    from messages m
    left join phrases courtesy on courtesy.list = 'courtesy' and courtesy.text_key = m.text_key
),
followed as (
    select
        thread, place, sent_ms, has_agent, event,
        max(case when event = 'B' then place end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_buyer_place,
        max(case when event = 'B' then sent_ms end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_buyer_ms,
        max(case when event = 'A' then place end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_agent_place,
        max(case when event = 'A' then sent_ms end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_agent_ms,
        max(case when event = 'C' then place end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_close_place
    from classified
    where event is not null
),
-- An agent's message sent too soon after the buyer's is an auto reply and leaves the table here. Where any agent message
-- since the last buyer message was none, the newest of them was none.
-- is_live: a turn's buyer message came last, so the row may belong to that turn.
heard as (
    select
        f.*, r.window_ms,
        coalesce(
            f.last_buyer_place > coalesce(f.last_close_place, -1)
            and (
                f.last_agent_place is null
                or f.last_agent_place < f.last_buyer_place
                or f.last_agent_ms - f.last_buyer_ms < r.ignore_ms
            ),
            false
        ) as is_live
    from followed f
    cross join rules r
    where f.event <> 'A' or f.last_buyer_ms is null or f.sent_ms - f.last_buyer_ms >= r.ignore_ms
),
-- opens: this buyer message opens a turn.
-- is_activity: what starts and prolongs a contact, a buyer message or an agent message that ended a turn.
opened as (
    select
        thread, place, sent_ms, has_agent, event, window_ms, is_live, last_agent_place, last_close_place,
        event = 'B' and (not is_live or sent_ms - last_buyer_ms > window_ms) as opens,
        event = 'B' or (event = 'A' and is_live and sent_ms - last_buyer_ms <= window_ms) as is_activity
    from heard
),
-- The turn that each row falls into, and the contact's last sign of life before it.
placed as (
    select
        *,
        max(case when opens then place end) over (
            partition by thread order by place rows between unbounded preceding and current row
        ) as turn_place,
        max(case when opens then sent_ms end) over (
            partition by thread order by place rows between unbounded preceding and current row
        ) as buyer_ms,
        max(case when is_activity then place end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_activity_place,
        max(case when is_activity then sent_ms end) over (
            partition by thread order by place rows between unbounded preceding and 1 preceding
        ) as last_activity_ms
    from opened
),
-- One row per turn. Only rows at most W after the opening buyer message decide it.
grouped as (
    select
        thread, turn_place,
        min(buyer_ms) as buyer_ms,
        min(window_ms) as window_ms,
        max(case
            when opens and (
                last_activity_place is null
                or coalesce(last_close_place, -1) > last_activity_place
                or sent_ms - last_activity_ms > window_ms
            ) then 1 else 0
        end) as is_first_of_contact,
        min(case when event = 'H' and sent_ms - buyer_ms <= window_ms then sent_ms end) as handoff_ms,
        max(case when event = 'A' and sent_ms - buyer_ms <= window_ms then sent_ms end) as answered_ms,
        max(case when event = 'A' and sent_ms - buyer_ms <= window_ms then place end) as answer_place,
        max(case when event = 'C' and sent_ms - buyer_ms <= window_ms then 1 else 0 end) as was_closed,
        max(case when event in ('B', 'T', 'H', 'X') and sent_ms - buyer_ms <= window_ms then place end) as last_place,
        max(case when event = 'T' and sent_ms - buyer_ms <= window_ms then place end) as last_bot_place,
        max(case
            when event in ('B', 'H', 'X') and has_agent and sent_ms - buyer_ms <= window_ms then place
        end) as owner_place,
        max(case when is_activity then sent_ms end) as last_activity_ms
    from placed
    where turn_place is not null and (opens or is_live)
    group by thread, turn_place
),
neighboured as (
    select
        g.*,
        lead(buyer_ms) over (partition by thread order by turn_place) as next_buyer_ms,
        lead(is_first_of_contact) over (partition by thread order by turn_place) as next_is_first,
        lag(answered_ms) over (partition by thread order by turn_place) as previous_answered_ms,
        lag(answer_place) over (partition by thread order by turn_place) as previous_answer_place
    from grouped g
),
-- Brush-offs. Short texts that an agent sent in many conversations of a UTC day, and what was perfunctory.
repeated as (
    select shop_id, agent_id, text_key, utc_day
    from (
        select distinct
            m.shop_id, m.agent_id, m.text_key, cast(floor(m.sent_ms / 86400000) as bigint) as utc_day, m.thread
        from messages m
        cross join rules r
        where m.sender = 'agent' and m.kind = 'message' and m.agent_id is not null and length(m.text_key) < r.repeat_chars
    ) said
    cross join rules r
    group by shop_id, agent_id, text_key, utc_day, r.repeat_conversations
    having count(*) >= r.repeat_conversations
),
-- The next thing after an agent's message was the buyer asking again; auto replies in between do not matter.
asked_again as (
    select thread, last_agent_place as place, sent_ms
    from opened
    where event = 'B' and opens and last_agent_place is not null
        and last_agent_place > coalesce(last_close_place, -1)
),
perfunctory as (
    select a.thread, a.place
    from messages a
    cross join rules r
    left join phrases holding on holding.list = 'holding' and holding.text_key = a.text_key
    left join repeated
        on repeated.shop_id = a.shop_id and repeated.agent_id = a.agent_id and repeated.text_key = a.text_key
        and repeated.utc_day = cast(floor(a.sent_ms / 86400000) as bigint)
    left join templates on templates.shop_id = a.shop_id and templates.text_key = a.text_key
    left join asked_again
        on templates.text_key is not null and asked_again.thread = a.thread and asked_again.place = a.place
        and asked_again.sent_ms - a.sent_ms <= r.window_ms
    where a.sender = 'agent' and a.kind = 'message' and a.text_key is not null
        and (
            holding.text_key is not null
            or (repeated.text_key is not null and (templates.text_key is null or asked_again.place is not null))
        )
),
brushed as (
    select n.thread, n.turn_place, n.buyer_ms, n.window_ms, n.answer_place
    from neighboured n
    join perfunctory p on p.thread = n.thread and p.place = n.answer_place
),
made_good as (
    select b.thread, b.turn_place, min(a.sent_ms) as effective_ms
    from brushed b
    left join heard a
        on a.thread = b.thread and a.event = 'A' and a.place > b.answer_place and a.sent_ms - b.buyer_ms <= b.window_ms
        and not exists (select 1 from perfunctory p where p.thread = a.thread and p.place = a.place)
    group by b.thread, b.turn_place
),
judged as (
    select
        n.thread, n.turn_place, n.answer_place, n.owner_place, n.buyer_ms, n.window_ms,
        coalesce(n.handoff_ms, n.buyer_ms) as opened_ms,
        n.answered_ms,
        case when m.turn_place is null then n.answered_ms else m.effective_ms end as effective_ms,
        case
            when n.answered_ms is not null then 'answered'
            when n.last_bot_place = n.last_place and n.handoff_ms is null
                and (n.next_buyer_ms is null or n.next_buyer_ms - n.buyer_ms > n.window_ms)
                then case when r.as_of_ms <= n.buyer_ms + n.window_ms then 'pending' else 'bot_served' end
            when n.was_closed = 0 and r.as_of_ms <= n.buyer_ms + n.window_ms then 'pending'
            else 'unanswered'
        end as state,
        n.is_first_of_contact = 1 as first_of_contact,
        case when coalesce(n.next_is_first, 1) = 1 then n.last_activity_ms end as contact_last_ms,
        case
            when n.next_is_first = 0 or n.answered_ms is not null or n.is_first_of_contact = 1 then null
            when n.last_activity_ms - n.previous_answered_ms <= n.window_ms then n.previous_answer_place
        end as earlier_answer_place
    from neighboured n
    cross join rules r
    left join made_good m on m.thread = n.thread and m.turn_place = n.turn_place
),
-- A contact whose last turn was not answered is credited to the agent of the turn before, where that was soon enough.
answered_earlier as (
    select j.thread, j.turn_place, m.agent_id
    from judged j
    join messages m on m.thread = j.thread and m.place = j.earlier_answer_place and m.sender = 'agent'
),
named as (
    select
        j.*,
        b.shop_id, b.conversation_id, b.buyer_id, b.message_id as opened_by_message,
        a.agent_id as answered_by, a.message_id as answered_by_message,
        o.agent_id as owner, case when j.contact_last_ms is null then null else coalesce(e.agent_id, a.agent_id) end
            as contact_agent
    from judged j
    join messages b on b.thread = j.thread and b.place = j.turn_place and b.sender = 'buyer'
    left join messages a on a.thread = j.thread and a.place = j.answer_place and a.sender = 'agent'
    left join messages o
        on o.thread = j.thread and o.place = j.owner_place and o.sender in ('buyer', 'system') and o.agent_id is not null
    left join answered_earlier e on e.thread = j.thread and e.turn_place = j.turn_place
),
-- The service clock: the segment of an instant says how much had been counted when it began and whether it runs.
timed as (
    select
        j.*, c.calendar_id, o.local_date, o.in_hours, o.is_running, o.ends_ms,
        o.counted_before_ms + case when o.is_running then j.opened_ms - o.starts_ms else 0 end as opened_counted_ms,
        case when j.state = 'unanswered' then j.buyer_ms + j.window_ms end as end_ms,
        case when j.answered_ms >= o.ends_ms then cast(floor(j.answered_ms / 86400000) as bigint) end as answered_bucket,
        case when j.effective_ms >= o.ends_ms then cast(floor(j.effective_ms / 86400000) as bigint) end
            as effective_bucket,
        case
            when j.contact_last_ms < o.starts_ms or j.contact_last_ms >= o.ends_ms
                then cast(floor(j.contact_last_ms / 86400000) as bigint)
        end as contact_bucket
    from named j
    join shop_calendars c on c.shop_id = j.shop_id
    join segments o
        on o.calendar_id = c.calendar_id and o.bucket = cast(floor(j.opened_ms / 86400000) as bigint)
        and j.opened_ms >= o.starts_ms and j.opened_ms < o.ends_ms
),
-- Most answers come in the segment of the question; only the others look theirs up.
clocked as (
    select
        t.*,
        case
            when t.answered_ms is null then null
            when t.answered_bucket is null then case when t.is_running then t.answered_ms - t.opened_ms else 0 end
            else a.counted_before_ms + case when a.is_running then t.answered_ms - a.starts_ms else 0 end
                - t.opened_counted_ms
        end as wait_ms,
        case
            when t.effective_ms is null then null
            when t.effective_bucket is null then case when t.is_running then t.effective_ms - t.opened_ms else 0 end
            else e.counted_before_ms + case when e.is_running then t.effective_ms - e.starts_ms else 0 end
                - t.opened_counted_ms
        end as effective_wait_ms,
        z.counted_before_ms + case when z.is_running then t.end_ms - z.starts_ms else 0 end - t.opened_counted_ms
            as open_to_end_ms,
        case
            when t.contact_bucket is not null then l.local_date
            when t.contact_last_ms is not null then t.local_date
        end as contact_date
    from timed t
    left join segments a
        on a.calendar_id = t.calendar_id and a.bucket = t.answered_bucket
        and t.answered_ms >= a.starts_ms and t.answered_ms < a.ends_ms
    left join segments e
        on e.calendar_id = t.calendar_id and e.bucket = t.effective_bucket
        and t.effective_ms >= e.starts_ms and t.effective_ms < e.ends_ms
    left join segments z
        on z.calendar_id = t.calendar_id and z.bucket = cast(floor(t.end_ms / 86400000) as bigint)
        and t.end_ms >= z.starts_ms and t.end_ms < z.ends_ms
    left join segments l
        on l.calendar_id = t.calendar_id and l.bucket = t.contact_bucket
        and t.contact_last_ms >= l.starts_ms and t.contact_last_ms < l.ends_ms
)
select
    c.shop_id, c.conversation_id, c.buyer_id, c.local_date, c.buyer_ms, c.opened_ms, c.opened_by_message,
    c.answered_ms, c.answered_by, c.answered_by_message, c.wait_ms, c.effective_ms, c.effective_wait_ms, c.owner,
    case when c.state = 'answered' then c.answered_by else c.owner end as credit,
    c.state,
    case
        when not c.in_hours then 'off_hours'
        when not c.is_running then 'stoppage'
        when c.state = 'unanswered' and c.open_to_end_ms < r.cap_ms then 'closed_soon'
        else 'counted'
    end as counted,
    c.first_of_contact, c.contact_last_ms, c.contact_agent, c.contact_date
from clocked c
cross join rules r
