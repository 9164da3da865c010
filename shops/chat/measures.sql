-- The measures of shops and agents (clock.md section 5), one row per on_date, shop and agent; agent_id '' is the shop as
-- a whole. Reads
--   windows      on_date, group_id, local_date: which local dates each result covers, for each group of shops
--   shop_groups  shop_id, group_id: the shops of another group than 0
--   turns        of those dates, contacts of those dates (turns.sql, contacts.sql)
--   feedback     shop_id, agent_id, buyer_id, local_date, stars
--   escalations  shop_id, buyer_id, source, escalated_ms
--   targets      one row per local_date: target_ms, cap_ms, off_hours_ms, resolution_ms, bot_is_unanswered, and as_of_ms,
--                the same in all (null: later than everything). A turn is judged by the targets of its own date
-- Quantiles are exact, with linear interpolation. Times come out in seconds.
with
judged as (
    select
        w.on_date, w.group_id, w.local_date,
        g.target_ms, g.cap_ms, g.off_hours_ms, g.resolution_ms, g.bot_is_unanswered, g.as_of_ms
    from windows w
    join targets g on g.local_date = w.local_date
),
settled as (
    select
        g.on_date, t.shop_id, t.buyer_id, t.credit, t.counted, t.first_of_contact,
        case when t.state = 'bot_served' and g.bot_is_unanswered then 'unanswered' else t.state end as state,
        t.wait_ms, t.effective_wait_ms, g.target_ms, g.cap_ms, g.off_hours_ms
    from turns t
    left join shop_groups s on s.shop_id = t.shop_id
    join judged g on g.local_date = t.local_date and g.group_id = coalesce(s.group_id, 0)
),
credited as (
    select *, '' as agent_id from settled
    union all
    select *, credit as agent_id from settled where credit is not null
),
flagged as (
    select
        on_date, shop_id, agent_id, buyer_id, counted, state, first_of_contact, wait_ms, effective_wait_ms, cap_ms,
        counted = 'counted' and state = 'answered' as is_answered,
        counted = 'counted' and state = 'unanswered' as is_unanswered,
        counted = 'counted' and state = 'answered' and wait_ms <= target_ms as is_on_time,
        counted = 'counted' and state = 'answered' and coalesce(effective_wait_ms <= target_ms, false)
            as is_effective_on_time,
        counted = 'counted' and state = 'answered' and effective_wait_ms is null as is_brushed_off,
        counted = 'off_hours' and state in ('answered', 'unanswered') as is_off_hours_settled,
        counted = 'off_hours' and state = 'answered' and wait_ms <= off_hours_ms as is_off_hours_on_time
    from credited
),
counts as (
    select
        on_date, shop_id, agent_id,
        count(*) as turns,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where is_unanswered) as unanswered,
        count(*) filter (where counted = 'counted' and state = 'bot_served') as bot_served,
        count(*) filter (where counted = 'counted' and state = 'pending') as pending,
        count(*) filter (where counted = 'off_hours') as off_hours,
        count(*) filter (where counted = 'stoppage') as stoppage,
        count(*) filter (where counted = 'closed_soon') as closed_soon,
        count(*) filter (where is_on_time) as on_time,
        count(*) filter (where is_effective_on_time) as effective_on_time,
        count(*) filter (where is_brushed_off) as brushed_off,
        count(*) filter (where is_off_hours_settled) as off_hours_settled,
        count(*) filter (where is_off_hours_on_time) as off_hours_on_time,
        avg(wait_ms) filter (where is_answered) as response_mean,
        quantile_cont(wait_ms, [0.5, 0.9]) filter (where is_answered) as response_quantiles,
        avg(case when is_unanswered then cap_ms else least(wait_ms, cap_ms) end)
            filter (where is_answered or is_unanswered) as priced_response_mean,
        avg(wait_ms) filter (where is_answered and first_of_contact) as first_response_mean,
        quantile_cont(wait_ms, [0.5, 0.9]) filter (where is_answered and first_of_contact) as first_response_quantiles,
        avg(effective_wait_ms) filter (where is_answered) as effective_mean,
        quantile_cont(effective_wait_ms, [0.5, 0.9]) filter (where is_answered and not is_brushed_off)
            as effective_quantiles,
        avg(case when is_unanswered or is_brushed_off then cap_ms else least(effective_wait_ms, cap_ms) end)
            filter (where is_answered or is_unanswered) as effective_priced_mean
    from flagged
    group by on_date, shop_id, agent_id
),
-- Distinct buyers among the failing turns: first one row per buyer, which is few, then counts.
failing as (
    select
        on_date, shop_id, agent_id, buyer_id,
        bool_or((is_answered or is_unanswered) and not is_on_time) as is_late,
        bool_or(is_unanswered) as is_never,
        bool_or((is_answered or is_unanswered) and not is_effective_on_time) as is_ineffective,
        bool_or(is_brushed_off) as is_brushed,
        bool_or(is_off_hours_settled and not is_off_hours_on_time) as is_off_hours_late
    from flagged
    where (is_answered or is_unanswered) and not is_effective_on_time
        or is_off_hours_settled and not is_off_hours_on_time
    group by on_date, shop_id, agent_id, buyer_id
),
affected as (
    select
        on_date, shop_id, agent_id,
        count(*) filter (where is_late) as late_buyers,
        count(*) filter (where is_never) as unanswered_buyers,
        count(*) filter (where is_ineffective) as ineffective_buyers,
        count(*) filter (where is_brushed) as brushed_off_buyers,
        count(*) filter (where is_off_hours_late) as off_hours_late_buyers
    from failing
    group by on_date, shop_id, agent_id
),
taken_further as (
    select c.shop_id, c.opened_by_message, bool_or(e.source = 'case') as has_case
    from contacts c
    join targets g on g.local_date = c.local_date
    join escalations e
        on e.shop_id = c.shop_id and e.buyer_id = c.buyer_id
        and e.escalated_ms > c.last_ms and e.escalated_ms - c.last_ms <= g.resolution_ms
    group by c.shop_id, c.opened_by_message
),
contact_outcomes as (
    select
        on_date, shop_id, agent_id, buyer_id, settled,
        settled and has_escalation as is_escalated,
        settled and not came_back and not was_stopped and last_state <> 'unanswered' and not has_case as is_resolved
    from (
        select
            g.on_date, c.shop_id, c.agent_id, c.buyer_id, c.came_back, c.was_stopped, c.last_state,
            c.settled and (g.as_of_ms is null or g.as_of_ms > c.last_ms + g.resolution_ms) as settled,
            e.shop_id is not null as has_escalation,
            coalesce(e.has_case, false) as has_case
        from contacts c
        left join shop_groups s on s.shop_id = c.shop_id
        join judged g on g.local_date = c.local_date and g.group_id = coalesce(s.group_id, 0)
        left join taken_further e on e.shop_id = c.shop_id and e.opened_by_message = c.opened_by_message
    ) ended
),
contact_credits as (
    select on_date, shop_id, '' as agent_id, buyer_id, settled, is_escalated, is_resolved from contact_outcomes
    union all
    select on_date, shop_id, agent_id, buyer_id, settled, is_escalated, is_resolved
    from contact_outcomes
    where agent_id is not null
),
contact_buyers as (
    select
        on_date, shop_id, agent_id, buyer_id,
        count(*) as contacts,
        count(*) filter (where settled) as contacts_settled,
        count(*) filter (where is_resolved) as contacts_resolved,
        count(*) filter (where is_escalated) as contacts_escalated
    from contact_credits
    group by on_date, shop_id, agent_id, buyer_id
),
contact_counts as (
    select
        on_date, shop_id, agent_id,
        sum(contacts) as contacts,
        sum(contacts_settled) as contacts_settled,
        sum(contacts_resolved) as contacts_resolved,
        sum(contacts_escalated) as contacts_escalated,
        count(*) filter (where contacts_resolved < contacts_settled) as unresolved_buyers
    from contact_buyers
    group by on_date, shop_id, agent_id
),
stars as (
    select on_date, shop_id, agent_id,
        count(*) as stars_count,
        sum(stars) as stars_sum,
        count(*) filter (where stars <= 3) as stars_low,
        count(distinct case when stars <= 3 then buyer_id end) as low_star_buyers
    from (
        select w.on_date, f.shop_id, f.agent_id, f.buyer_id, f.stars
        from (
            select shop_id, '' as agent_id, buyer_id, local_date, stars from feedback
            union all
            select shop_id, agent_id, buyer_id, local_date, stars from feedback where agent_id is not null
        ) f
        left join shop_groups s on s.shop_id = f.shop_id
        join windows w on w.local_date = f.local_date and w.group_id = coalesce(s.group_id, 0)
    ) given
    group by on_date, shop_id, agent_id
)
select
    on_date, shop_id, agent_id,
    coalesce(c.turns, 0) as turns,
    coalesce(c.answered, 0) as answered,
    coalesce(c.unanswered, 0) as unanswered,
    coalesce(c.bot_served, 0) as bot_served,
    coalesce(c.pending, 0) as pending,
    coalesce(c.off_hours, 0) as off_hours,
    coalesce(c.stoppage, 0) as stoppage,
    coalesce(c.closed_soon, 0) as closed_soon,
    coalesce(c.answered + c.unanswered, 0) as settled,
    coalesce(c.on_time, 0) as on_time,
    coalesce(c.effective_on_time, 0) as effective_on_time,
    coalesce(c.brushed_off, 0) as brushed_off,
    coalesce(c.off_hours_settled, 0) as off_hours_settled,
    coalesce(c.off_hours_on_time, 0) as off_hours_on_time,
    cast(coalesce(o.contacts, 0) as bigint) as contacts,
    cast(coalesce(o.contacts_settled, 0) as bigint) as contacts_settled,
    cast(coalesce(o.contacts_resolved, 0) as bigint) as contacts_resolved,
    cast(coalesce(o.contacts_escalated, 0) as bigint) as contacts_escalated,
    coalesce(s.stars_count, 0) as stars_count,
    cast(coalesce(s.stars_sum, 0) as bigint) as stars_sum,
    coalesce(s.stars_low, 0) as stars_low,
    coalesce(a.late_buyers, 0) as late_buyers,
    coalesce(a.unanswered_buyers, 0) as unanswered_buyers,
    coalesce(a.ineffective_buyers, 0) as ineffective_buyers,
    coalesce(a.brushed_off_buyers, 0) as brushed_off_buyers,
    coalesce(o.unresolved_buyers, 0) as unresolved_buyers,
    coalesce(s.low_star_buyers, 0) as low_star_buyers,
    coalesce(a.off_hours_late_buyers, 0) as off_hours_late_buyers,
    round(c.response_mean / 1000.0, 3) as response_mean,
    round(c.response_quantiles[1] / 1000.0, 3) as response_p50,
    round(c.response_quantiles[2] / 1000.0, 3) as response_p90,
    round(c.priced_response_mean / 1000.0, 3) as priced_response_mean,
    round(c.first_response_mean / 1000.0, 3) as first_response_mean,
    round(c.first_response_quantiles[1] / 1000.0, 3) as first_response_p50,
    round(c.first_response_quantiles[2] / 1000.0, 3) as first_response_p90,
    round(c.effective_mean / 1000.0, 3) as effective_mean,
    round(c.effective_quantiles[1] / 1000.0, 3) as effective_p50,
    round(c.effective_quantiles[2] / 1000.0, 3) as effective_p90,
    round(c.effective_priced_mean / 1000.0, 3) as effective_priced_mean
from counts c
full join contact_counts o using (on_date, shop_id, agent_id)
full join stars s using (on_date, shop_id, agent_id)
left join affected a using (on_date, shop_id, agent_id)
