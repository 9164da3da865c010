"""Figures in words."""

from __future__ import annotations

import pytest

from shops.views.figures import count_in_words, points_in_words, rate_in_words, seconds_in_words, share_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (42.5, "42.5 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h"),
        (3_660, "1 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
    ],
)
def test_seconds_are_told_in_their_two_largest_units(seconds: float | None, words: str) -> None:
    assert seconds_in_words(seconds) == words


def test_what_could_not_be_measured_is_a_dash_and_not_zero() -> None:
    assert rate_in_words(None) == share_in_words(0, 0) == points_in_words(None) == "–"
    assert rate_in_words(0) == share_in_words(0, 3) == "0.0%"


def test_rates_have_one_decimal_and_counts_their_thousands() -> None:
    assert share_in_words(2, 3) == "66.7%"
    assert count_in_words(1_234_567) == "1,234,567"
