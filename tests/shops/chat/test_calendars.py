"""Which clock a shop has: dated hours, exceptions, holidays and outages, and when a calendar counts as changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shops.chat.calendars import CalendarBook, CalendarKey, day_blocks
from shops.chat.clock import parse_hours, to_ms
from tests.builders import BOOKS, MONDAY, TEA, at, on

DEFAULT = {weekday: [("08:00", "23:00")] for weekday in range(7)}
PLAIN = CalendarKey("UTC", (), (), (), ())
FROM, TO = to_ms(at("00:00", -10)), to_ms(at("00:00", 10))
WHOLE_DAY = 24.0


def key(**fields) -> CalendarKey:
    return PLAIN._replace(**fields)


def hours_counted(calendar: CalendarKey, days: range = range(-3, 4)) -> list[float]:
    """The counted hours of each of the days around the Monday."""
    clock = calendar.clock(FROM, TO, DEFAULT)
    return [clock.elapsed_seconds(at("00:00", day), at("00:00", day + 1)) / 3600 for day in days]


def digest(calendar: CalendarKey, first: int = 0, last: int = 1) -> str:
    return CalendarBook.of([(TEA, calendar)], DEFAULT).digest(to_ms(at("00:00", first)), to_ms(at("00:00", last)))


def test_a_shop_without_hours_has_the_policys():
    assert hours_counted(PLAIN) == [15.0] * 7


def test_hours_count_from_their_first_day_and_never_change_the_past():
    before = hours_counted(key(hours=((date(2000, 1, 1), "mon-sun 09:00-18:00"),)))

    changed = hours_counted(key(hours=((date(2000, 1, 1), "mon-sun 09:00-18:00"), (MONDAY, "mon-sun 10:00-12:00"))))

    assert before == [9.0] * 7
    assert changed == [9.0, 9.0, 9.0, 2.0, 2.0, 2.0, 2.0]


def test_before_a_shops_first_hours_the_policys_are_in_force():
    assert hours_counted(key(hours=((MONDAY, "mon-sun 10:00-12:00"),))) == [15.0] * 3 + [2.0] * 4


def test_of_three_changes_each_has_its_days():
    dated = ((on(-2), "09:00-10:00"), (on(0), "09:00-11:00"), (on(2), "mon closed; tue-sun 09:00-12:00"))

    assert hours_counted(key(hours=dated)) == [15.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]


def test_a_night_that_began_under_former_hours_is_kept_to_its_end():
    """Sunday 22:00-02:00 belongs to Sunday, though Monday has new hours."""
    calendar = key(hours=((on(-9), "22:00-02:00"), (MONDAY, "10:00-11:00")))

    assert hours_counted(calendar, range(-1, 2)) == [4.0, 3.0, 1.0]


def test_an_exception_takes_the_place_of_its_days_hours():
    calendar = key(overrides=((on(-1), ""), (on(1), "10:00-12:00,13:00-14:00")))

    assert hours_counted(calendar) == [15.0, 15.0, 0.0, 15.0, 3.0, 15.0, 15.0]


def test_an_exception_beats_hours_that_change_on_the_same_day():
    calendar = key(hours=((MONDAY, "10:00-12:00"),), overrides=((MONDAY, "10:00-11:00"), (on(-1), "")))

    assert hours_counted(calendar) == [15.0, 15.0, 0.0, 1.0, 2.0, 2.0, 2.0]


def test_on_a_holiday_only_its_blocks_count():
    calendar = key(holidays=((on(-1), ""), (MONDAY, "07:00-12:00")))

    assert hours_counted(calendar) == [15.0, 15.0, 0.0, 4.0, 15.0, 15.0, 15.0]  # 08:00 to 12:00


def test_a_holiday_is_a_stoppage_inside_the_hours():
    """What stops is shown as stoppage, not as off hours: the shop's own hours are untouched."""
    clock = key(holidays=((MONDAY, ""),)).clock(FROM, TO, DEFAULT)

    assert clock.is_in_hours(at("12:00"))
    assert not clock.is_open(at("12:00"))


