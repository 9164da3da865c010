"""The senders' control totals: how many messages a shop had on a local date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shops.chat.columns import Column, Sort
from shops.imports.facts import KnownShops, Written, upsert
from shops.imports.rows import Row
from shops.models import ControlTotal


class Totals:
    """Upserts control totals by shop and date; a later statement replaces an earlier one."""

    columns = (
        Column("shop_id", Sort.CODE, is_required=True),
        Column("on", Sort.DATE, is_required=True),
        Column("messages", Sort.NUMBER, is_required=True),
    )

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._shops = KnownShops()

    def read(self, row: Row) -> ControlTotal:
        """The total of a record; 0 says that the shop had no messages."""
        return ControlTotal(
            shop_id=self._shops.id_of(row.code("shop_id")),
            on=row.day("on"),
            messages=row.whole("messages", 0, 2_000_000_000),
            stated_at=self._now,
        )

    def write(self, facts: Sequence[ControlTotal]) -> Written:
        """Write the totals; what the log was counted to hold stays.

        A difference that was accepted is accepted no longer once the sender says another number.
        """
        stored = ControlTotal.objects.filter(on__in={fact.on for fact in facts})
        written = upsert(stored, facts, ["shop_id", "on"], ["messages"])
        if written.changed:
            restated = ControlTotal.objects.filter(
                shop_id__in={shop for shop, _day in written.changed}, on__in={day for _shop, day in written.changed}
            )
            changed = [pk for pk, *key in restated.values_list("pk", "shop_id", "on") if tuple(key) in written.changed]
            ControlTotal.objects.filter(pk__in=changed).update(
                stated_at=self._now, accepted_by=None, accepted_at=None, accepted_why=""
            )
        return written
