-- The contacts that ended, one row each, from the turns of turns.sql (clock.md section 5, resolved_rate).
--
-- Reads turns, messages and rules (resolution_ms, as_of_ms) as turns.sql left them. A contact's last turn carries when it
-- ended (contact_last_ms); cases are joined later, by the measures, because they live in the web database.
with
ended as (
    select shop_id, conversation_id, buyer_id, opened_by_message, contact_last_ms, contact_agent, contact_date, state
    from turns
    where contact_last_ms is not null
),
came_back as (
    select distinct e.shop_id, e.opened_by_message
    from ended e
    cross join rules r
    join turns n
        on n.shop_id = e.shop_id and n.buyer_id = e.buyer_id and n.first_of_contact
        and n.buyer_ms > e.contact_last_ms and n.buyer_ms - e.contact_last_ms <= r.resolution_ms
),
was_stopped as (
    select distinct e.shop_id, e.opened_by_message
    from ended e
    cross join rules r
    join messages m
        on m.shop_id = e.shop_id and m.buyer_id = e.buyer_id and m.sender = 'buyer' and m.delivery = 'intercepted'
        and m.sent_ms > e.contact_last_ms and m.sent_ms - e.contact_last_ms <= r.resolution_ms
)
select
    e.shop_id, e.conversation_id, e.buyer_id, e.contact_agent as agent_id, e.contact_last_ms as last_ms,
    e.contact_date as local_date, e.state as last_state, e.opened_by_message,
    r.as_of_ms > e.contact_last_ms + r.resolution_ms as settled,
    b.shop_id is not null as came_back,
    s.shop_id is not null as was_stopped
from ended e
cross join rules r
left join came_back b on b.shop_id = e.shop_id and b.opened_by_message = e.opened_by_message
left join was_stopped s on s.shop_id = e.shop_id and s.opened_by_message = e.opened_by_message
