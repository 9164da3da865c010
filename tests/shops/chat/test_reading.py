"""Looking into computed days and the log: the turns behind a figure, the conversation behind a turn."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from shops.actions.settle_days import settle_days
from shops.chat import engine
from shops.chat.clock import to_ms
from shops.chat.days import EMPTY, DayFiles
from shops.chat.log import open_log
from shops.chat.reading import (
    BOUNDS_SECONDS,
    NEIGHBOUR_DAYS,
    MessageRow,
    TurnRow,
    conversation,
    failing_turns,
    wait_histogram,
)
from tests.builders import (
    ANN,
    BEA,
    BOOKS,
    LONG_AFTER,
    MONDAY,
    TEA,
    answers,
    asks,
    at,
    make_policy,
    make_shop,
    message,
    on,
    store,
    turn,
    turns,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea():
    make_policy()
    make_shop(BOOKS)
    return make_shop()


def settle(first: int = 0, last: int = 3) -> None:
    settle_days(on(first), on(last), as_of=LONG_AFTER)


def test_a_turn_is_shown_with_all_that_is_known_of_it(tea):
    store(
        asks(at("10:00"), agent=BEA, message_id="q"),
        answers(at("10:00:20"), text="Please wait."),
        answers(at("10:05:00.500"), text="It is green."),
    )
    settle()

    assert failing_turns(TEA, MONDAY, MONDAY, kind="slowest") == [
        TurnRow(
            conversation_id=f"bo@{TEA}",
            buyer_id="bo",
            opened_at=at("10:00"),
            opened_by_message="q",
            answered_at=at("10:00:20"),
            answered_by=ANN,
            wait_seconds=20.0,
            effective_answered_at=at("10:05:00.500"),
            effective_wait_seconds=300.5,
            owner=BEA,
            state="answered",
            counted="counted",
            first_of_contact=True,
            on=MONDAY,
        )
    ]


def test_the_slowest_turns_come_slowest_first_then_newest_first(tea):
    store(*turns(0, [30, 90, 30, None, 60]), *turns(1, [30, 400]))
    settle()

    found = failing_turns(TEA, on(0), on(1), kind="slowest")
    assert [(row.wait_seconds, row.on, row.opened_at.minute) for row in found] == [
        (400, on(1), 1), (90, on(0), 1), (60, on(0), 4), (30, on(1), 0), (30, on(0), 2), (30, on(0), 0),
    ]  # fmt: skip
    assert [row.wait_seconds for row in failing_turns(TEA, on(0), on(1), kind="slowest", limit=2)] == [400, 90]


def test_the_unanswered_turns_come_newest_first(tea):
    store(*turns(0, [None, 5, None]), *turns(1, [None]))
    settle()

    found = failing_turns(TEA, on(0), on(1), kind="unanswered")

    assert [(row.on, row.opened_at.minute) for row in found] == [(on(1), 0), (on(0), 2), (on(0), 0)]
    assert {(row.answered_at, row.wait_seconds, row.answered_by) for row in found} == {(None, None, None)}


def test_brushed_off_turns_are_those_with_no_real_answer(tea):
    store(*turn(at("10:00"), 20, "bo", text="please wait"), *turn(at("10:00"), 20, "cy"))
    settle()

    (row,) = failing_turns(TEA, MONDAY, MONDAY, kind="brushed_off")

    assert (row.buyer_id, row.effective_answered_at) == ("bo", None)


def test_turns_that_do_not_count_cost_nobody_anything_and_are_not_shown(tea):
    store(*turn(at("07:00"), None, "off-hours"), *turn(at("07:30"), 9_000, "off-hours-too"))
    settle()

    assert failing_turns(TEA, MONDAY, MONDAY, kind="unanswered") == []
    assert failing_turns(TEA, MONDAY, MONDAY, kind="slowest") == []
    assert wait_histogram(TEA, MONDAY, MONDAY) == []


def test_only_the_shop_the_agent_and_the_dates_that_were_asked_for_are_shown(tea):
    store(
        *turns(0, [10]), *turns(1, [20]), *turns(2, [30]),
        *turns(1, [40], agent=BEA, hour=11), *turns(1, [50], shop=BOOKS),
    )  # fmt: skip
    settle()

    def waits(shop, first, last, agent=None):
        return [row.wait_seconds for row in failing_turns(shop, on(first), on(last), kind="slowest", agent_code=agent)]

    assert waits(TEA, 0, 2) == [40, 30, 20, 10]
    assert waits(TEA, 1, 1) == [40, 20]
    assert waits(TEA, 0, 2, BEA) == [40]
    assert waits(BOOKS, 0, 2) == [50]
    assert waits(TEA, 0, 2, "nobody") == []


def test_days_that_were_never_computed_show_nothing(tea):
    store(*turns(0, [10]))

    assert failing_turns(TEA, MONDAY, MONDAY, kind="slowest") == []
    assert wait_histogram(TEA, MONDAY, MONDAY) == []
    assert failing_turns("no-such-shop", MONDAY, MONDAY, kind="unanswered") == []


def test_the_histogram_counts_waits_up_to_each_bound_and_the_unanswered(tea):
    store(*turns(0, [1, 10, 10.001, 180, 180.001, None, None]), *turn(at("10:00", 1), 23 * 3_600 + 3_599, "late"))
    settle()

    bars = dict(wait_histogram(TEA, on(0), on(1)))

    assert list(bars) == [*BOUNDS_SECONDS, None]
    assert {bound: turns for bound, turns in bars.items() if turns} == {
        10: 2,  # 1 and 10
        30: 1,  # 10.001
        180: 1,
        300: 1,  # 180.001
        24 * 3600: 1,  # 13 hours on Tuesday and 1:59:59 on Wednesday are counted: 14:59:59
        None: 2,
    }


def test_the_histogram_of_an_agent_counts_the_turns_credited_to_it(tea):
    store(*turns(0, [5]), *turns(0, [5, None], agent=BEA, hour=11))
    settle()

    assert [turns for _, turns in wait_histogram(TEA, MONDAY, MONDAY, BEA) if turns] == [1, 1]
    assert [turns for _, turns in wait_histogram(TEA, MONDAY, MONDAY) if turns] == [2, 1]


def test_the_columns_of_a_day_without_turns_are_those_of_a_day_with_some(tea):
    store(*turns(0, [5]))
    settle()
    with engine.connect(threads=1) as con:
        DayFiles(open_log().root).attach(con, MONDAY, MONDAY, 0)
        columns = {kind: con.execute(f"describe {kind}").fetchall() for kind in EMPTY}
        for kind, query in EMPTY.items():
            assert [row[:2] for row in con.execute(f"describe {query}").fetchall()] == [
                row[:2] for row in columns[kind]
            ]


def read(buyer: str = "bo", around=None) -> list[MessageRow]:
    return conversation(TEA, f"{buyer}@{TEA}", around_ms=to_ms(around or at("10:00")))


def test_a_conversation_comes_in_order_with_all_its_rows(tea):
    store(
        answers(at("10:01"), text="It is green."),
        message("system", at("10:02"), kind="close", message_id="z"),
        message("system", at("10:02"), kind="transfer", agent=BEA, message_id="a"),
        asks(at("10:00"), text="Which colour?", delivery="intercepted"),
        asks(at("10:00"), "cy"),
    )

    question, answer = f"bo@{TEA}:buyer:message:{to_ms(at('10:00'))}", f"bo@{TEA}:agent:message:{to_ms(at('10:01'))}"
    assert read() == [
        MessageRow(question, at("10:00"), "buyer", "message", "intercepted", None, "Which colour?"),
        MessageRow(answer, at("10:01"), "agent", "message", "delivered", ANN, "It is green."),
        MessageRow("a", at("10:02"), "system", "transfer", "delivered", BEA, None),
        MessageRow("z", at("10:02"), "system", "close", "delivered", None, None),
    ]  # fmt: skip
    assert read()[0].sent_at.tzinfo is UTC


def test_a_message_sent_again_is_shown_once_as_it_first_came(tea):
    store(asks(at("10:00"), text="second", message_id="m"), received_at=at("12:00"))
    store(asks(at("10:00"), text="first", message_id="m"), received_at=at("11:00"))

    assert [row.text for row in read()] == ["first"]


def test_a_conversation_nobody_knows_is_empty(tea):
    assert read() == []
    store(asks(at("10:00")))
    assert read("cy") == []
    assert conversation(BOOKS, f"bo@{TEA}", around_ms=to_ms(at("10:00"))) == []


def test_messages_within_a_week_are_shown_by_whole_utc_days(tea):
    near, far = NEIGHBOUR_DAYS, NEIGHBOUR_DAYS + 1
    store(*(asks(at("23:59:59.999", -day)) for day in (near, far)), *(asks(at("00:00", day)) for day in (near, far)))

    assert [row.sent_at for row in read()] == [at("23:59:59.999", -near), at("00:00", near)]


@pytest.mark.parametrize("how", ["broken", "gone"])
def test_a_part_that_cannot_be_read_hides_only_its_own_messages(tea, monkeypatch, how):
    store(asks(at("10:00")))
    store(answers(at("10:01")))
    parts = open_log().parts(MONDAY, MONDAY)
    lost = next(part for part in parts if part.path.stat().st_size == min(p.path.stat().st_size for p in parts))
    if how == "broken":
        lost.path.write_bytes(b"")
    else:
        monkeypatch.setattr("shops.chat.log.ChatLog.parts", lambda *_args: parts)
        lost.path.unlink()

    assert len(read()) == 1


def test_a_shop_in_another_shard_is_found_there(settings, tea):
    settings.CHAT_LOG_SHARDS = 7
    store(*turns(0, [10]), *turns(0, [20], shop=BOOKS))
    settle()

    assert [row.wait_seconds for row in failing_turns(TEA, MONDAY, MONDAY, kind="slowest")] == [10]
    assert [row.wait_seconds for row in failing_turns(BOOKS, MONDAY, MONDAY, kind="slowest")] == [20]
    assert len(conversation(BOOKS, "buyer-0-10-0@book-nook", around_ms=to_ms(at("10:00")))) == 2


def test_the_window_of_a_conversation_moves_with_the_instant(tea):
    store(asks(at("10:00")))
    late = at("10:00") + timedelta(days=30)

    assert read(around=late) == []
