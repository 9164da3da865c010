"""turns.sql and contacts.sql against the plain clock table: the same turns, whatever the log, and day by day too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from shops.chat.clock import DAY_MS
from shops.chat.engine import Connection, connect, rows
from shops.chat.messages import STORED_SCHEMA
from shops.chat.turns import (
    Calendars,
    Span,
    TurnRules,
    compute_turns,
    load_calendars,
    load_message_table,
    load_rules,
)
from tests.reference import clock_table
from tests.reference.cases import ALL_CASES, Case
from tests.reference.cases import START as CASES_START
from tests.reference.cases import log as log_of
from tests.reference.conversations import START, Log, logs
from tests.reference.rows import ClockRules, Message

RESOLUTION_MS = 72 * 3_600_000
THOROUGH = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with connect(threads=1) as connection:
        yield connection


def as_table(messages: list[Message]) -> pa.Table:
    columns = {
        field.name: [None if field.name == "text" else getattr(message, field.name) for message in messages]
        for field in STORED_SCHEMA
    }
    return pa.table(columns, schema=STORED_SCHEMA)


def as_rules(rules: ClockRules) -> TurnRules:
    return TurnRules(
        window_ms=rules.answer_window_ms,
        cap_ms=rules.cap_ms,
        ignore_ms=rules.ignore_under_ms,
        resolution_ms=RESOLUTION_MS,
        courtesies=tuple(sorted(rules.courtesies)),
        holding_phrases=tuple(sorted(rules.holding_phrases)),
        repeat_conversations=rules.repeat_min_conversations,
        repeat_chars=rules.repeat_max_chars,
    )


def load(con: Connection, log: Log, span: Span) -> None:
    calendars = Calendars(list(log.clocks.values()), {shop: number for number, shop in enumerate(log.clocks)})
    load_rules(con, as_rules(log.rules), log.as_of_ms, sorted(log.rules.templates))
    load_calendars(con, calendars, span, log.rules.answer_window_ms)
    load_message_table(con, as_table(log.messages), span)
    compute_turns(con)


def whole(log: Log) -> Span:
    times = [message.sent_ms for message in log.messages] or [START]
    return Span(min(times), min(times), max(times) + 1, log.as_of_ms)


def found_turns(con: Connection) -> list[dict[str, object]]:
    return sorted(rows(con, "select * from turns"), key=lambda turn: (turn["shop_id"], str(turn["opened_by_message"])))


def expected_turns(log: Log) -> list[dict[str, object]]:
    made = [
        {
            "shop_id": turn.shop_id,
            "conversation_id": turn.conversation_id,
            "buyer_id": turn.buyer_id,
            "local_date": turn.local_date,
            "buyer_ms": turn.b0_ms,
            "opened_ms": turn.opened_at_ms,
            "opened_by_message": turn.opened_by_message,
            "answered_ms": turn.answered_at_ms,
            "answered_by": turn.answered_by,
            "answered_by_message": turn.answered_by_message,
            "wait_ms": turn.wait_ms,
            "effective_ms": turn.effective_answered_at_ms,
            "effective_wait_ms": turn.effective_wait_ms,
            "owner": turn.owner,
            "credit": turn.credit,
            "state": turn.state,
            "counted": turn.counted,
            "first_of_contact": turn.first_of_contact,
        }
        for turn in clock_table.turns(log.messages, log.rules, log.as_of_ms, log.clocks)
    ]
    return sorted(made, key=lambda turn: (turn["shop_id"], str(turn["opened_by_message"])))


def found_contacts(con: Connection) -> list[tuple[object, ...]]:
    query = (
        "select shop_id, conversation_id, buyer_id, last_ms, local_date, agent_id, last_state, settled, came_back, "
        "was_stopped from contacts"
    )
    return sorted(con.execute(query).fetchall(), key=repr)


def expected_contacts(log: Log) -> list[tuple[object, ...]]:
    return sorted(
        (
            (
                contact.shop_id,
                contact.conversation_id,
                contact.buyer_id,
                contact.last_message_ms,
                contact.local_date,
                contact.agent,
                contact.last_turn_state,
                contact.settled,
                contact.new_contact_within,
                contact.intercepted_within,
            )
            for contact in clock_table.contacts(log.messages, log.rules, log.as_of_ms, log.clocks)
        ),
        key=repr,
    )


CONTACT_COLUMNS = ("contact_last_ms", "contact_agent", "contact_date")


@given(log=logs())
@THOROUGH
def test_the_sql_finds_the_turns_of_the_clock_table(con: Connection, log: Log) -> None:
    load(con, log, whole(log))

    found = [{k: v for k, v in turn.items() if k not in CONTACT_COLUMNS} for turn in found_turns(con)]
    assert found == expected_turns(log)


@given(log=logs())
@THOROUGH
def test_the_sql_finds_the_contacts_of_the_clock_table(con: Connection, log: Log) -> None:
    load(con, log, whole(log))

    assert found_contacts(con) == expected_contacts(log)


@given(log=logs())
@THOROUGH
def test_the_turns_of_a_day_follow_from_the_rows_around_it(con: Connection, log: Log) -> None:
    """Three W before the day and one W after it (whole UTC days), however long the conversation."""
    load(con, log, whole(log))
    wanted_turns, wanted_contacts = found_turns(con), found_contacts(con)

    turns: list[dict[str, object]] = []
    contacts: list[tuple[object, ...]] = []
    days = {str(turn["local_date"]) for turn in wanted_turns} | {str(contact[4]) for contact in wanted_contacts}
    for day in sorted(days):
        load(con, log, span_of_day(log, date.fromisoformat(day)))
        turns += [turn for turn in found_turns(con) if turn["local_date"] == day]
        contacts += [contact for contact in found_contacts(con) if contact[4] == day]

    def plain(turn: dict[str, object]) -> dict[str, object]:
        return {k: v for k, v in turn.items() if k not in CONTACT_COLUMNS}

    turns.sort(key=lambda turn: (turn["shop_id"], str(turn["opened_by_message"])))
    assert [plain(turn) for turn in turns] == [plain(turn) for turn in wanted_turns]
    assert sorted(contacts, key=repr) == wanted_contacts


def span_of_day(log: Log, day: date) -> Span:
    window = log.rules.answer_window_ms
    midnight = (day - date(1970, 1, 1)) // timedelta(days=1) * DAY_MS
    starts, ends = midnight - 14 * 3_600_000, midnight + DAY_MS + 12 * 3_600_000
    return Span(
        (starts - 3 * window) // DAY_MS * DAY_MS,
        starts - window,
        -(-(ends + max(window, RESOLUTION_MS)) // DAY_MS) * DAY_MS,
        log.as_of_ms,
    )


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.fact)
def test_the_sql_agrees_with_every_hand_written_case(con: Connection, case: Case) -> None:
    chat = Log(log_of(case.rows), case.rules, CASES_START + case.as_of, {"s": case.clock})

    load(con, chat, whole(chat))

    found = [{k: v for k, v in turn.items() if k not in CONTACT_COLUMNS} for turn in found_turns(con)]
    assert found == expected_turns(chat)
    assert found_contacts(con) == expected_contacts(chat)


def test_an_empty_log_has_no_turns(con: Connection) -> None:
    load(con, Log([], ClockRules(), START, {}), Span(START, START, START + DAY_MS, START + DAY_MS))

    assert found_turns(con) == []
