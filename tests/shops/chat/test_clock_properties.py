"""Properties of the service clock, and its agreement with an oracle that looks at every minute by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shops.chat.clock import DAY_MS, ServiceClock, from_ms, to_ms

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")
# Around these days the clocks of the zones change; the last is an ordinary week.
DAYS = tuple(
    date.fromisoformat(day)
    for day in ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-10-04", "2026-04-05", "2026-06-17")
)
MINUTE = timedelta(minutes=1)

Blocks = list[tuple[str, str]]
Parts = tuple[str, dict[int, Blocks], dict[date, Blocks], list[tuple[datetime, datetime]]]
Calendar = tuple[ServiceClock, date, Parts]

times = st.one_of(
    st.sampled_from([0, 60, 90, 119, 120, 150, 179, 180, 240, 1320, 1439]), st.integers(min_value=0, max_value=1439)
).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
blocks = st.lists(st.tuples(times, times | st.just("24:00")), max_size=3)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A clock, the day near which it is interesting, and the parts it was made of."""
    day = draw(st.sampled_from(DAYS))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    zone = draw(st.sampled_from(ZONES))
    weekly = draw(st.dictionaries(st.integers(0, 6), blocks, max_size=7))
    offsets = st.integers(-3, 3)
    near = draw(st.dictionaries(offsets, blocks, max_size=3))
    overrides = {day + timedelta(days=offset): found for offset, found in near.items()}
    minutes = st.integers(-3 * 1440, 3 * 1440)
    pairs = draw(st.lists(st.tuples(minutes, st.integers(0, 2000)), max_size=3))
    stoppages = [(midnight + MINUTE * at, midnight + MINUTE * (at + length)) for at, length in pairs]
    return ServiceClock(zone, weekly, overrides, stoppages), day, (zone, weekly, overrides, stoppages)


def instants_near(day: date) -> st.SearchStrategy[datetime]:
    midnight = to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
    minutes = st.integers(-3 * 1440, 3 * 1440).map(lambda minute: from_ms(midnight + minute * 60_000))
    return minutes | st.integers(-3 * DAY_MS, 3 * DAY_MS).map(lambda ms: from_ms(midnight + ms))


def exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def edge(day: date, time: str, zone: ZoneInfo, *, fold: int) -> datetime:
    """The instant of a local time: the one asked for of an ambiguous one, a skipped one moved on by the gap."""
    moved = datetime(day.year, day.month, day.day, tzinfo=zone)
    if time == "24:00":
        moved += timedelta(days=1)
    else:
        moved = moved.replace(hour=int(time[:2]), minute=int(time[3:]))
    if exists(moved):
        return moved.replace(fold=fold).astimezone(UTC)
    before, after = moved.replace(fold=0).utcoffset(), moved.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    return (moved + (after - before)).astimezone(UTC)


def in_hours_by_oracle(instant: datetime, parts: Parts) -> bool:
    """True if a block of one of the local dates around includes the instant."""
    name, weekly, overrides, _ = parts
    zone = ZoneInfo(name)
    today = instant.astimezone(zone).date()
    for day in (today - timedelta(days=2), today - timedelta(days=1), today, today + timedelta(days=1)):
        for start, end in overrides.get(day, weekly.get(day.weekday(), [])):
            end_day = day if end > start else day + timedelta(days=1)
            if edge(day, start, zone, fold=0) <= instant < edge(end_day, end, zone, fold=1):
                return True
    return False


@given(calendars(), st.data())
@settings(max_examples=60, deadline=None)
def test_clock_agrees_with_looking_at_every_minute(calendar: Calendar, data: st.DataObject) -> None:
    clock, day, parts = calendar
    minute = data.draw(instants_near(day)).replace(second=0, microsecond=0)
    counted = 0
    start = minute
    for _ in range(240):
        in_hours = in_hours_by_oracle(minute, parts)
        is_open = in_hours and not any(begins <= minute < ends for begins, ends in parts[3])
        assert clock.is_in_hours(minute) == in_hours
        assert clock.is_open(minute) == is_open
        counted += 60 * is_open
        minute += MINUTE
    assert clock.elapsed_seconds(start, minute) == counted


@given(calendars(), st.data())
@settings(deadline=None)
def test_elapsed_time_adds_up(calendar: Calendar, data: st.DataObject) -> None:
    clock, day, _ = calendar
    first, second, third = sorted(to_ms(data.draw(instants_near(day))) for _ in range(3))
    assert clock.elapsed_ms(first, third) == clock.elapsed_ms(first, second) + clock.elapsed_ms(second, third)
    assert 0 <= clock.elapsed_ms(first, second) <= second - first


@given(calendars(), st.data(), st.integers(1, 3 * DAY_MS) | st.integers(1, 40).map(lambda n: n * 60_000))
@settings(deadline=None)
def test_due_date_is_the_first_instant_with_the_time_elapsed(
    calendar: Calendar, data: st.DataObject, wanted: int
) -> None:
    clock, day, _ = calendar
    start = data.draw(instants_near(day))
    due = clock.due_at(start, wanted / 1000)
    if due is None:  # Only what opens on overrides alone can run dry.
        assert clock.elapsed_ms(to_ms(start), to_ms(start) + 3650 * DAY_MS) < wanted
    else:
        assert clock.elapsed_ms(to_ms(start), to_ms(due)) == wanted
        assert clock.elapsed_ms(to_ms(start), to_ms(due) - 1) == wanted - 1


@given(calendars(), st.data())
@settings(deadline=None)
def test_open_spans_are_the_open_instants(calendar: Calendar, data: st.DataObject) -> None:
    clock, day, _ = calendar
    start, end = sorted(data.draw(instants_near(day)) for _ in range(2))
    spans = clock.open_spans(start, end)
    elapsed_ms = sum(to_ms(ends) - to_ms(begins) for begins, ends in spans)
    assert elapsed_ms == round(clock.elapsed_seconds(start, end) * 1000)
    for (_, ends), (begins, _) in pairwise(spans):
        assert ends < begins
    for begins, ends in spans:
        assert start <= begins < ends <= end
        assert clock.is_open(begins)
        assert begins == start or not clock.is_open(from_ms(to_ms(begins) - 1))
        assert ends == end or not clock.is_open(ends)


@given(calendars(), st.data())
@settings(deadline=None)
def test_segments_agree_with_the_clock(calendar: Calendar, data: st.DataObject) -> None:
    clock, day, _ = calendar
    start, end = sorted(data.draw(instants_near(day)) for _ in range(2))
    segments = clock.segments(start, end)
    at_ms = to_ms(start)
    for segment in segments:
        assert segment.starts_ms == at_ms < segment.ends_ms
        assert segment.counted_before_ms == clock.elapsed_ms(to_ms(start), at_ms)
        for inside_ms in (at_ms, (at_ms + segment.ends_ms) // 2, segment.ends_ms - 1):
            assert segment.is_running == clock.is_open_ms(inside_ms)
            assert segment.in_hours == clock.is_in_hours_ms(inside_ms)
            assert segment.local_date == clock.local_date_ms(inside_ms).isoformat()
            assert segment.bucket == inside_ms // DAY_MS
        at_ms = segment.ends_ms
    assert at_ms == to_ms(end)
