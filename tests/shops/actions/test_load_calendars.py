"""From rows of hours, exceptions, holidays and outages to each shop's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shops.actions.load_calendars import load_calendars
from shops.chat.clock import ServiceClock, to_ms
from shops.chat.standard import ClockStandard
from shops.models import Holiday, HoursOverride, Outage, ServiceHours
from tests.builders import BOOKS, MONDAY, TEA, at, make_shop, on

pytestmark = pytest.mark.django_db

STANDARD = ClockStandard(default_hours="mon-sun 08:00-23:00")


def clock_of(shop: str) -> ServiceClock:
    calendars = load_calendars(STANDARD).calendars(to_ms(at("00:00", -10)), to_ms(at("00:00", 10)))
    return calendars.clocks[calendars.of_shop[shop]]


def hours_on(shop: str, day: int = 0) -> float:
    return clock_of(shop).elapsed_seconds(at("00:00", day), at("00:00", day + 1)) / 3600


def make_outage(starts_at: datetime, ends_at: datetime | None, *shops) -> Outage:
    outage = Outage.objects.create(
        code=f"o{Outage.objects.count()}", starts_at=starts_at, ends_at=ends_at, hits_all_shops=not shops
    )
    outage.shops.set(shops)
    return outage


def test_without_shops_the_book_is_empty():
    assert dict(load_calendars(STANDARD).of_shop) == {}


def test_a_shop_without_rows_has_the_standards_hours():
    make_shop()

    assert hours_on(TEA) == 15


def test_hours_are_each_shops_own_and_dated():
    tea, books = make_shop(hours="09:00-18:00"), make_shop(BOOKS)
    ServiceHours.objects.create(shop=tea, starts_on=MONDAY, weekly="10:00-11:00")
    ServiceHours.objects.create(shop=books, starts_on=on(-50), weekly="10:00-12:00")

    assert [hours_on(TEA, day) for day in (-1, 0, 1)] == [9, 1, 1]
    assert hours_on(BOOKS) == 2


def test_an_exception_is_the_shops_own():
    make_shop(BOOKS)
    HoursOverride.objects.create(shop=make_shop(), date=MONDAY, blocks="")

    assert [hours_on(shop, day) for shop in (TEA, BOOKS) for day in (0, 1)] == [0, 15, 15, 15]


def test_a_holiday_stops_every_shop_that_did_not_opt_to_work():
    make_shop(), make_shop(BOOKS)
    holiday = Holiday.objects.create(date=MONDAY, blocks="10:00-11:00")
    Holiday.objects.create(date=on(1))
    holiday.working_shops.add(make_shop("open-shop"))

    assert [hours_on(shop, day) for shop in (TEA, "open-shop") for day in (0, 1)] == [1, 0, 15, 0]


def test_an_outage_hits_all_shops_or_those_it_names():
    tea = make_shop()
    make_shop(BOOKS)
    make_outage(at("10:00"), at("11:00"))
    make_outage(at("12:00"), at("14:00"), tea)

    assert [hours_on(TEA), hours_on(BOOKS)] == [12, 14]


def test_shops_named_by_an_outage_that_hit_all_are_hit_once():
    outage = make_outage(at("10:00"), at("11:00"))
    outage.shops.add(make_shop())
    make_shop(BOOKS)

    assert [hours_on(TEA), hours_on(BOOKS)] == [14, 14]
    assert len(load_calendars(STANDARD).keys) == 1


def test_an_outage_that_is_not_over_stops_the_clock_from_its_start():
    make_shop()
    make_outage(at("10:00"), None)

    assert clock_of(TEA).is_open(at("10:00") - timedelta(milliseconds=1))
    assert not clock_of(TEA).is_open(at("10:00"))
    assert hours_on(TEA, 5) == 0


def test_fifty_shops_with_equal_hours_share_one_calendar():
    for number in range(50):
        make_shop(f"shop-{number}", agents=(), hours="09:00-18:00")

    assert len(load_calendars(STANDARD).keys) == 1


def test_calendars_cost_the_same_queries_for_three_shops_as_for_ten(django_assert_num_queries):
    def make(first: int, last: int) -> None:
        for number in range(first, last):
            shop = make_shop(f"shop-{number}", hours=f"{number:02d}:00-18:00")
            HoursOverride.objects.create(shop=shop, date=on(number))
            Holiday.objects.create(date=on(number)).working_shops.add(shop)
            make_outage(at("10:00", number), None, shop)

    for first, last in ((0, 3), (3, 10)):
        make(first, last)
        with django_assert_num_queries(7):
            assert len(load_calendars(STANDARD).keys) == last
