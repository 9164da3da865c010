"""The measures of clock.md section 5, worked out by hand for logs of a few turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shops.chat.clock import ServiceClock
from shops.chat.engine import Connection, connect
from shops.chat.measures import SHOP
from shops.models.measures import MEASURE_COLUMNS
from tests.builders import ANN, BEA, BOOKS, MONDAY, TEA, answers, asks, at, message, on, turn
from tests.shops.chat.measuring import NINE_TO_SIX, daily, escalation, measure, measure_shop, stars

SECONDS = [name for name in MEASURE_COLUMNS if name.endswith(("_mean", "_p50", "_p90"))]
COUNTS = [name for name in MEASURE_COLUMNS if name not in SECONDS]


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with connect(threads=1) as connection:
        yield connection


def counts(**some: int) -> dict[str, int]:
    """All counts, those that are not named 0."""
    assert set(some) <= set(COUNTS)
    return dict.fromkeys(COUNTS, 0) | some


def of_waits(con: Connection, *waits: float | None) -> dict:
    """The shop's row after turns of different buyers with these waits."""
    log = [row for n, wait in enumerate(waits) for row in turn(at("10:00") + timedelta(minutes=n), wait, f"b{n}")]
    return measure_shop(con, log)


def test_a_shop_without_turns_has_no_row(con):
    assert measure(con, []) == {}


def test_of_one_answered_turn_every_mean_and_quantile_is_its_wait(con):
    row = measure_shop(con, turn(at("10:00"), 42.5))

    assert {name: row[name] for name in SECONDS} == dict.fromkeys(SECONDS, 42.5)
    assert {name: row[name] for name in COUNTS} == counts(
        turns=1,
        answered=1,
        settled=1,
        on_time=1,
        effective_on_time=1,
        contacts=1,
        contacts_settled=1,
        contacts_resolved=1,
    )


def test_of_one_unanswered_turn_no_response_time_is_measurable_but_the_price(con):
    row = measure_shop(con, turn(at("10:00"), None))

    priced = {"priced_response_mean": 600.0, "effective_priced_mean": 600.0}
    assert {name: row[name] for name in SECONDS} == dict.fromkeys(SECONDS) | priced
    assert {name: row[name] for name in COUNTS} == counts(
        turns=1, unanswered=1, settled=1, late_buyers=1, unanswered_buyers=1, ineffective_buyers=1,
        contacts=1, contacts_settled=1, unresolved_buyers=1,
    )  # fmt: skip


def test_of_two_turns_quantiles_lie_between_them(con):
    row = of_waits(con, 10, 30)

    assert row["response_mean"] == 20
    assert row["response_p50"] == 20  # 10 + 0.5 x (30 - 10)
    assert row["response_p90"] == 28  # 10 + 0.9 x (30 - 10)


def test_quantiles_interpolate_between_neighbours(con):
    row = of_waits(con, 1, 2, 4, 8, 16)

    assert row["response_p50"] == 4
    assert row["response_p90"] == 12.8  # place 0.9 x 4 = 3.6: 8 + 0.6 x (16 - 8)


@pytest.mark.parametrize(("wait", "is_on_time"), [(180, 1), (180.001, 0)])
def test_a_wait_equal_to_the_target_is_on_time(con, wait, is_on_time):
    row = of_waits(con, wait)

    assert (row["on_time"], row["effective_on_time"], row["late_buyers"]) == (is_on_time, is_on_time, 1 - is_on_time)


def test_late_and_missing_answers_cost_the_cap(con):
    row = of_waits(con, 60, 600, 5_000, None)

    assert row["priced_response_mean"] == 465  # (60 + 600 + 600 + 600) / 4
    assert row["response_mean"] == 1886.667  # (60 + 600 + 5000) / 3


def test_a_brushed_off_turn_costs_the_cap_in_the_effective_price_only(con):
    log = [*turn(at("10:00"), 20, "bo", text="please wait"), *turn(at("10:10"), 40, "cy")]

    row = measure_shop(con, log)

    assert (row["answered"], row["brushed_off"], row["brushed_off_buyers"]) == (2, 1, 1)
    assert (row["on_time"], row["effective_on_time"], row["ineffective_buyers"]) == (2, 1, 1)
    assert (row["response_mean"], row["effective_mean"]) == (30, 40)
    assert (row["effective_p50"], row["effective_p90"]) == (40, 40)
    assert (row["priced_response_mean"], row["effective_priced_mean"]) == (30, 320)  # (600 + 40) / 2


