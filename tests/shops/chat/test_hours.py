"""The text form of service hours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shops.chat.hours import format_hours, parse_hours

SHOP_HOURS = {day: [("08:00", "23:00")] for day in range(7)}
SPLIT = [("09:00", "12:00"), ("13:00", "18:00")]
SHORT = [("09:00", "10:00")]

times = st.times().map(lambda time: f"{time:%H:%M}")
blocks = st.lists(st.tuples(times, times | st.just("24:00")), min_size=1, max_size=3, unique=True)


@pytest.mark.parametrize(
    ("text", "weekly"),
    [
        ("mon-sun 08:00-23:00", SHOP_HOURS),
        ("08:00-23:00", SHOP_HOURS),
        (" MON-SUN  08:00 - 23:00 ; ", SHOP_HOURS),
        (
            "mon 09:00-12:00,13:00-18:00; sat 10:00-16:00",
            {0: SPLIT, 5: [("10:00", "16:00")]},
        ),
        ("mon 09:00-12:00; mon 13:00-18:00", {0: SPLIT}),
        ("sun-mon 22:00-06:00", {6: [("22:00", "06:00")], 0: [("22:00", "06:00")]}),
        ("tue, thu 00:00-24:00", {1: [("00:00", "24:00")], 3: [("00:00", "24:00")]}),
        ("sun closed", {6: []}),
        ("", None),
        ("  ", None),
        (" ; ", None),
    ],
)
def test_hours_are_read(text: str, weekly: dict[int, list[tuple[str, str]]] | None) -> None:
    assert parse_hours(text) == weekly


@pytest.mark.parametrize(
    "text",
    [
        "mon-fry 08:00-09:00",
        "08:00",
        "mon",
        "mon 8-9",
        "mon 08:00-25:00",
        "mon 24:00-08:00",
        "mon 08:00-09:00 10:00-11:00",
        "x",
    ],
)
def test_unreadable_hours_are_refused_with_the_item(text: str) -> None:
    with pytest.raises(ValueError, match=text) as refusal:
        parse_hours(f"sun 10:00-11:00; {text}")
    assert "write days and blocks such as" in str(refusal.value) or "use HH:MM" in str(refusal.value)


def test_hours_are_written_short() -> None:
    assert format_hours(SHOP_HOURS) == "mon-sun 08:00-23:00"
    assert format_hours({0: SPLIT, 1: SHORT, 2: SHORT}) == ("mon 09:00-12:00,13:00-18:00; tue-wed 09:00-10:00")
    assert format_hours({0: []}) == "mon-sun closed"
    assert parse_hours(format_hours({})) == {day: [] for day in range(7)}


@given(st.dictionaries(st.integers(0, 6), blocks, min_size=1))
def test_hours_are_read_as_they_were_written(weekly: dict[int, list[tuple[str, str]]]) -> None:
    assert parse_hours(format_hours(weekly)) == weekly
