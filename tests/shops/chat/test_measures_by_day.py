"""Each turn is judged by the targets of its own local date, and a shop by its own dates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shops.chat.engine import Connection, connect
from shops.chat.measures import SHOP, OtherWindows
from tests.builders import ANN, BOOKS, MONDAY, TEA, asks, at, message, on, turn, turns
from tests.shops.chat.measuring import HOUR_MS, escalation, measure, stars

TWO_DAYS = [(on(1), on(0)), (on(1), on(1))]


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with connect(threads=1) as connection:
        yield connection


def test_a_window_over_a_peak_judges_each_turn_by_its_own_day(con) -> None:
    log = turns(0, [200, 100]) + turns(1, [200, 100])
    rows = measure(con, log, windows=TWO_DAYS, peaks={on(1): {"target_ms": 300_000}})

    # The Monday's target is 180 s: 1 of 2. The Tuesday's is 300 s: 2 of 2.
    assert rows[on(1).isoformat(), TEA, SHOP]["on_time"] == 3
    assert rows[on(1).isoformat(), TEA, ANN]["on_time"] == 3


@pytest.mark.parametrize(("wait", "on_time"), [(300, 1), (300.001, 0)])
def test_a_wait_equal_to_the_peaks_target_is_on_time(con, wait, on_time) -> None:
    rows = measure(
        con, turns(1, [wait]), windows=[(on(1), on(1))], peaks={on(1): {"target_ms": 300_000, "cap_ms": 900_000}}
    )

    assert rows[on(1).isoformat(), TEA, SHOP]["on_time"] == on_time


def test_an_unanswered_turn_costs_the_cap_of_its_own_day(con) -> None:
    rows = measure(con, turns(0, [None]) + turns(1, [None]), windows=TWO_DAYS, peaks={on(1): {"cap_ms": 900_000}})

    assert rows[on(1).isoformat(), TEA, SHOP]["priced_response_mean"] == 750.0  # (600 + 900) / 2


def test_off_hours_turns_have_the_time_of_their_own_day(con) -> None:
    log = [*turn(at("20:00", 0), 13 * 3600 + 700, "a"), *turn(at("20:00", 1), 13 * 3600 + 700, "b")]
    rows = measure(con, log, windows=TWO_DAYS, peaks={on(0): {"off_hours_ms": 900_000}})

    row = rows[on(1).isoformat(), TEA, SHOP]  # Both waited 700 s after the opening at 09:00.
    assert (row["off_hours_settled"], row["off_hours_on_time"]) == (2, 1)


def test_a_bots_answer_counts_as_none_only_on_the_days_whose_policy_says_so(con) -> None:
    log = [
        row
        for day in (0, 1)
        for row in (asks(at("10:00", day), f"b{day}"), message("bot", at("10:01", day), buyer=f"b{day}"))
    ]
    row = measure(con, log, windows=TWO_DAYS, peaks={on(1): {"bot_is_unanswered": True}})[on(1).isoformat(), TEA, SHOP]

    assert (row["bot_served"], row["unanswered"]) == (1, 1)


def test_a_contact_is_followed_for_as_long_as_its_own_day_says(con) -> None:
    log = turns(0, [30]) + turns(1, [30])
    cases = [escalation("case", at("12:00", 3), f"buyer-{day}-10-0") for day in (0, 1)]
    rows = measure(con, log, escalations=cases, windows=TWO_DAYS, peaks={on(0): {"resolution_ms": 24 * HOUR_MS}})

    assert (
        rows[on(1).isoformat(), TEA, SHOP]["contacts_escalated"] == 1
    )  # 50 h after the Tuesday's, 74 h after the Monday's


def test_a_shop_with_dates_of_its_own_is_measured_on_them_alone(con) -> None:
    log = [row for shop in (TEA, BOOKS) for day in (0, 1) for row in turns(day, [30], shop=shop)]
    given = [stars(5, at("11:00", day), f"buyer-{day}-10-0", ANN, shop) for shop in (TEA, BOOKS) for day in (0, 1)]
    rows = measure(con, log, feedback=given, windows=TWO_DAYS, others=OtherWindows({BOOKS: 1}, [(1, on(1), MONDAY)]))

    for agent in (SHOP, ANN):
        for shop, expected in ((TEA, 2), (BOOKS, 1)):
            row = rows[on(1).isoformat(), shop, agent]
            assert (row["turns"], row["contacts"], row["stars_count"]) == (expected, expected, expected)


def test_a_shop_without_any_dates_has_no_measures(con) -> None:
    log = turns(0, [30]) + turns(0, [30], shop=BOOKS)
    rows = measure(con, log, others=OtherWindows({BOOKS: 1}))

    assert {shop for _on, shop, _agent in rows} == {TEA}
