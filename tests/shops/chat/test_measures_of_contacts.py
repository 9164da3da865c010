"""Contacts, stars and escalations among the measures: who came back, who took it further, who was satisfied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shops.chat.engine import Connection, connect
from shops.chat.measures import SHOP
from tests.builders import ANN, BEA, BOOKS, MONDAY, TEA, answers, asks, at, on, turn
from tests.shops.chat.measuring import escalation, measure, measure_shop, stars

MS = timedelta(milliseconds=1)
ANSWERED = at("10:01")
IN_72_HOURS = ANSWERED + timedelta(hours=72)


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with connect(threads=1) as connection:
        yield connection


def outcome(row: dict) -> tuple[int, int, int, int, int]:
    """Contacts, of them settled, resolved and escalated, and buyers left unresolved."""
    names = ("contacts", "contacts_settled", "contacts_resolved", "contacts_escalated", "unresolved_buyers")
    return tuple(row[name] for name in names)


RESOLVED, UNRESOLVED = (1, 1, 1, 0, 0), (1, 1, 0, 0, 1)


def test_a_contact_after_which_nothing_came_is_resolved(con):
    assert outcome(measure_shop(con, turn(at("10:00"), 60))) == RESOLVED


@pytest.mark.parametrize(("as_of", "settled"), [(IN_72_HOURS, 0), (IN_72_HOURS + MS, 1)])
def test_a_contact_settles_after_72_hours(con, as_of, settled):
    assert outcome(measure_shop(con, turn(at("10:00"), 60), as_of=as_of)) == (1, settled, settled, 0, 0)


@pytest.mark.parametrize(("known_at", "settled"), [(IN_72_HOURS, 0), (IN_72_HOURS + MS, 1)])
def test_a_contact_from_a_later_run_is_settled_only_as_far_as_was_known(con, known_at, settled):
    row = measure_shop(con, turn(at("10:00"), 60), known_at=known_at)

    assert outcome(row) == (1, settled, settled, 0, 0)


@pytest.mark.parametrize(("comes_back", "expected"), [(IN_72_HOURS, UNRESOLVED), (IN_72_HOURS + MS, RESOLVED)])
def test_a_buyer_who_comes_back_within_72_hours_was_not_helped(con, comes_back, expected):
    assert outcome(measure_shop(con, [*turn(at("10:00"), 60), asks(comes_back)])) == expected


def test_a_buyer_who_comes_back_in_another_conversation_was_not_helped(con):
    again = asks(at("12:00", 1), conversation="another")

    assert outcome(measure_shop(con, [*turn(at("10:00"), 60), again])) == UNRESOLVED


def test_another_buyer_or_another_shop_is_no_coming_back(con):
    others = [asks(at("12:00", 2), "cy"), asks(at("12:00", 2), shop=BOOKS)]

    assert outcome(measure_shop(con, [*turn(at("10:00"), 60), *others])) == RESOLVED


@pytest.mark.parametrize(("stopped_at", "expected"), [(IN_72_HOURS, UNRESOLVED), (IN_72_HOURS + MS, RESOLVED)])
def test_a_message_stopped_within_72_hours_leaves_the_contact_unresolved(con, stopped_at, expected):
    stopped = asks(stopped_at, delivery="intercepted")

    assert outcome(measure_shop(con, [*turn(at("10:00"), 60), stopped])) == expected


def test_an_unanswered_contact_is_not_resolved(con):
    assert outcome(measure_shop(con, turn(at("10:00"), None))) == UNRESOLVED


@pytest.mark.parametrize(
    ("opened_at", "resolved", "escalated"),
    [(ANSWERED, 1, 0), (ANSWERED + MS, 0, 1), (IN_72_HOURS, 0, 1), (IN_72_HOURS + MS, 1, 0)],
)
def test_a_case_opened_within_72_hours_leaves_the_contact_unresolved(con, opened_at, resolved, escalated):
    row = measure_shop(con, turn(at("10:00"), 60), escalations=[escalation("case", opened_at)])

    assert outcome(row) == (1, 1, resolved, escalated, 1 - resolved)


def test_a_complaint_escalates_but_does_not_undo_the_resolution(con):
    row = measure_shop(con, turn(at("10:00"), 60), escalations=[escalation("complaint", at("12:00"))])

    assert outcome(row) == (1, 1, 1, 1, 0)


def test_a_case_and_a_complaint_escalate_one_contact_once(con):
    both = [escalation("complaint", at("12:00")), escalation("case", at("12:30")), escalation("case", at("12:40"))]

    assert outcome(measure_shop(con, turn(at("10:00"), 60), escalations=both)) == (1, 1, 0, 1, 1)


def test_another_buyers_case_at_the_shop_does_not_count(con):
    row = measure_shop(con, turn(at("10:00"), 60), escalations=[escalation("case", at("12:00"), "cy")])

    assert outcome(row) == RESOLVED


def test_a_contact_belongs_to_the_agent_of_its_last_answer_and_to_the_shop(con):
    log = [*turn(at("10:00"), 60, agent=ANN), *turn(at("11:00"), 60, agent=BEA)]

    rows = measure(con, log)

    assert outcome(rows[MONDAY.isoformat(), TEA, SHOP]) == RESOLVED
    assert outcome(rows[MONDAY.isoformat(), TEA, BEA]) == RESOLVED
    assert outcome(rows[MONDAY.isoformat(), TEA, ANN]) == (0, 0, 0, 0, 0)


def test_a_contact_belongs_to_the_date_of_its_last_message(con):
    log = [asks(at("23:00")), answers(at("01:00", 1))]
    days = [(on(day), on(day)) for day in (0, 1)]

    rows = measure(con, log, windows=days)

    assert outcome(rows[on(0).isoformat(), TEA, SHOP]) == (0, 0, 0, 0, 0)
    assert outcome(rows[on(1).isoformat(), TEA, SHOP]) == RESOLVED
    assert rows[on(0).isoformat(), TEA, SHOP]["turns"] == 1


def test_unresolved_buyers_are_counted_once(con):
    log = [*turn(at("10:00"), None), *turn(at("11:00"), None, conversation="another"), *turn(at("10:00"), 10, "cy")]

    assert outcome(measure_shop(con, log)) == (3, 3, 1, 0, 1)


def test_stars_count_for_the_shop_and_for_the_agent_who_was_named(con):
    given = [
        stars(5, at("11:00"), "bo", ANN), stars(3, at("12:00"), "cy", ANN),
        stars(1, at("13:00"), "cy", BEA), stars(4, at("14:00"), "dee"),
    ]  # fmt: skip

    rows = measure(con, [], feedback=given)

    def satisfaction(agent: str) -> tuple[int, int, int, int]:
        row = rows[MONDAY.isoformat(), TEA, agent]
        return (row["stars_count"], row["stars_sum"], row["stars_low"], row["low_star_buyers"])

    assert satisfaction(SHOP) == (4, 13, 2, 1)  # both low ratings are cy's
    assert satisfaction(ANN) == (2, 8, 1, 1)
    assert satisfaction(BEA) == (1, 1, 1, 1)
    assert rows[MONDAY.isoformat(), TEA, SHOP]["turns"] == 0


def test_stars_belong_to_the_local_date_on_which_they_were_given(con):
    given = [stars(5, at("00:00") - MS), stars(4, at("00:00")), stars(3, at("00:00", 1) - MS), stars(2, at("00:00", 1))]

    row = measure_shop(con, [], feedback=given)

    assert (row["stars_count"], row["stars_sum"]) == (2, 7)
