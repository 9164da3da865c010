-- The turns of a chat log, by the clock table of clock.md (sections 2 to 4). One row per turn.
--
-- Written in the SQL that DuckDB and Spark share: integers of milliseconds, no ASOF, no vendor functions. It reads
--   messages       thread (an integer for each shop and conversation), shop_id, conversation_id, buyer_id, agent_id,
--                  message_id, sender, kind, sent_ms, delivery, text_key; a message_id once, nothing sent after as_of
--   rules          one row: window_ms, ignore_ms, cap_ms, as_of_ms, repeat_conversations, repeat_chars
--   phrases        list ('courtesy' or 'holding'), text_key
--   templates      shop_id, text_key: accepted templates
--   shop_calendars shop_id, calendar_id: every shop of messages once
--   segments       calendar_id, bucket, starts_ms, ends_ms, counted_before_ms, is_running, in_hours, local_date
--                  (ServiceClock.segments), from the first message to W after the last
--
-- Windows run over narrow rows of integers, (thread, rn) naming a message; ids and texts are joined to the turns at the
-- end. On 10 million messages that is twice as fast as carrying them along.
with
-- What each row is to the clock: B a buyer's message, A an agent's, T a bot's, H a hand-off, X a transfer, C a close.
-- Everything else, closing courtesies and undelivered messages included, does not exist for it.
classified as (
    select
        m.thread, m.shop_id, m.conversation_id, m.buyer_id, m.agent_id, m.message_id, m.sent_ms, m.text_key,
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
numbered as (
    select
        thread, shop_id, conversation_id, buyer_id, agent_id, message_id, sent_ms, text_key, event,
        row_number() over (partition by thread order by sent_ms, message_id) as rn,
        max(case when event = 'B' then sent_ms end) over (
            partition by thread order by sent_ms, message_id rows between unbounded preceding and 1 preceding
        ) as last_buyer_ms
    from classified
    where event is not null
),
-- An agent's message sent too soon after the buyer's is an auto reply: it leaves the table here.
heard as (
    select n.thread, n.rn, n.sent_ms, n.event, n.last_buyer_ms, n.agent_id is not null as has_agent, r.window_ms
    from numbered n
    cross join rules r
    where n.event <> 'A' or n.last_buyer_ms is null or n.sent_ms - n.last_buyer_ms >= r.ignore_ms
),
followed as (
    select
        *,
        max(case when event = 'B' then rn end) over (
            partition by thread order by rn rows between unbounded preceding and 1 preceding
        ) as last_buyer_rn,
        max(case when event in ('A', 'C') then rn end) over (
            partition by thread order by rn rows between unbounded preceding and 1 preceding
        ) as last_end_rn,
        max(case when event = 'C' then rn end) over (
            partition by thread order by rn rows between unbounded preceding and 1 preceding
        ) as last_close_rn
    from heard
),
-- opens: this buyer message opens a turn. is_live: a turn's buyer message came last, so the row may belong to that turn.
-- is_activity: what starts and prolongs a contact, a buyer message or an agent message that ended a turn.
opened as (
    select
        *,
        event = 'B' and (
            last_buyer_rn is null
            or coalesce(last_end_rn, 0) > last_buyer_rn
            or sent_ms - last_buyer_ms > window_ms
        ) as opens,
        coalesce(last_buyer_rn > coalesce(last_end_rn, 0), false) as is_live,
        event = 'B' or (
            event = 'A'
            and coalesce(last_buyer_rn > coalesce(last_end_rn, 0), false)
            and sent_ms - last_buyer_ms <= window_ms
        ) as is_activity
    from followed
),
-- The turn that each row falls into, and the contact's last sign of life before it.
placed as (
    select
        *,
        max(case when opens then rn end) over (
            partition by thread order by rn rows between unbounded preceding and current row
        ) as turn_rn,
        max(case when opens then sent_ms end) over (
            partition by thread order by rn rows between unbounded preceding and current row
        ) as buyer_ms,
        max(case when is_activity then rn end) over (
            partition by thread order by rn rows between unbounded preceding and 1 preceding
        ) as last_activity_rn,
        max(case when is_activity then sent_ms end) over (
            partition by thread order by rn rows between unbounded preceding and 1 preceding
        ) as last_activity_ms
    from opened
),
-- One row per turn. Only rows at most W after the opening buyer message decide it.
grouped as (
    select
        thread, turn_rn,
        min(buyer_ms) as buyer_ms,
        min(window_ms) as window_ms,
        max(case
            when opens and (
                last_activity_rn is null
                or coalesce(last_close_rn, 0) > last_activity_rn
                or sent_ms - last_activity_ms > window_ms
            ) then 1 else 0
        end) as is_first_of_contact,
        min(case when event = 'H' and sent_ms - buyer_ms <= window_ms then sent_ms end) as handoff_ms,
        max(case when event = 'A' and sent_ms - buyer_ms <= window_ms then sent_ms end) as answered_ms,
        max(case when event = 'A' and sent_ms - buyer_ms <= window_ms then rn end) as answer_rn,
        max(case when event = 'C' and sent_ms - buyer_ms <= window_ms then 1 else 0 end) as was_closed,
        max(case when event in ('B', 'T', 'H', 'X') and sent_ms - buyer_ms <= window_ms then rn end) as last_rn,
        max(case when event = 'T' and sent_ms - buyer_ms <= window_ms then rn end) as last_bot_rn,
        max(case
            when event in ('B', 'H', 'X') and has_agent and sent_ms - buyer_ms <= window_ms then rn
        end) as owner_rn,
        max(case when is_activity then sent_ms end) as last_activity_ms
    from placed
    where turn_rn is not null and (opens or is_live)
    group by thread, turn_rn
),
neighboured as (
    select
        g.*,
        lead(buyer_ms) over (partition by thread order by turn_rn) as next_buyer_ms,
        lead(is_first_of_contact) over (partition by thread order by turn_rn) as next_is_first,
        lag(answered_ms) over (partition by thread order by turn_rn) as previous_answered_ms,
        lag(answer_rn) over (partition by thread order by turn_rn) as previous_answer_rn
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
asked_again as (
    select thread, last_end_rn as rn, sent_ms
    from opened
    where event = 'B' and last_end_rn is not null and last_end_rn > coalesce(last_buyer_rn, 0)
),
perfunctory as (
    select a.thread, a.rn
    from numbered a
    cross join rules r
    left join phrases holding on holding.list = 'holding' and holding.text_key = a.text_key
    left join repeated
        on repeated.shop_id = a.shop_id and repeated.agent_id = a.agent_id and repeated.text_key = a.text_key
        and repeated.utc_day = cast(floor(a.sent_ms / 86400000) as bigint)
    left join templates on templates.shop_id = a.shop_id and templates.text_key = a.text_key
    left join asked_again
        on templates.text_key is not null and asked_again.thread = a.thread and asked_again.rn = a.rn
        and asked_again.sent_ms - a.sent_ms <= r.window_ms
    where a.event = 'A' and a.text_key is not null
        and (
            holding.text_key is not null
            or (repeated.text_key is not null and (templates.text_key is null or asked_again.rn is not null))
        )
),
brushed as (
    select n.thread, n.turn_rn, n.buyer_ms, n.window_ms, n.answer_rn
    from neighboured n
    join perfunctory p on p.thread = n.thread and p.rn = n.answer_rn
),
made_good as (
    select b.thread, b.turn_rn, min(a.sent_ms) as effective_ms
    from brushed b
    left join heard a
        on a.thread = b.thread and a.event = 'A' and a.rn > b.answer_rn and a.sent_ms - b.buyer_ms <= b.window_ms
        and not exists (select 1 from perfunctory p where p.thread = a.thread and p.rn = a.rn)
    group by b.thread, b.turn_rn
),
judged as (
    select
        n.thread, n.turn_rn, n.answer_rn, n.owner_rn, n.buyer_ms, n.window_ms,
        coalesce(n.handoff_ms, n.buyer_ms) as opened_ms,
        n.answered_ms,
        case when m.turn_rn is null then n.answered_ms else m.effective_ms end as effective_ms,
        case
            when n.answered_ms is not null then 'answered'
            when n.last_bot_rn = n.last_rn and n.handoff_ms is null
                and (n.next_buyer_ms is null or n.next_buyer_ms - n.buyer_ms > n.window_ms)
                then case when r.as_of_ms <= n.buyer_ms + n.window_ms then 'pending' else 'bot_served' end
            when n.was_closed = 0 and r.as_of_ms <= n.buyer_ms + n.window_ms then 'pending'
            else 'unanswered'
        end as state,
        n.is_first_of_contact = 1 as first_of_contact,
        case when coalesce(n.next_is_first, 1) = 1 then n.last_activity_ms end as contact_last_ms,
        case
            when coalesce(n.next_is_first, 1) = 0 then null
            when n.answered_ms is not null then n.answer_rn
            when n.is_first_of_contact = 0 and n.last_activity_ms - n.previous_answered_ms <= n.window_ms
                then n.previous_answer_rn
        end as contact_answer_rn
    from neighboured n
    cross join rules r
    left join made_good m on m.thread = n.thread and m.turn_rn = n.turn_rn
),
named as (
    select
        j.*,
        b.shop_id, b.conversation_id, b.buyer_id, b.message_id as opened_by_message,
        a.agent_id as answered_by, a.message_id as answered_by_message,
        o.agent_id as owner, l.agent_id as contact_agent
    from judged j
    join numbered b on b.thread = j.thread and b.rn = j.turn_rn
    left join numbered a on a.thread = j.thread and a.rn = j.answer_rn
    left join numbered o on o.thread = j.thread and o.rn = j.owner_rn
    left join numbered l on l.thread = j.thread and l.rn = j.contact_answer_rn
),
-- The service clock: the segment of an instant says how much had been counted when it began and whether it runs.
timed as (
    select
        j.*, c.calendar_id, o.local_date, o.in_hours, o.is_running,
        o.counted_before_ms + case when o.is_running then j.opened_ms - o.starts_ms else 0 end as opened_counted_ms
    from named j
    join shop_calendars c on c.shop_id = j.shop_id
    join segments o
        on o.calendar_id = c.calendar_id and o.bucket = cast(floor(j.opened_ms / 86400000) as bigint)
        and j.opened_ms >= o.starts_ms and j.opened_ms < o.ends_ms
),
clocked as (
    select
        t.*,
        a.counted_before_ms + case when a.is_running then t.answered_ms - a.starts_ms else 0 end - t.opened_counted_ms
            as wait_ms,
        e.counted_before_ms + case when e.is_running then t.effective_ms - e.starts_ms else 0 end - t.opened_counted_ms
            as effective_wait_ms,
        z.counted_before_ms + case when z.is_running then t.buyer_ms + t.window_ms - z.starts_ms else 0 end
            - t.opened_counted_ms as open_to_end_ms,
        l.local_date as contact_date
    from timed t
    left join segments a
        on a.calendar_id = t.calendar_id and a.bucket = cast(floor(t.answered_ms / 86400000) as bigint)
        and t.answered_ms >= a.starts_ms and t.answered_ms < a.ends_ms
    left join segments e
        on e.calendar_id = t.calendar_id and e.bucket = cast(floor(t.effective_ms / 86400000) as bigint)
        and t.effective_ms >= e.starts_ms and t.effective_ms < e.ends_ms
    left join segments z
        on t.state = 'unanswered' and z.calendar_id = t.calendar_id
        and z.bucket = cast(floor((t.buyer_ms + t.window_ms) / 86400000) as bigint)
        and t.buyer_ms + t.window_ms >= z.starts_ms and t.buyer_ms + t.window_ms < z.ends_ms
    left join segments l
        on l.calendar_id = t.calendar_id and l.bucket = cast(floor(t.contact_last_ms / 86400000) as bigint)
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
