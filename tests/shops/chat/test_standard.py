"""The clock section of a policy."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shops.chat.standard import ClockStandard, hours_per_week, read_clock_standard
from shops.chat.text import EMOJI_KEY


def test_times_are_also_told_in_milliseconds() -> None:
    standard = ClockStandard(
        answer_window_hours=24,
        target_seconds=180,
        cap_seconds=600,
        ignore_replies_under_seconds=1.5,
        off_hours_answer_seconds=900,
        resolution_hours=72,
        future_tolerance_minutes=10,
    )

    assert standard.answer_window_ms == 86_400_000
    assert standard.target_ms == 180_000
    assert standard.cap_ms == 600_000
    assert standard.ignore_replies_under_ms == 1_500
    assert standard.off_hours_answer_ms == 900_000
    assert standard.resolution_ms == 259_200_000
    assert standard.future_tolerance_ms == 600_000


def test_word_lists_are_kept_as_the_keys_that_messages_are_compared_by() -> None:
    standard = ClockStandard(courtesies=("谢谢！", "OK.", "ｏｋ", " Thanks ~ ", "👍"), holding_phrases=("请稍等。",))

    assert standard.courtesies == tuple(sorted(("谢谢", "ok", "thanks", EMOJI_KEY)))
    assert standard.holding_phrases == ("请稍等",)


@pytest.mark.parametrize("text", ["  ", "。", "!~"])
def test_a_word_that_is_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="nothing but white space or punctuation"):
        ClockStandard(courtesies=(text,))


def test_default_hours_come_as_weekly_blocks() -> None:
    weekly = ClockStandard(default_hours="mon-fri 09:00-18:00").default_weekly

    assert weekly[0] == [("09:00", "18:00")]
    assert 5 not in weekly


@pytest.mark.parametrize("hours", ["", "8 to 23", "mon-sun 25:00-26:00"])
def test_hours_that_cannot_be_read_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError, match="default_hours"):
        ClockStandard(default_hours=hours)


@pytest.mark.parametrize("name", ["Mars/Phobos", "", "../etc/passwd", "Asia"])
def test_a_time_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="is not a known time zone"):
        ClockStandard(default_timezone=name)


@pytest.mark.parametrize(("cap", "is_sound"), [(179, False), (180, True), (86_400, True), (86_401, False)])
def test_the_cap_lies_between_the_target_and_the_answer_window(cap: int, is_sound: bool) -> None:
    if is_sound:
        assert ClockStandard(target_seconds=180, cap_seconds=cap, answer_window_hours=24).cap_seconds == cap
    else:
        with pytest.raises(ValidationError, match=f"The cap of {cap} s"):
            ClockStandard(target_seconds=180, cap_seconds=cap, answer_window_hours=24)


@pytest.mark.parametrize(
    ("hours", "per_week"),
    [
        ("mon-sun 08:00-23:00", 105),  # 7 x 15
        ("mon-sun 00:00-24:00", 168),
        ("mon-fri 09:00-12:00,13:00-18:00", 40),  # 5 x (3 + 5)
        ("mon 20:00-04:00", 8),  # past midnight
        ("sun 20:00-04:00; mon 00:00-06:00", 10),  # Monday's first four hours count once
    ],
)
def test_hours_per_week_count_overlaps_once(hours: str, per_week: float) -> None:
    assert hours_per_week(ClockStandard(default_hours=hours).default_weekly) == per_week


@pytest.mark.parametrize(("minimum", "is_sound"), [(105, True), (106, False)])
def test_the_default_hours_reach_the_minimum(minimum: int, is_sound: bool) -> None:
    if is_sound:
        assert ClockStandard(minimum_hours_per_week=minimum).minimum_hours_per_week == minimum
    else:
        with pytest.raises(ValidationError, match="105 a week, fewer than the minimum of 106"):
            ClockStandard(minimum_hours_per_week=minimum)


def test_a_stored_section_reads_back_as_it_was() -> None:
    standard = ClockStandard(courtesies=("谢谢",), default_timezone="Asia/Shanghai")

    assert read_clock_standard(standard.model_dump(mode="json")) == standard


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="target"):
        read_clock_standard({"target": 180})
