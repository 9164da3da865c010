"""Dates that are not final, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shops.actions.open_days import OpenDay, find_open_days
from shops.actions.settle_days import settle_days
from shops.models import ControlTotal, Outage
from tests.builders import BOOKS, at, make_policy, make_shop, on, store, turns

pytestmark = pytest.mark.django_db

NOW = at("09:00", 8)


def open_days(now: datetime = NOW) -> dict[int, OpenDay]:
    """By days after the Monday."""
    return {(day.on - on(0)).days: day for day in find_open_days(now, first=on(0), last=on(8))}


def settle(now: datetime = NOW) -> None:
    settle_days(on(0), on(8), as_of=now)


@pytest.fixture
def tea():
    make_policy()
    for day in range(9):
        store(*turns(day, [30]))
    return make_shop(hours="00:00-24:00")


def test_dates_that_nobody_computed_are_open(tea) -> None:
    assert open_days().keys() == set(range(9))
    assert all(not day.is_computed for day in open_days().values())


def test_dates_whose_turns_can_still_settle_say_until_when(tea) -> None:
    settle()

    found = open_days()
    # An answer may come 24 h after the date's end; often repeated replies are counted over whole UTC days.
    assert {number: day.settles_at for number, day in found.items()} == {
        6: at("00:00", 9), 7: at("00:00", 10), 8: at("00:00", 11),
    }  # fmt: skip
    assert found[6].reasons(NOW) == ["Turns can settle until 2026-05-13 08:00"]
    assert found[6].reasons(at("00:00", 9)) == ["All turns have settled since 2026-05-13 08:00: to be computed again"]


def test_late_messages_open_the_dates_that_they_can_touch(tea) -> None:
    settle()
    before = datetime.now(UTC)
    store(*turns(4, [50], hour=20), received_at=at("09:00", 8))

    late = {number: day for number, day in open_days().items() if day.dirty_since is not None}
    assert 4 in late
    assert before - timedelta(seconds=1) <= late[4].dirty_since <= datetime.now(UTC) + timedelta(seconds=1)
    settle()
    assert all(day.dirty_since is None for day in open_days().values())


def test_the_dates_said_to_be_dirty_are_those_that_are_computed_again(tea) -> None:
    everything = at("09:00", 30)
    settle(everything)
    store(*turns(1, [50], hour=20), received_at=at("09:00", 8))

    dirty = [number for number, day in open_days(everything).items() if day.dirty_since is not None]
    assert settle_days(on(0), on(8), as_of=everything).days_computed == len(dirty) == 6  # days 0 to 5


def test_an_outage_declared_afterwards_opens_its_dates(tea) -> None:
    settle(at("09:00", 30))
    Outage.objects.create(code="o1", starts_at=at("10:00", 2), ends_at=at("11:00", 2))

    late = [number for number, day in open_days().items() if day.dirty_since is not None]
    assert 2 in late
    assert 8 not in late


def test_totals_that_differ_and_totals_that_are_owed_are_counted_by_shop(tea) -> None:
    make_policy(on(2), clock={"control_totals": "required"})
    books = make_shop(BOOKS)
    settle(at("09:00", 30))
    ControlTotal.objects.create(shop=tea, on=on(1), messages=5, counted=2)
    ControlTotal.objects.create(shop=tea, on=on(2), messages=None, counted=2)
    ControlTotal.objects.create(shop=books, on=on(2), messages=7, counted=None)

    found = open_days(at("09:00", 30))
    assert {number: (day.unmet_shops, day.missing_shops) for number, day in found.items()} == {1: (1, 0), 2: (1, 1)}
    assert found[2].reasons(NOW) == [
        "1 shop's messages are not as many as its sender says",
        "The sender owes the control total of 1 shop",
    ]


def test_looking_costs_the_same_queries_for_two_shops_as_for_ten(tea) -> None:
    def queries(first: int, last: int) -> int:
        for number in range(first, last):
            shop = make_shop(f"shop-{number}")
            store(*turns(number % 9, [20], shop=shop.code))
            ControlTotal.objects.create(shop=shop, on=on(number % 9), messages=5, counted=2)
        with CaptureQueriesContext(connection) as captured:
            assert open_days()
        return len(captured)

    assert queries(0, 2) == queries(2, 10)


def test_without_a_policy_no_date_is_open() -> None:
    assert find_open_days(NOW) == []
