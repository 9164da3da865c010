"""The service clock against hand-written facts; the properties are in test_clock_properties.py."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from shops.chat.clock import DAY_MS, ServiceClock, from_ms, to_ms

SHOP_HOURS = {day: [("08:00", "23:00")] for day in range(7)}
ALL_DAY = {day: [("00:00", "24:00")] for day in range(7)}
BERLIN = ZoneInfo("Europe/Berlin")
MS = timedelta(milliseconds=1)
HOUR = 3600


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_night_does_not_count() -> None:
    clock = ServiceClock("Asia/Shanghai", SHOP_HOURS)
    # 22:59 to 08:01 in Shanghai (UTC+8): one minute before closing, one after opening.
    assert clock.elapsed_seconds(utc("2026-03-02 14:59"), utc("2026-03-03 00:01")) == 120


def test_empty_and_reversed_spans_are_zero() -> None:
    clock = ServiceClock("UTC", ALL_DAY)
    noon = utc("2026-03-02 12:00")
    assert clock.elapsed_seconds(noon, noon) == 0
    assert clock.elapsed_seconds(noon, noon - MS) == 0
    assert clock.elapsed_seconds(noon, noon + MS) == 0.001


def test_block_starts_at_its_start_and_ends_before_its_end() -> None:
    clock = ServiceClock("UTC", SHOP_HOURS)
    assert not clock.is_open(utc("2026-03-02 08:00") - MS)
    assert clock.is_open(utc("2026-03-02 08:00"))
    assert clock.is_open(utc("2026-03-02 23:00") - MS)
    assert not clock.is_open(utc("2026-03-02 23:00"))


def test_parts_of_a_millisecond_are_floored() -> None:
    clock = ServiceClock("UTC", SHOP_HOURS)
    assert not clock.is_open(utc("2026-03-02 08:00") - timedelta(microseconds=1))
    assert clock.elapsed_seconds(utc("2026-03-02 09:00:00.000999"), utc("2026-03-02 09:00:00.001")) == 0.001


def test_lunch_break_does_not_count() -> None:
    clock = ServiceClock("UTC", {0: [("09:00", "12:00"), ("13:00", "18:00")]})
    assert clock.elapsed_seconds(utc("2026-03-02 00:00"), utc("2026-03-03 00:00")) == 8 * HOUR


def test_overlapping_blocks_of_a_day_count_once() -> None:
    clock = ServiceClock("UTC", {0: [("09:00", "13:00"), ("12:00", "18:00"), ("10:00", "11:00")]})
    monday = utc("2026-03-02 00:00")
    assert clock.open_spans(monday, monday + timedelta(days=1)) == [(utc("2026-03-02 09:00"), utc("2026-03-02 18:00"))]


@pytest.mark.parametrize(
    ("end", "hours"),
    [("24:00", 2), ("00:00", 2), ("06:00", 8), ("21:59", 24 - 1 / 60), ("22:00", 24), ("22:01", 1 / 60)],
)
def test_block_that_ends_at_or_before_its_start_runs_past_midnight(end: str, hours: float) -> None:
    clock = ServiceClock("UTC", {0: [("22:00", end)]})
    assert clock.elapsed_seconds(utc("2026-03-02 00:00"), utc("2026-03-05 00:00")) == hours * HOUR


def test_night_block_belongs_to_the_date_on_which_it_starts() -> None:
    tuesday = date(2026, 3, 3)
    clock = ServiceClock("UTC", {0: [("22:00", "06:00")], 1: [("10:00", "11:00")]}, {tuesday: []})
    # Tuesday is a holiday, yet Monday's night still runs into it.
    assert clock.open_spans(utc("2026-03-02 00:00"), utc("2026-03-04 00:00")) == [
        (utc("2026-03-02 22:00"), utc("2026-03-03 06:00"))
    ]


def test_night_block_that_meets_the_next_day_counts_once() -> None:
    clock = ServiceClock("UTC", {0: [("22:00", "06:00")], 1: [("05:00", "10:00")]})
    assert clock.elapsed_seconds(utc("2026-03-02 00:00"), utc("2026-03-04 00:00")) == 12 * HOUR


def test_shorter_day_replaces_its_weekday() -> None:
    clock = ServiceClock("UTC", SHOP_HOURS, {date(2026, 3, 2): [("10:00", "12:00")]})
    assert clock.elapsed_seconds(utc("2026-03-02 00:00"), utc("2026-03-03 00:00")) == 2 * HOUR
    assert clock.elapsed_seconds(utc("2026-03-03 00:00"), utc("2026-03-04 00:00")) == 15 * HOUR


def test_override_opens_a_closed_weekday() -> None:
    clock = ServiceClock("UTC", {}, {date(2026, 3, 2): [("10:00", "12:00")]})
    assert clock.due_at(utc("2026-01-01 00:00"), HOUR) == utc("2026-03-02 11:00")
    assert clock.due_at(utc("2026-01-01 00:00"), 2 * HOUR) == utc("2026-03-02 12:00")
    assert clock.due_at(utc("2026-01-01 00:00"), 2 * HOUR + 0.001) is None


def test_overlapping_outages_count_once() -> None:
    clock = ServiceClock(
        "UTC",
        SHOP_HOURS,
        {},
        [
            (utc("2026-03-02 12:00"), utc("2026-03-02 14:00")),
            (utc("2026-03-02 10:00"), utc("2026-03-02 13:00")),
            (utc("2026-03-02 22:00"), utc("2026-03-03 09:00")),
        ],
    )
    # 15 h - 10:00 to 14:00 - 22:00 to 23:00
    assert clock.elapsed_seconds(utc("2026-03-02 00:00"), utc("2026-03-03 00:00")) == 10 * HOUR
    assert clock.is_open(utc("2026-03-02 10:00") - MS)
    assert not clock.is_open(utc("2026-03-02 10:00"))
    assert not clock.is_open(utc("2026-03-02 14:00") - MS)
    assert clock.is_open(utc("2026-03-02 14:00"))


def test_outage_does_not_change_the_hours() -> None:
    clock = ServiceClock("UTC", SHOP_HOURS, {}, [(utc("2026-03-02 07:00"), utc("2026-03-02 09:00"))])
    assert clock.is_in_hours(utc("2026-03-02 08:00"))
    assert not clock.is_open(utc("2026-03-02 08:00"))
    assert not clock.is_in_hours(utc("2026-03-02 08:00") - MS)


def test_outage_without_an_end_lasts() -> None:
    clock = ServiceClock("UTC", ALL_DAY, {}, [(utc("2026-03-02 12:00"), None)])
    assert clock.due_at(utc("2026-03-02 11:00"), HOUR) == utc("2026-03-02 12:00")
    assert clock.due_at(utc("2026-03-02 11:00"), HOUR + 0.001) is None
    assert not clock.is_open(utc("2096-03-02 12:00"))


def test_outage_clipped_to_nothing_is_none() -> None:
    noon = utc("2026-03-02 12:00")
    clock = ServiceClock("UTC", ALL_DAY, {}, [(noon, noon), (noon, noon - timedelta(hours=1))])
    assert clock.is_open(noon)
    assert clock.elapsed_seconds(noon - timedelta(hours=2), noon) == 2 * HOUR


def test_due_date_is_the_first_instant_and_skips_the_night() -> None:
    clock = ServiceClock("UTC", SHOP_HOURS)
    start = utc("2026-03-02 22:59")
    assert clock.due_at(start, 60) == utc("2026-03-02 23:00")  # used up at closing time
    assert clock.due_at(start, 60.001) == utc("2026-03-03 08:00") + MS
    assert clock.due_at(start, 180) == utc("2026-03-03 08:02")


def test_nothing_to_wait_for_is_due_at_once_even_at_night() -> None:
    start = datetime(2026, 3, 2, 3, 0, 0, 123456, tzinfo=BERLIN)
    assert ServiceClock("UTC", SHOP_HOURS).due_at(start, 0) == start
    assert ServiceClock("UTC", {}).due_at(start, 0) == start


def test_calendar_that_never_opens_has_no_due_date() -> None:
    start = utc("2026-03-02 00:00")
    assert ServiceClock("UTC", {}).due_at(start, 1) is None
    assert ServiceClock("UTC", {0: []}, {date(2026, 3, 1): [("10:00", "11:00")]}).due_at(start, 1) is None
    assert ServiceClock("UTC", {}, {date(2026, 3, 9): []}).due_at(start, 1) is None
    assert ServiceClock("UTC", ALL_DAY).due_at(start, 10_000 * 365 * 86400) is None  # after the year 9999


def test_float_noise_does_not_move_a_due_date() -> None:
    clock = ServiceClock("UTC", ALL_DAY)
    start = utc("2026-03-02 00:00")
    assert clock.due_at(start, 0.1 + 0.2) == start + 300 * MS
    assert clock.due_at(start, 0.0001) == start + MS


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("inf")])
def test_impossible_waits_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot be waited for"):
        ServiceClock("UTC", ALL_DAY).due_at(utc("2026-03-02 00:00"), seconds)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 10, 24), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself is skipped
        ("America/Havana", date(2025, 11, 2), 25),  # midnight comes twice
        ("America/St_Johns", date(2010, 11, 7), 24 + 59 / 60 + 1 / 60),  # set back at 00:01
        ("Pacific/Apia", date(2011, 12, 30), 0),  # the whole day is skipped
    ],
)
def test_absolute_time_counts_when_the_clock_changes(zone: str, day: date, hours: float) -> None:
    clock = ServiceClock(zone, {}, {day: [("00:00", "24:00")]})
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert clock.elapsed_seconds(noon - timedelta(days=3), noon + timedelta(days=3)) == round(hours * HOUR)


@pytest.mark.parametrize(
    ("block", "hours"),
    [
        (("02:00", "03:00"), 2),  # from the first 02:00 over the repeated hour
        (("02:30", "04:00"), 2.5),  # starts at the first 02:30
        (("01:00", "02:30"), 2.5),  # ends at the second 02:30
        (("02:15", "02:45"), 1.5),  # the first 02:15 to the second 02:45
    ],
)
def test_ambiguous_time_starts_at_the_first_and_ends_at_the_second(block: tuple[str, str], hours: float) -> None:
    clock = ServiceClock("Europe/Berlin", {6: [block]})
    assert clock.elapsed_seconds(berlin("2026-10-25 00:00"), berlin("2026-10-26 00:00")) == hours * HOUR


@pytest.mark.parametrize(
    ("block", "opens", "hours"),
    [
        (("02:30", "05:00"), "2026-03-29 03:30", 1.5),  # 02:30 does not exist: an hour later
        (("01:00", "02:30"), "2026-03-29 01:00", 1.5),  # 01:00 to 02:00, 03:00 to 03:30
        (("02:00", "03:00"), None, 0),
        (("02:15", "02:45"), "2026-03-29 03:15", 0.5),
        (("02:30", "03:15"), None, 0),  # 03:30 is after 03:15
    ],
)
def test_skipped_time_moves_forward(block: tuple[str, str], opens: str | None, hours: float) -> None:
    clock = ServiceClock("Europe/Berlin", {6: [block]})
    start, end = berlin("2026-03-29 00:00"), berlin("2026-03-30 00:00")
    assert clock.elapsed_seconds(start, end) == hours * HOUR
    assert [span[0] for span in clock.open_spans(start, end)] == ([berlin(opens)] if opens else [])


def test_ambiguous_instants_of_the_caller_keep_their_fold() -> None:
    clock = ServiceClock("Europe/Berlin", ALL_DAY)
    first = berlin("2026-10-25 02:30")
    assert clock.elapsed_seconds(first, first.replace(fold=1)) == HOUR


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../etc/passwd"])
def test_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match=r'Time zone ".*" is unknown; use an IANA name'):
        ServiceClock(zone, ALL_DAY)


@pytest.mark.parametrize(
    "block",
    [("25:00", "26:00"), ("08:00", "24:01"), ("24:00", "08:00"), ("8:00", "9:00"), ("08:60", "09:00"), ("", "")],
)
def test_bad_block_is_refused_with_its_day(block: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"on tue is not a time of day; use HH:MM"):
        ServiceClock("UTC", {1: [block]})
    with pytest.raises(ValueError, match=r"on 2026-03-02 is not a time of day; use HH:MM"):
        ServiceClock("UTC", {}, {date(2026, 3, 2): [block]})


def test_unknown_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="Weekday 7 does not exist"):
        ServiceClock("UTC", {7: [("08:00", "09:00")]})


def test_override_of_an_instant_is_refused() -> None:
    with pytest.raises(TypeError, match="is not a date"):
        ServiceClock("UTC", {}, {utc("2026-03-02 00:00"): []})


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001 - what is refused
    clock = ServiceClock("UTC", ALL_DAY)
    with pytest.raises(ValueError, match="give it a time zone"):
        clock.is_open(naive)
    with pytest.raises(ValueError, match="give it a time zone"):
        clock.elapsed_seconds(utc("2026-03-02 00:00"), naive)
    with pytest.raises(ValueError, match="give it a time zone"):
        ServiceClock("UTC", ALL_DAY, {}, [(naive, None)])


def test_segments_say_what_the_sql_needs() -> None:
    outage = (utc("2026-03-02 13:00"), utc("2026-03-02 14:00"))
    clock = ServiceClock("Asia/Shanghai", SHOP_HOURS, {}, [outage])  # open 00:00 to 15:00 UTC, midnight at 16:00 UTC
    day = to_ms(utc("2026-03-02 00:00"))
    hour = 3_600_000
    bucket = day // DAY_MS
    assert clock.segments(utc("2026-03-02 10:00"), utc("2026-03-03 00:00:01")) == [
        (bucket, day + 10 * hour, day + 13 * hour, 0, True, True, "2026-03-02"),
        (bucket, day + 13 * hour, day + 14 * hour, 3 * hour, False, True, "2026-03-02"),
        (bucket, day + 14 * hour, day + 15 * hour, 3 * hour, True, True, "2026-03-02"),
        (bucket, day + 15 * hour, day + 16 * hour, 4 * hour, False, False, "2026-03-02"),
        (bucket, day + 16 * hour, day + 24 * hour, 4 * hour, False, False, "2026-03-03"),
        (bucket + 1, day + 24 * hour, day + 24 * hour + 1_000, 4 * hour, True, True, "2026-03-03"),
    ]


@pytest.mark.parametrize(
    "zone", ["America/St_Johns", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]
)
def test_segments_never_span_two_local_dates(zone: str) -> None:
    clock = ServiceClock(zone, {})
    start, end = utc("2010-10-01 00:00"), utc("2012-01-05 00:00")
    for segment in clock.segments(start, end):
        last = segment.ends_ms - 1
        assert clock.local_date_ms(last).isoformat() == segment.local_date
        assert last // DAY_MS == segment.bucket


def test_segments_of_nothing_are_none() -> None:
    noon = utc("2026-03-02 12:00")
    assert ServiceClock("UTC", ALL_DAY).segments(noon, noon) == []


def test_years_are_quick() -> None:
    start = utc("2026-01-01 00:00")
    outages = [(start + timedelta(days=3 * n), start + timedelta(days=3 * n, hours=5)) for n in range(365)]
    clock = ServiceClock("Europe/Berlin", SHOP_HOURS, {}, outages)
    begun = perf_counter()
    segments = clock.segments(start, start + timedelta(days=1095))
    due = clock.due_at(start, 365 * 86400)
    assert perf_counter() - begun < 2  # 0.1 s on the slowest machine tried
    assert due is not None
    assert sum(s.ends_ms - s.starts_ms for s in segments) == 1095 * DAY_MS
    assert clock.elapsed_seconds(start, due) == 365 * 86400
    begun = perf_counter()
    for _ in range(1000):
        clock.elapsed_seconds(start, due)
    assert perf_counter() - begun < 1  # from memory: not a step for each day


def test_milliseconds_go_there_and_back() -> None:
    assert to_ms(utc("1970-01-02 00:00")) == DAY_MS
    assert from_ms(-1) == utc("1970-01-01 00:00") - MS
    assert to_ms(from_ms(-1)) == -1
