"""When nothing counts: platform outages and holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from shops.chat.columns import Column, Sort
from shops.imports.facts import KnownShops, Written, upsert
from shops.imports.rows import Row, RowError
from shops.models import Holiday, Outage
from shops.models.hours import check_blocks


@dataclass(frozen=True)
class OutageFact:
    """An outage and the shops it hit; none where it hit all."""

    outage: Outage
    shop_ids: frozenset[int]


class Outages:
    """Upserts outages by their code. They may lie in the future: planned work is known beforehand."""

    columns = (
        Column("outage_id", Sort.CODE, is_required=True),
        Column("starts_at", Sort.INSTANT, is_required=True),
        Column("ends_at", Sort.INSTANT),
        Column("shop_ids", Sort.CODE),
        Column("note"),
    )
    fields = ("starts_at", "ends_at", "hits_all_shops", "note")

    def __init__(self) -> None:
        self._shops = KnownShops()

    def read(self, row: Row) -> OutageFact:
        """The outage of a record; without an end it is still going on, without shops it hit them all."""
        starts_at, ends_at = row.instant("starts_at"), row.optional_instant("ends_at")
        if ends_at is not None and ends_at <= starts_at:
            raise RowError(_("ends_at does not lie after starts_at; correct one of them"))
        codes = [code.strip() for code in row.text("shop_ids", 1_000_000).split(";")]
        shop_ids = frozenset(self._shops.id_of(code) for code in codes if code)
        outage = Outage(
            code=row.code("outage_id"),
            starts_at=starts_at,
            ends_at=ends_at,
            hits_all_shops=not shop_ids,
            note=row.text("note", 10_000, may_break=True),
        )
        return OutageFact(outage, shop_ids)

    def write(self, facts: Sequence[OutageFact]) -> Written:
        """Write the outages and which shops they hit."""
        latest = {fact.outage.code: fact for fact in facts}
        stored = Outage.objects.filter(code__in=latest)
        shops_before = {
            outage.code: {shop.pk for shop in outage.shops.all()} for outage in stored.prefetch_related("shops")
        }
        written = upsert(stored, [fact.outage for fact in facts], ["code"], self.fields)
        moved = set()
        for outage in Outage.objects.filter(code__in=latest):
            wanted = latest[outage.code].shop_ids
            if shops_before.get(outage.code, set()) != wanted:
                outage.shops.set(wanted)
                moved.add(outage.code)
        changed = written.changed | (moved - written.new)
        Outage.objects.filter(code__in=changed).update(changed_at=Now())
        return Written(written.new, changed)


class Holidays:
    """Upserts holidays by date. Which shops opted into working is kept as it is."""

    columns = (
        Column("date", Sort.DATE, is_required=True),
        Column("blocks"),
        Column("name"),
    )

    def __init__(self) -> None:
        self._fields: list[str] = []

    def read(self, row: Row) -> Holiday:
        """The holiday of a record; without blocks nothing counts all day."""
        self._fields = [name for name in ("blocks", "name") if row.has_column(name)]
        blocks = row.checked("blocks", row.text("blocks", 200), check_blocks)
        return Holiday(date=row.day("date"), blocks=blocks, name=row.text("name", 100))

    def write(self, facts: Sequence[Holiday]) -> Written:
        """Write the holidays."""
        return upsert(Holiday.objects.filter(date__in={fact.date for fact in facts}), facts, ["date"], self._fields)
