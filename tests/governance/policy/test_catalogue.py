"""The measures: how each reads from a row of stored columns."""

from __future__ import annotations

import pytest

from governance.policy.catalogue import MEASURES, columns_of
from shops.models.measures import MEASURE_COLUMNS

ROW = {
    "settled": 100,
    "answered": 90,
    "on_time": 80,
    "effective_on_time": 70,
    "brushed_off": 9,
    "off_hours_settled": 20,
    "off_hours_on_time": 15,
    "contacts_settled": 50,
    "contacts_resolved": 40,
    "contacts_escalated": 2,
    "stars_count": 10,
    "stars_low": 3,
    "unanswered_buyers": 8,
    "late_buyers": 17,
    "ineffective_buyers": 25,
    "brushed_off_buyers": 7,
    "off_hours_late_buyers": 4,
    "unresolved_buyers": 6,
    "low_star_buyers": 2,
    "priced_response_mean": 150.5,
    "effective_priced_mean": 180.0,
    "response_mean": 90.0,
    "response_p50": 60.0,
    "response_p90": 300.0,
    "first_response_mean": 95.0,
    "first_response_p50": 65.0,
    "first_response_p90": 305.0,
    "effective_mean": 100.0,
    "effective_p50": 70.0,
    "effective_p90": 310.0,
}
"""A row that knows only the columns of the measures."""


@pytest.mark.parametrize(
    ("name", "value", "numerator", "denominator", "affected"),
    [
        ("answer_rate", 0.9, 90, 100, 8),
        ("on_time_rate", 0.8, 80, 100, 17),
        ("effective_on_time_rate", 0.7, 70, 100, 25),
        ("brush_off_rate", 0.1, 9, 90, 7),  # of the answered turns
        ("off_hours_answer_rate", 0.75, 15, 20, 4),
        ("resolved_rate", 0.8, 40, 50, 6),
        ("satisfied_rate", 0.7, 7, 10, 2),  # 10 - 3 low ones
        ("escalation_rate", 0.04, 2, 50, 0),
    ],
)
def test_a_rate_reads_its_cases_and_its_affected_buyers(
    name: str, value: float, numerator: int, denominator: int, affected: int
) -> None:
    assert MEASURES[name].sample(ROW) == (value, numerator, denominator, affected)


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("priced_response_seconds", 150.5, 100),
        ("effective_priced_response_seconds", 180.0, 100),
        ("response_seconds_mean", 90.0, 90),
        ("response_seconds_p50", 60.0, 90),
        ("response_seconds_p90", 300.0, 90),
        ("first_response_seconds_mean", 95.0, None),
        ("first_response_seconds_p50", 65.0, None),
        ("first_response_seconds_p90", 305.0, None),
        ("effective_response_seconds_mean", 100.0, None),
        ("effective_response_seconds_p50", 70.0, None),
        ("effective_response_seconds_p90", 310.0, None),
    ],
)
def test_a_time_reads_its_value_and_where_stored_its_count(name: str, value: float, count: int | None) -> None:
    assert MEASURES[name].sample(ROW) == (value, None, count, 0)


def test_every_rate_without_a_case_is_not_measurable() -> None:
    nothing = dict.fromkeys(ROW, 0)
    rates = [measure for measure in MEASURES.values() if measure.is_rate]

    assert len(rates) == 8
    assert {measure.sample(nothing).value for measure in rates} == {None}


def test_only_brush_offs_escalations_and_times_are_better_when_lower() -> None:
    lower = {name for name, measure in MEASURES.items() if not measure.higher_is_better and measure.is_rate}

    assert lower == {"brush_off_rate", "escalation_rate"}
    assert not any(measure.higher_is_better for measure in MEASURES.values() if not measure.is_rate)


def test_the_columns_of_several_measures_are_told_once() -> None:
    assert columns_of([MEASURES["answer_rate"], MEASURES["on_time_rate"]]) == (
        "answered",
        "late_buyers",
        "on_time",
        "settled",
        "unanswered_buyers",
    )


def test_the_measures_table_has_every_column_that_a_measure_reads() -> None:
    assert set(columns_of(MEASURES.values())) <= set(MEASURE_COLUMNS)
