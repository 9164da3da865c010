"""Shops and their hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shops.chat.clock import parse_hours
from shops.chat.columns import Column, Sort
from shops.imports.facts import Written, upsert
from shops.imports.rows import Row
from shops.models import ServiceHours, Shop
from shops.models.hours import check_hours, check_hours_suffice
from shops.models.shop import check_timezone

FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class ShopFact:
    """A shop as a file states it; `hours` is "" where the file says nothing about them."""

    shop: Shop
    hours: str


class Shops:
    """Upserts shops by code.

    A column that the file does not have leaves known shops as they are, as does an empty time zone. Hours that differ
    from those in force begin today: they never change the past.
    """

    columns = (
        Column("shop_id", Sort.CODE, is_required=True),
        Column("name", is_required=True),
        Column("category"),
        Column("timezone"),
        Column("opened_on", Sort.DATE),
        Column("hours"),
    )

    def __init__(self, now: datetime, minimum_hours_per_week: int = 0) -> None:
        self._now = now
        self._minimum_hours = minimum_hours_per_week
        self._fields: list[str] = []
        self._default_timezone = Shop().timezone

    def read(self, row: Row) -> ShopFact:
        """The shop of a record; its time zone is "" where none is given."""
        self._fields = ["name", "timezone", *(name for name in ("category", "opened_on") if row.has_column(name))]
        timezone = row.text("timezone", 64)
        hours = row.text("hours", 500)
        shop = Shop(
            code=row.code("shop_id"),
            name=row.required_text("name", 200),
            category=row.text("category", 100),
            timezone=row.checked("timezone", timezone, check_timezone) if timezone else "",
            opened_on=row.optional_day("opened_on"),
        )
        if hours:
            row.checked("hours", hours, check_hours)
            row.checked("hours", hours, lambda text: check_hours_suffice(text, self._minimum_hours))
        return ShopFact(shop, hours)

    def write(self, facts: Sequence[ShopFact]) -> Written:
        """Write the shops, then the hours that differ from those in force."""
        stored = Shop.objects.filter(code__in={fact.shop.code for fact in facts})
        zones = dict(stored.values_list("code", "timezone"))
        for fact in facts:
            fact.shop.timezone = zones[fact.shop.code] = (
                fact.shop.timezone or zones.get(fact.shop.code) or self._default_timezone
            )
        known = set(stored.values_list("code", flat=True))
        written = upsert(stored, [fact.shop for fact in facts], ["code"], self._fields)
        changed_hours = self._write_hours({fact.shop.code: fact.hours for fact in facts if fact.hours}, known)
        return Written(written.new, written.changed | changed_hours)

    def _write_hours(self, hours: dict[str, str], known: set[str]) -> set[str]:
        """Write dated hours; return the codes of the shops, known before, whose hours changed."""
        shops = list(Shop.objects.filter(code__in=hours))
        in_force: dict[int, str] = {}
        today = {shop.pk: self._now.astimezone(ZoneInfo(shop.timezone)).date() for shop in shops}
        for row in ServiceHours.objects.filter(shop__in=shops).order_by("starts_on"):
            if row.starts_on <= today[row.shop_id]:
                in_force[row.shop_id] = row.weekly
        rows, changed = [], set()
        for shop in shops:
            weekly = hours[shop.code]
            if shop.code not in known:
                rows.append(ServiceHours(shop=shop, starts_on=shop.opened_on or FIRST_DAY, weekly=weekly))
            elif shop.pk not in in_force or parse_hours(in_force[shop.pk]) != parse_hours(weekly):
                rows.append(ServiceHours(shop=shop, starts_on=today[shop.pk], weekly=weekly))
                changed.add(shop.code)
        upsert(ServiceHours.objects.filter(shop__in=shops), rows, ["shop_id", "starts_on"], ["weekly"])
        return changed
