"""A receipt tells apart why a buyer was not answered, says what the nightly run will say, and shows nobody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings

from shops.actions.buyer_links import make_link
from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import load_templates
from shops.actions.read_receipt import Outcome, read_receipt
from shops.actions.settle_days import settle_days
from shops.actions.standards import clock_standards
from shops.chat.clock import to_ms
from shops.chat.days import DayFiles
from shops.chat.engine import connect, rows
from shops.chat.log import open_log
from shops.chat.reading import turn_of
from shops.chat.talk import Rules, read_talk
from shops.models import Outage, Shop
from tests.builders import TEA, answers, asks, at, make_policy, make_shop, message, on, store
from tests.shops.actions.test_settle_days_equal import LAST, rules, talk_at_random

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tea_house():
    make_policy(clock={"holding_phrases": ["please wait"], "courtesies": ["thanks"], "answer_window_hours": 24})
    return make_shop(hours="08:00-23:00")


def receipt(as_of=None, buyer="bo", **about):
    as_of = as_of or at("12:00", 3)
    link = make_link(
        Shop.objects.get(code=TEA), buyer, now=as_of, expires_at=as_of + timedelta(days=1), made_by=None, **about
    )
    return read_receipt(link, as_of=as_of)


def outcomes(found):
    return [(each.outcome, each.counted) for each in found.questions]


def test_an_answer_comes_with_its_wait_in_opening_hours() -> None:
    # Asked an hour before closing, answered an hour after the next opening: 1 h + 1 h.
    store(asks(at("22:00")), answers(at("09:00", 1)))

    (question,) = receipt().questions
    assert (question.outcome, question.answered_at, question.wait_seconds) == (
        Outcome.ANSWERED, at("09:00", 1), 7_200,
    )  # fmt: skip


def test_a_holding_phrase_is_no_answer_and_the_real_one_after_it_is() -> None:
    store(asks(at("10:00")), answers(at("10:01"), text="Please wait."))
    assert outcomes(receipt()) == [(Outcome.BRUSHED_OFF, "counted")]

    store(answers(at("10:30"), text="It comes tomorrow"))
    (question,) = receipt().questions
    assert (question.outcome, question.really_answered_at, question.wait_seconds) == (
        Outcome.ANSWERED, at("10:30"), 1_800,
    )  # fmt: skip


def test_while_the_window_lasts_the_shop_has_time_and_after_it_the_silence_counts() -> None:
    store(asks(at("10:00")), asks(at("10:05")), asks(at("10:06"), text="thanks"))
    last, over = receipt(at("10:00", 1)), receipt(at("10:00:00.001", 1))

    assert outcomes(last) == [(Outcome.WAITING, "counted")]
    assert last.questions[0].due_at == at("10:00", 1)
    assert last.questions[0].asked_again == 1  # the courtesy asks for nothing
    assert outcomes(over) == [(Outcome.UNANSWERED, "counted")]


def test_it_says_when_the_shop_opens_next_and_until_when_it_is_open() -> None:
    store(asks(at("10:00")))

    assert (receipt(at("12:00")).open_until, receipt(at("12:00")).opens_at) == (at("23:00"), None)
    assert (receipt(at("23:00")).open_until, receipt(at("23:00")).opens_at) == (None, at("08:00", 1))


def test_off_hours_outages_and_closing_time_do_not_look_like_silence() -> None:
    store(
        asks(at("02:00"), message_id="off"),
        asks(at("09:00", 2), message_id="outage"),
        asks(at("09:00", 4), message_id="late"),
        answers(at("10:00", 5)),
    )
    Outage.objects.create(code="o", starts_at=at("08:30", 2), ends_at=at("09:30", 2))
    found = receipt(at("12:00", 9))

    assert outcomes(found) == [
        (Outcome.UNANSWERED, "off_hours"), (Outcome.UNANSWERED, "stoppage"), (Outcome.UNANSWERED, "counted"),
    ]  # fmt: skip
    assert found.questions[1].outage == (at("08:30", 2), at("09:30", 2))
    assert found.questions[2].late_answer_at == at("10:00", 5)


@pytest.mark.parametrize("delivery", ["intercepted", "failed", "platform_blocked"])
def test_a_message_that_did_not_reach_the_shop_says_so_and_blames_nobody_for_silence(delivery) -> None:
    store(asks(at("10:00"), delivery=delivery))

    assert outcomes(receipt()) == [(Outcome(delivery), None)]


def test_a_bot_and_a_closed_conversation_are_told_apart() -> None:
    store(
        asks(at("10:00")), message("bot", at("10:01")),
        asks(at("10:00", 2)), message("system", at("11:00", 2), kind="close"),
    )  # fmt: skip
    found = receipt(at("12:00", 5))

    assert outcomes(found) == [(Outcome.BOT_SERVED, None), (Outcome.UNANSWERED, "counted")]
    assert found.questions[1].closed_at == at("11:00", 2)


def test_where_policy_counts_bots_as_silence_the_receipt_says_that_it_counts() -> None:
    make_policy(starts_on=date(2026, 5, 1), clock={"count_bot_served_as": "unanswered", "answer_window_hours": 24})
    store(asks(at("10:00")), message("bot", at("10:01")))

    assert outcomes(receipt(at("12:00", 5))) == [(Outcome.BOT_SERVED, "counted")]


def test_nobody_elses_words_are_in_it_even_in_a_conversation_that_the_link_names() -> None:
    store(asks(at("10:00"), "eve", text="my secret"), answers(at("10:01"), "eve"))
    store(asks(at("10:00"), "eve", conversation="shared", text="secret too"))
    store(asks(at("11:00"), "bo", conversation="shared", delivery="failed"))

    assert receipt(conversation_id="eve@tea-house").questions == []
    assert receipt(message_id="eve@tea-house:buyer:message:1777888800000").conversation_id is None
    shared = receipt(conversation_id="shared")
    assert [each.outcome for each in shared.questions] == [Outcome.FAILED]


def test_without_a_name_it_is_the_newest_conversation_of_the_last_two_weeks() -> None:
    store(asks(at("10:00"), conversation="old"), asks(at("10:00", 2), conversation="new"))

    assert receipt(at("12:00", 3)).conversation_id == "new"
    assert receipt(at("12:00", 3), conversation_id="old").conversation_id == "old"
    assert receipt(at("12:00", 17)).conversation_id is None
    assert (
        receipt(at("12:00", 17), message_id="new:buyer:message:" + str(to_ms(at("10:00", 2)))).conversation_id == "new"
    )


def test_a_copy_of_a_message_that_came_later_changes_nothing() -> None:
    store(asks(at("10:00"), message_id="m", text="first"), received_at=at("10:01"))
    store(asks(at("10:05"), message_id="m", text="second"), received_at=at("10:06"))

    assert [(each.sent_at, each.text) for each in receipt().questions] == [(at("10:00"), "first")]


def test_a_part_that_cannot_be_read_hides_only_its_own_messages() -> None:
    store(asks(at("10:00")))
    store(asks(at("10:00", 1), delivery="failed"))
    broken = open_log().parts(on(1), on(1))[0]
    broken.path.write_bytes(b"nothing")

    assert [each.outcome for each in receipt().questions] == [Outcome.UNANSWERED]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_turns_on_the_spot_are_those_of_the_nightly_run(seed) -> None:
    """Brush-offs by often repeated replies included, which rest on what an agent wrote to other buyers."""
    make_policy(date(2020, 1, 1), clock=rules())
    talk_at_random(seed)
    as_of = at("00:00", 20)
    settle_days(on(-1), on(LAST + 3), as_of=as_of)
    ((_first, _last, standard),) = clock_standards(on(0), on(LAST))
    compared = 0
    for shop in Shop.objects.exclude(code=TEA):
        with connect() as con:
            DayFiles(settings.CHAT_LOG_DIR).attach(con, on(-1), on(LAST + 3), 0)
            nightly = [
                turn_of(row)
                for row in rows(con, "select * from turns where shop_id = $s order by opened_ms", {"s": shop.code})
            ]
        book = load_calendars(standard, shop)
        assert book.keys[0] == load_calendars(standard).only([shop.code]).keys[0]
        span = Rules(on(-1), on(LAST + 3), standard, book, load_templates([shop.code]))
        for conversation, buyer in sorted({(turn.conversation_id, turn.buyer_id) for turn in nightly})[:12]:
            talk = read_talk(
                shop.code,
                buyer,
                conversation,
                reads_from_ms=to_ms(at("00:00", -3)),
                as_of_ms=to_ms(as_of),
                rules=[span],
            )
            wanted = [turn for turn in nightly if turn.conversation_id == conversation]
            assert talk.turns == wanted
            compared += len(wanted)
    assert compared > 50