def test_a_holiday_is_a_date_on_the_shops_wall():
    calendar = key(timezone="Asia/Shanghai", holidays=((MONDAY, ""),), hours=((date(2000, 1, 1), "00:00-24:00"),))
    clock = calendar.clock(FROM, TO, DEFAULT)
    midnight = datetime(2026, 5, 4, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert [clock.is_open(midnight + timedelta(milliseconds=ms)) for ms in (-1, 0)] == [True, False]
    next_midnight = midnight + timedelta(days=1)
    assert [clock.is_open(next_midnight + timedelta(milliseconds=ms)) for ms in (-1, 0)] == [False, True]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("  ", []),
        ("09:00-12:00", [("09:00", "12:00")]),
        ("09:00-10:00,11:00-12:00", [("09:00", "10:00"), ("11:00", "12:00")]),
    ],
)
def test_the_blocks_of_a_day_are_read(text, blocks):
    assert day_blocks(text) == blocks


@pytest.mark.parametrize(
    ("blocks", "open_hours"),
    [
        ("00:00-24:00", 24),
        ("00:00-12:00", 12),
        ("12:00-24:00", 12),
        ("22:00-02:00", 2),  # what would run past midnight ends with the holiday
        ("09:00-12:00,11:00-13:00", 4),
        ("13:00-14:00,09:00-10:00", 2),
    ],
)
def test_any_blocks_can_be_left_open_on_a_holiday(blocks, open_hours):
    calendar = key(hours=((date(2000, 1, 1), "00:00-24:00"),), holidays=((MONDAY, blocks),))

    assert hours_counted(calendar, range(-1, 2)) == [WHOLE_DAY, open_hours, WHOLE_DAY]


def test_an_outage_stops_the_clock_until_its_end():
    span = (to_ms(at("22:00")), to_ms(at("09:00", 1)))

    assert hours_counted(key(stoppages=(span,))) == [15.0, 15.0, 15.0, 14.0, 14.0, 15.0, 15.0]


def test_an_outage_without_an_end_stops_the_clock_for_good():
    assert hours_counted(key(stoppages=((to_ms(at("09:00", 1)), None),))) == [15.0] * 4 + [1.0, 0.0, 0.0]


def test_an_outage_that_began_long_ago_still_stops_the_clock():
    assert hours_counted(key(stoppages=((0, None),))) == [0.0] * 7


def test_shops_with_equal_hours_share_one_clock():
    keys = [(f"shop-{n}", key(hours=((date(2000, 1, 1), "09:00-18:00"),))) for n in range(50)]

    book = CalendarBook.of([*keys, (BOOKS, PLAIN)], DEFAULT)

    calendars = book.calendars(FROM, TO)
    assert len(calendars.clocks) == 2
    assert {calendars.of_shop[shop] for shop, _ in keys} == {0}
    assert calendars.of_shop[BOOKS] == 1


def test_the_book_of_some_shops_keeps_their_calendars():
    book = CalendarBook.of([(TEA, PLAIN), (BOOKS, key(timezone="Asia/Tokyo"))], DEFAULT).only([BOOKS])

    assert dict(book.of_shop) == {BOOKS: 0}
    assert [clock.timezone for clock in book.calendars(FROM, TO).clocks] == ["Asia/Tokyo"]


UNRELATED = {
    "hours from a later day": key(hours=((on(5), "10:00-12:00"),)),
    "an exception weeks before": key(overrides=((on(-30), ""),)),
    "an exception weeks after": key(overrides=((on(30), ""),)),
    "a holiday next month": key(holidays=((on(30), ""),)),
    "an outage that was over": key(stoppages=((0, to_ms(at("00:00"))),)),
    "an outage that came later": key(stoppages=((to_ms(at("00:00", 1)), None),)),
}
RELEVANT = {
    "hours": key(hours=((on(-100), "10:00-12:00"),)),
    "hours from that day": key(hours=((MONDAY, "10:00-12:00"),)),
    "an exception": key(overrides=((MONDAY, ""),)),
    "a holiday": key(holidays=((MONDAY, ""),)),
    "a holiday with blocks": key(holidays=((MONDAY, "10:00-11:00"),)),
    "an outage": key(stoppages=((to_ms(at("10:00")), to_ms(at("11:00"))),)),
    "an outage until the first millisecond of the day": key(stoppages=((0, to_ms(at("00:00")) + 1),)),
    "an outage that is not over": key(stoppages=((0, None),)),
    "the last millisecond": key(stoppages=((to_ms(at("00:00", 1)) - 1, None),)),
    "the time zone": key(timezone="Asia/Tokyo"),
}