def test_a_holding_phrase_made_good_counts_from_the_real_answer(con):
    log = [*turn(at("10:00"), 20, text="please wait"), answers(at("10:05"), text="Here it is.")]

    row = measure_shop(con, log)

    assert (row["on_time"], row["effective_on_time"], row["brushed_off"]) == (1, 0, 0)
    assert (row["response_mean"], row["effective_mean"], row["effective_priced_mean"]) == (20, 300, 300)


def test_the_first_response_is_that_of_each_contacts_first_turn(con):
    log = [*turn(at("10:00"), 10), *turn(at("11:00"), 100), *turn(at("12:00"), 30, "cy")]

    row = measure_shop(con, log)

    assert (row["response_mean"], row["first_response_mean"]) == (46.667, 20)  # (10 + 100 + 30) / 3; (10 + 30) / 2
    assert (row["first_response_p50"], row["first_response_p90"]) == (20, 28)


def test_every_turn_is_in_exactly_one_count(con):
    """Monday with hours 09:00-18:00, a stoppage from 12:00 to 13:00; known on Tuesday at 17:00."""
    clock = ServiceClock("UTC", daily("09:00", "18:00"), {on(1): []}, [(at("12:00"), at("13:00"))])
    log = [
        *turn(at("10:00"), 60, "answered"),
        *turn(at("10:00"), None, "unanswered"),
        asks(at("10:00"), "bot"), message("bot", at("10:00:05"), buyer="bot"),
        *turn(at("17:00"), None, "pending"),
        *turn(at("08:00"), None, "off-hours"), *turn(at("08:00"), 3_660, "off-hours-answered"),
        *turn(at("12:30"), None, "stoppage"),
        asks(at("17:50:00.001"), "late"), message("system", at("17:51"), buyer="late", kind="close"),
    ]  # fmt: skip

    row = measure_shop(con, log, clock=clock, as_of=at("17:00", 1))

    parts = ["answered", "unanswered", "bot_served", "pending", "off_hours", "stoppage", "closed_soon"]
    assert {name: row[name] for name in parts} == dict.fromkeys(parts, 1) | {"off_hours": 2}
    assert row["turns"] == 8
    assert row["settled"] == 2


@pytest.mark.parametrize(("opened", "closed_soon"), [("17:50", 0), ("17:50:00.001", 1)])
def test_an_unanswered_turn_needs_the_cap_of_service_time_left(con, opened, closed_soon):
    """Closed from 18:00 for two days: ten minutes are left, or a millisecond less."""
    clock = ServiceClock("UTC", daily("09:00", "18:00"), {on(1): [], on(2): []})

    row = measure_shop(con, turn(at(opened), None), clock=clock)

    assert (row["closed_soon"], row["unanswered"]) == (closed_soon, 1 - closed_soon)


@pytest.mark.parametrize(("as_policy_says", "expected"), [(False, (1, 0, 1, 60)), (True, (0, 1, 2, 330))])
def test_policy_decides_whether_a_bot_left_the_buyer_unanswered(con, as_policy_says, expected):
    log = [
        *turn(at("10:00"), 60, "bo"),
        asks(at("11:00"), "cy", agent=BEA),
        message("bot", at("11:00:05"), buyer="cy"),
    ]

    row = measure_shop(con, log, bot_is_unanswered=as_policy_says)

    assert (row["bot_served"], row["unanswered"], row["settled"], row["priced_response_mean"]) == expected
    assert row["unanswered_buyers"] == row["unanswered"]


@pytest.mark.parametrize(("answered", "is_on_time"), [("09:10", 1), ("09:10:00.001", 0)])
def test_off_hours_turns_have_ten_minutes_after_the_next_opening(con, answered, is_on_time):
    log = [asks(at("07:00")), answers(at(answered)), *turn(at("08:00"), None, "cy")]

    row = measure_shop(con, log)

    assert (row["off_hours"], row["off_hours_settled"], row["off_hours_on_time"]) == (2, 2, is_on_time)
    assert row["off_hours_late_buyers"] == 2 - is_on_time
    assert (row["settled"], row["response_mean"]) == (0, None)


