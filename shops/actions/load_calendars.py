"""The service clocks of all shops, from what the web database says about hours, holidays and outages."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from shops.chat.calendars import CalendarBook, CalendarKey
from shops.chat.clock import to_ms
from shops.chat.standard import ClockStandard
from shops.models import Holiday, HoursOverride, Outage, ServiceHours, Shop


def load_calendars(standard: ClockStandard, shop: Shop | None = None) -> CalendarBook:
    """The calendar of every shop, or of one, by its code, the oldest shop first. Seven queries.

    Shops without hours of their own have the standard's.
    """
    of_shop = {} if shop is None else {"shop": shop}
    hours: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for shop_id, starts_on, weekly in (
        ServiceHours.objects.filter(**of_shop).order_by("starts_on").values_list("shop_id", "starts_on", "weekly")
    ):
        hours[shop_id].append((starts_on, weekly))
    overrides: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for shop_id, day, blocks in (
        HoursOverride.objects.filter(**of_shop).order_by("date").values_list("shop_id", "date", "blocks")
    ):
        overrides[shop_id].append((day, blocks))
    holidays = list(Holiday.objects.order_by("date").values_list("pk", "date", "blocks"))
    working: dict[int, set[int]] = defaultdict(set)
    for holiday_id, shop_id in Holiday.working_shops.through.objects.filter(**of_shop).values_list(
        "holiday_id", "shop_id"
    ):
        working[shop_id].add(holiday_id)
    everywhere, local = _outages(of_shop)

    def key_of(pk: int, timezone: str) -> CalendarKey:
        return CalendarKey(
            timezone=timezone,
            hours=tuple(hours.get(pk, ())),
            overrides=tuple(overrides.get(pk, ())),
            holidays=tuple((day, blocks) for number, day, blocks in holidays if number not in working.get(pk, ())),
            stoppages=tuple(sorted([*everywhere, *local.get(pk, ())], key=lambda span: (span[0], span[1] or 0))),
        )

    everybody = Shop.objects.order_by("pk") if shop is None else Shop.objects.filter(pk=shop.pk)
    shops = everybody.values_list("pk", "code", "timezone")
    return CalendarBook.of(((code, key_of(pk, timezone)) for pk, code, timezone in shops), standard.default_weekly)


def _outages(of_shop: dict[str, Shop]) -> tuple[list[tuple[int, int | None]], dict[int, list[tuple[int, int | None]]]]:
    everywhere: list[tuple[int, int | None]] = []
    local: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    spans: dict[int, tuple[int, int | None]] = {}
    for pk, starts_at, ends_at, hits_all in Outage.objects.values_list("pk", "starts_at", "ends_at", "hits_all_shops"):
        spans[pk] = (to_ms(starts_at), None if ends_at is None else to_ms(ends_at))
        if hits_all:
            everywhere.append(spans[pk])
    narrow = Outage.shops.through.objects.filter(outage__hits_all_shops=False, **of_shop).values_list(
        "outage_id", "shop_id"
    )
    for outage_id, shop_id in narrow:
        local[shop_id].append(spans[outage_id])
    return everywhere, local
