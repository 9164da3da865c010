"""How many messages the chat log holds per shop and local date. No Django, no policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from shops.chat.clock import ServiceClock
from shops.chat.engine import Connection, quoted, read_sql
from shops.chat.turns import Calendars, Span, load_calendars


def count_messages(
    con: Connection, parts: Sequence[Path], zone_of_shop: Mapping[str, str], span: Span
) -> dict[tuple[str, date], int]:
    """Distinct messages per shop and local date in its time zone, of those shops, where there are any.

    Counted is what `turns.sql` would read: a message_id of a shop once, as received first; nothing sent after as_of.
    Raises EngineError where a part cannot be read.
    """
    if not parts:
        return {}
    zones = sorted(set(zone_of_shop.values()))
    numbers = {zone: number for number, zone in enumerate(zones)}
    of_shop = {shop: numbers[zone] for shop, zone in zone_of_shop.items()}
    load_calendars(con, Calendars([ServiceClock(zone, {}) for zone in zones], of_shop), span, 0)
    con.execute(
        "create or replace temp view received as "
        "select shop_id, message_id, sent_ms, received_ms, hash(shop_id, message_id) as mark "
        f"from read_parquet({quoted(list(parts))}, hive_partitioning = false) "
        f"where sent_ms >= {span.reads_from_ms} and sent_ms < {span.reads_to_ms} and sent_ms <= {span.as_of_ms}"
    )
    found = con.execute(read_sql("counts")).fetchall()
    return {(shop, date.fromisoformat(day)): int(messages) for shop, day, messages in found}
