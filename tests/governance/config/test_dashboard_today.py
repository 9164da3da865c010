"""Today on the dashboard: provisional figures beside the same weekday, and who waits for an answer now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisGone

from governance.config.dashboard.platform_days import computed_on, platform_days
from governance.config.dashboard.today import today
from shops.actions.settle_days import settle_days
from shops.models import ComputedDay, Shop, ShopDay
from tests.builders import asks, at, make_policy, make_shop, on, store, turns

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)  # Monday 16:00 in Shanghai
ON = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def add_day(
    shop: Shop, day: date, settled: int, answered: int, on_time: int, *, pending: int = 0, final: bool = True
) -> None:
    ShopDay.objects.create(
        shop=shop, on=day, settled=settled, answered=answered, on_time=on_time, pending=pending, is_final=final
    )


def add_computed(day: date, fingerprint: str, *, final: bool = True, as_of: datetime = NOW) -> None:
    ComputedDay.objects.update_or_create(
        on=day, shard=0, defaults={"fingerprint": fingerprint, "as_of": as_of, "is_final": final, "turns": 1}
    )


def weeks_before(count: int) -> list[date]:
    return [ON - timedelta(weeks=week) for week in range(1, count + 1)]


def test_today_is_compared_with_the_mean_of_the_last_four_same_weekdays() -> None:
    shop = make_shop()
    add_day(shop, ON, 200, 180, 150, final=False)  # 90.0 % answered, 75.0 % on time
    for day, on_time in zip(weeks_before(5), (80, 90, 90, 80, 10), strict=True):  # the fifth is too long ago
        add_day(shop, day, 100, 95, on_time)
    add_day(shop, ON - timedelta(days=1), 100, 1, 1)  # a Sunday

    on_time, answered, _waiting, settled = today(NOW).figures

    assert on_time.figure == "75.0%"
    assert on_time.note == "−10.0 points; same weekday: 85.0%"  # (80 + 90 + 90 + 80) / 4
    assert on_time.tone == "worst"
    assert answered.note == "−5.0 points; same weekday: 95.0%"
    assert settled.figure == "200"


@pytest.mark.parametrize(("settled", "tone"), [(99, ""), (100, "worst")])
def test_a_few_turns_of_the_morning_alarm_nobody(settled: int, tone: str) -> None:
    shop = make_shop()
    add_day(shop, ON, settled, 50, 50, final=False)
    add_day(shop, weeks_before(1)[0], 100, 95, 95)
    assert today(NOW).figures[0].tone == tone


def test_a_weekday_that_is_not_final_is_compared_with_nothing() -> None:
    shop = make_shop()
    add_day(shop, ON, 100, 90, 90, final=False)
    (before,) = weeks_before(1)
    add_day(shop, before, 100, 10, 10, final=False)
    add_computed(before, "a", final=False)
    assert today(NOW).figures[0].note == "no same weekday to compare with yet"


def test_without_figures_of_today_it_says_where_they_come_from() -> None:
    shop = make_shop()
    add_day(shop, ON - timedelta(days=1), 100, 90, 90)
    section = today(NOW)
    assert section.figures == []
    assert section.on == ON


def test_it_says_as_of_when_the_figures_are() -> None:
    shop = make_shop()
    add_day(shop, ON, 100, 90, 90, final=False)
    add_computed(ON, "a", final=False, as_of=NOW - timedelta(minutes=50))
    assert today(NOW).as_of == "15:10"


def test_those_who_wait_are_counted_over_the_open_dates_with_the_one_who_waits_longest() -> None:
    make_policy()
    make_shop()
    store(*turns(28, [30, 60]), asks(at("13:00", 27), "bo"), asks(at("11:30", 28), "cy"))
    now = at("12:00", 28)
    settle_days(on(27), on(28), as_of=now)

    waiting = today(now).figures[2]

    assert waiting.figure == "2"
    assert waiting.note == "the oldest for 23 h"  # 13:00 to 12:00
    assert "pending__gt=0" in waiting.url
    assert f"on__gte={on(27)}" in waiting.url


def test_the_sums_of_a_date_are_added_up_once_for_each_time_that_it_is_computed() -> None:
    shop = make_shop()
    add_day(shop, ON, 100, 90, 80)
    add_computed(ON, "first")
    assert platform_days([ON], computed_on([ON]))[ON].on_time == 80

    with CaptureQueriesContext(connection) as queries:
        known = computed_on([ON])
        assert platform_days([ON], known)[ON].on_time == 80
    assert len(queries) == 1  # of the computed days; none of the shops' days

    ShopDay.objects.filter(on=ON).update(on_time=85)
    add_computed(ON, "second")
    assert platform_days([ON], computed_on([ON]))[ON].on_time == 85


def test_dates_that_nothing_tells_about_are_never_kept() -> None:
    shop = make_shop()
    add_day(shop, ON, 100, 90, 80)
    assert platform_days([ON], computed_on([ON]))[ON].on_time == 80
    ShopDay.objects.filter(on=ON).update(on_time=85)
    assert platform_days([ON], computed_on([ON]))[ON].on_time == 85


def test_without_the_cache_the_figures_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    add_day(shop, ON, 100, 90, 80)
    add_computed(ON, "first")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise RedisGone("gone")

    for name in ("get", "set", "get_many", "set_many"):
        monkeypatch.setattr(cache, name, refuse)
    assert today(NOW).figures[0].figure == "80.0%"