@pytest.mark.parametrize("name", UNRELATED)
def test_what_is_far_away_does_not_change_a_days_calendars(name):
    assert digest(UNRELATED[name]) == digest(PLAIN)


def test_every_relevant_change_changes_a_days_calendars():
    digests = {name: digest(calendar) for name, calendar in RELEVANT.items()} | {"nothing": digest(PLAIN)}

    assert len(set(digests.values())) == len(digests)


def test_a_days_calendars_do_not_depend_on_the_order_of_shops_or_on_unused_numbers():
    tokyo = key(timezone="Asia/Tokyo")
    one = CalendarBook.of([("a", PLAIN), ("b", tokyo), ("c", PLAIN)], DEFAULT)
    other = CalendarBook.of([("b", tokyo), ("c", PLAIN), ("a", PLAIN)], DEFAULT)
    swapped = CalendarBook.of([("a", tokyo), ("b", PLAIN), ("c", PLAIN)], DEFAULT)

    assert one.digest(FROM, TO) == other.digest(FROM, TO) != swapped.digest(FROM, TO)


def test_another_shop_or_other_default_hours_change_the_calendars():
    book = CalendarBook.of([(TEA, PLAIN)], DEFAULT)

    assert CalendarBook.of([(TEA, PLAIN), (BOOKS, PLAIN)], DEFAULT).digest(FROM, TO) != book.digest(FROM, TO)
    assert CalendarBook.of([(TEA, PLAIN)], DEFAULT | {6: []}).digest(FROM, TO) != book.digest(FROM, TO)


def test_the_bounds_of_local_dates_are_those_of_the_earliest_and_the_latest_zone():
    book = CalendarBook.of(
        [(TEA, key(timezone="Pacific/Kiritimati")), (BOOKS, key(timezone="Pacific/Midway"))], DEFAULT
    )

    assert book.local_bounds(MONDAY, on(1)) == (to_ms(at("10:00", -1)), to_ms(at("11:00", 2)))  # UTC+14, UTC-11


def test_the_bounds_of_a_day_with_a_change_of_the_clock_have_its_25_hours():
    book = CalendarBook.of([(TEA, key(timezone="Europe/Berlin"))], DEFAULT)

    starts, ends = book.local_bounds(date(2026, 10, 25), date(2026, 10, 25))

    assert ends - starts == 25 * 3_600_000


def test_a_clock_made_for_a_span_equals_the_clock_of_all_time_there():
    """Trimming leaves out only what the span cannot feel, blocks across midnight included."""
    calendar = key(
        hours=((on(-40), "20:00-06:00"), (on(-1), "mon-fri 22:00-03:00"), (on(1), "23:59-23:58")),
        overrides=((on(-1), "23:00-22:00"), (on(0), "12:00-13:00")),
        holidays=((on(1), "01:00-02:00"),),
        stoppages=((to_ms(at("00:30")), to_ms(at("00:40"))),),
    )
    weekly = {day: [("00:00", "00:00")] for day in range(7)}

    for start in range(-3, 3):
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Midway"):
            span = at("00:00", start), at("00:00", start + 1)
            narrow = calendar._replace(timezone=zone).clock(to_ms(span[0]), to_ms(span[1]), weekly)
            wide = calendar._replace(timezone=zone).clock(to_ms(at("00:00", -60)), to_ms(at("00:00", 60)), weekly)
            assert narrow.open_spans(*span) == wide.open_spans(*span)


def test_closed_for_the_whole_week_is_closed():
    assert parse_hours("mon-sun closed") is not None
    assert hours_counted(key(hours=((on(-100), "mon-sun closed"),))) == [0.0] * 7
