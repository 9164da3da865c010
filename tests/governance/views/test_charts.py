"""The data of charts and the tables beside them."""

from __future__ import annotations

from datetime import date

from governance.policy.reading import load_preset
from governance.views.charts import grades_chart, history_chart, rates_chart, waits_chart
from shops.models import ShopDay

DOCUMENT = load_preset("default")


def test_the_history_marks_the_days_on_which_the_grade_changed() -> None:
    chart = history_chart(
        [(date(2026, 5, 1), 90.0, "A"), (date(2026, 5, 2), None, "A"), (date(2026, 5, 3), 70.0, "B")], DOCUMENT
    )

    assert chart.data["changes"] == [False, False, True]
    assert chart.data["points"] == [90.0, None, 70.0]
    assert chart.rows[0] == ["2026-05-03", "70.00", "B (ordinary)"]


def test_a_day_without_turns_is_a_gap_and_not_zero() -> None:
    chart = rates_chart([ShopDay(on=date(2026, 5, 1), settled=0), ShopDay(on=date(2026, 5, 2), settled=4, on_time=3)])

    assert chart.data["on_time"] == [None, 0.75]
    assert chart.rows == [["2026-05-02", "4", "75.0%", "0.0%"], ["2026-05-01", "0", "–", "–"]]


def test_waits_are_coloured_by_the_target_which_itself_is_on_time() -> None:
    chart = waits_chart([(60, 6), (180, 2), (600, 1), (None, 1)], 180)

    assert chart.data["tones"] == ["good", "good", "warn", "bad"]
    assert chart.rows == [
        ["≤ 1 min", "6", "60.0%"],
        ["≤ 3 min", "2", "20.0%"],
        ["≤ 10 min", "1", "10.0%"],
        ["unanswered", "1", "10.0%"],
    ]


def test_bars_beyond_the_longest_wait_are_left_out_but_never_the_target() -> None:
    bars: list[tuple[int | None, int]] = [(60, 2), (180, 0), (600, 0), (3600, 0), (None, 0)]

    assert waits_chart(bars, 180).data["turns"] == [2, 0, 0]  # up to 180 s, and the unanswered


def test_without_a_single_turn_there_is_nothing_to_draw() -> None:
    assert waits_chart([(60, 0), (None, 0)], 180).is_empty
    assert waits_chart([], 180).is_empty
    assert rates_chart([]).is_empty


def test_grades_are_in_the_ladders_order_with_provisional_and_unknown_ones_last() -> None:
    chart = grades_chart({"B": 3, "provisional": 2, "Gold": 1}, DOCUMENT, {"B": "/b"})

    assert chart.data["grades"] == ["S", "A", "B", "C", "D", "Not graded yet", "Gold"]
    assert chart.data["shops"] == [0, 0, 3, 0, 0, 2, 1]
    assert chart.linked_rows[2] == (["B", "3"], "/b")