def test_affected_buyers_are_counted_once_however_often_they_waited(con):
    log = [row for hour in (10, 13) for row in turn(at(f"{hour}:00"), None, "bo")]
    log += [*turn(at("10:00"), 200, "cy"), *turn(at("11:00"), 200, "cy"), *turn(at("10:00"), 10, "dee")]
    log = [row | {"conversation_id": f"{row['conversation_id']}/{row['sent_ms'] // 3_600_000}"} for row in log]

    row = measure_shop(con, log)

    assert (row["settled"], row["unanswered"], row["on_time"]) == (5, 2, 1)
    assert (row["late_buyers"], row["unanswered_buyers"], row["ineffective_buyers"]) == (2, 1, 2)


def test_an_answered_turn_is_credited_to_who_answered_and_an_unanswered_one_to_its_owner(con):
    log = [
        asks(at("10:00"), "bo", agent=ANN), answers(at("10:01"), "bo", agent=BEA),
        asks(at("10:00"), "cy", agent=ANN),
        asks(at("10:00"), "dee", agent=ANN), message("system", at("10:05"), buyer="dee", agent=BEA, kind="transfer"),
        asks(at("10:00"), "eve"),
    ]  # fmt: skip

    rows = measure(con, log)

    def settled(agent: str) -> tuple[int, int, int]:
        row = rows[MONDAY.isoformat(), TEA, agent]
        return (row["turns"], row["answered"], row["unanswered"])

    assert settled(ANN) == (1, 0, 1)
    assert settled(BEA) == (2, 1, 1)
    assert settled(SHOP) == (4, 1, 3)  # nobody is charged for eve, the shop is
    assert len(rows) == 3


def test_agents_of_one_name_at_two_shops_are_two_agents(con):
    rows = measure(con, [*turn(at("10:00"), 10), *turn(at("10:00"), 30, shop=BOOKS)])

    assert rows[MONDAY.isoformat(), TEA, ANN]["response_mean"] == 10
    assert rows[MONDAY.isoformat(), BOOKS, ANN]["response_mean"] == 30


def test_counts_of_days_add_up_to_the_window(con):
    log = [
        *turn(at("10:00"), 10), *turn(at("10:00", 1), None), *turn(at("11:00", 1), 30, "cy"),
        *turn(at("07:00", 1), 9_000, "dee"), *turn(at("12:00", 2), 200, "eve", BEA),
    ]  # fmt: skip
    said = [stars(2, at("13:00")), stars(5, at("13:00", 1), "cy", ANN)]
    taken_further = [escalation("case", at("09:00", 3), "cy")]
    days = [on(0), on(1), on(2)]
    windows = [*((day, day) for day in days), *((on(5), day) for day in days)]

    rows = measure(con, log, feedback=said, escalations=taken_further, windows=windows)

    add_up = [name for name in COUNTS if not name.endswith("_buyers")]
    for agent in (SHOP, ANN, BEA):
        by_day = [rows[day.isoformat(), TEA, agent] for day in days if (day.isoformat(), TEA, agent) in rows]
        whole = rows[on(5).isoformat(), TEA, agent]
        assert {name: sum(row[name] for row in by_day) for name in add_up} == {name: whole[name] for name in add_up}
    whole = rows[on(5).isoformat(), TEA, SHOP]
    assert whole["turns"] == 5
    assert whole["late_buyers"] == 2  # bo and eve; dee waited 30 minutes after opening, but off hours
    assert whole["response_p50"] == 30  # of 10, 30 and 200


def test_the_calendar_decides_the_date_of_a_turn(con):
    clock = ServiceClock("Asia/Shanghai", daily("00:00", "24:00"))
    log = [*turn(at("15:59:59.999"), 1, "bo"), *turn(at("16:00"), 1, "cy")]

    rows = measure(con, log, clock=clock, windows=[(MONDAY, MONDAY), (on(1), on(1))])

    assert [rows[on(day).isoformat(), TEA, SHOP]["turns"] for day in (0, 1)] == [1, 1]


def test_nine_to_six_is_open_at_nine_and_closed_at_six():
    assert [NINE_TO_SIX.is_open(at(time)) for time in ("08:59:59.999", "09:00", "17:59:59.999", "18:00")] == [
        False, True, True, False,
    ]  # fmt: skip
