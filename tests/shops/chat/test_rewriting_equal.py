"""No figure changes by rewriting: turns and measures computed again afterwards are those of the log as it came in."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.actions.retain_log import kept_keys
from shops.actions.settle_days import settle_days
from shops.chat import engine
from shops.chat.clock import to_ms
from shops.chat.log import ChatLog, open_log
from shops.chat.reading import conversation
from shops.chat.rewriting import Writer, rewrite_day
from shops.chat.turns import Calendars, Span, load_calendars, load_messages
from shops.models import ReplyTemplate, Shop
from tests.builders import (
    BOOKS,
    LONG_AFTER,
    MONDAY,
    TEA,
    as_table,
    asks,
    at,
    days_stored,
    make_policy,
    on,
)
from tests.shops.actions.test_settle_days_equal import LAST, day_files, forget, rules, talk_at_random

FIRST = -2


def days() -> list[date]:
    return [on(number) for number in range(FIRST, LAST + 4)]


def compute() -> tuple[dict, dict]:
    """The rows of all days and the files of their turns, computed from nothing but the log."""
    forget()
    shutil.rmtree(settings.CHAT_LOG_DIR / "days", ignore_errors=True)
    settle_days(on(-1), on(LAST), as_of=LONG_AFTER)
    return days_stored(), day_files()


def make_talk(seed: int) -> None:
    """Ten days at random under rules that read texts: courtesies, holding phrases, repeated replies, a template."""
    make_policy(clock=rules() | {"courtesies": ["thanks"], "holding_phrases": ["please wait"]})
    talk_at_random(seed)
    ReplyTemplate.objects.create(shop=Shop.objects.first(), text="In stock!")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_without_everybodys_texts_are_the_same(seed):
    make_talk(seed)
    figures = compute()
    log = open_log()

    for day in days():
        rewrite_day(log, day, 0, without_texts_of=[Writer()], keep=kept_keys())

    rows = [row for part in log.parts(days()[0], days()[-1]) for row in pq.read_table(part.path).to_pylist()]
    assert {row["text"] for row in rows} == {None}
    assert compute() == figures
    assert "hm?" not in {row["text_key"] for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_after_the_erasure_of_a_few_buyers_are_the_same(seed):
    make_talk(seed)
    figures = compute()
    log = open_log()
    erased = ["b3", "b7", "b11"]

    for buyer in erased:
        for day in days():
            rewrite_day(log, day, 0, without_texts_of=[Writer(buyer)], keep=kept_keys())

    rows = [row for part in log.parts(days()[0], days()[-1]) for row in pq.read_table(part.path).to_pylist()]
    assert {row["text"] for row in rows if row["buyer_id"] in erased} == {None}
    assert any(row["text"] for row in rows if row["buyer_id"] not in erased)
    assert compute() == figures


def told(log: ChatLog) -> list[tuple]:
    """What the engine reads of two shops, each message once."""
    first, last = to_ms(at("00:00", -30)), to_ms(at("00:00", 30))
    span = Span(first, first, last, last)
    with engine.connect(threads=1) as con:
        load_calendars(con, Calendars([], {TEA: 0, BOOKS: 0}), span, 0)
        load_messages(con, [part.path for part in log.parts(on(-1), on(3))], span)
        return con.execute("select * exclude (thread, place) from messages order by all").fetchall()


@pytest.mark.parametrize("seed", range(5))
def test_of_copies_received_in_the_same_millisecond_the_same_one_counts_before_and_after_a_rewriting(seed, settings):
    """Copies of one conversation that say different things on two days, in batches of which many came in at once."""
    chance = random.Random(seed)
    log = open_log()
    for number in range(12):
        batch = [
            asks(
                at("10:00", chance.randrange(2)) + timedelta(minutes=chance.randrange(3)),
                "bo" if id_ % 2 else "cy",
                shop=chance.choice([TEA, BOOKS]),
                text=chance.choice(["one", "two", None]),
                agent=chance.choice([None, "ann"]),
                message_id=f"m{id_}",
            )
            for id_ in chance.sample(range(12), 6)
        ]
        log.append(as_table(batch), 1_000 + number % 2)
    before = told(log)
    chats = [conversation(TEA, f"{buyer}@{TEA}", around_ms=to_ms(at("10:00"))) for buyer in ("bo", "cy")]

    for day in (MONDAY, on(1)):
        rewrite_day(log, day, 0)
        assert told(log) == before
    rewrite_day(log, MONDAY, 0)

    assert told(log) == before
    assert [conversation(TEA, f"{buyer}@{TEA}", around_ms=to_ms(at("10:00"))) for buyer in ("bo", "cy")] == chats


def test_a_rewritten_day_is_one_file_sorted_for_looking_up_conversations():
    log = open_log()
    for minute in range(6):
        rows = [asks(at(f"10:{9 - minute:02d}"), buyer, shop=shop) for buyer in ("cy", "bo") for shop in (TEA, BOOKS)]
        log.append(as_table(rows), minute)
    done = rewrite_day(log, MONDAY, 0)

    assert done is not None
    assert (done.rows, done.repeats, done.files_before) == (24, 0, 6)
    (part,) = log.parts(MONDAY, MONDAY)
    keys = ["shop_id", "buyer_id", "conversation_id", "sent_ms", "message_id"]
    found = [tuple(row[key] for key in keys) for row in pq.read_table(part.path).to_pylist()]
    assert found == sorted(found)
    assert log.find_unreadable([part]) == []


def test_copies_of_a_message_are_gone_from_a_rewritten_day():
    log = open_log()
    question = asks(at("10:00"), text="first")
    log.append(as_table([question]), 1)
    log.append(as_table([question | {"text": "again", "text_key": "again"}, asks(at("10:01"))]), 2)

    done = rewrite_day(log, MONDAY, 0)

    assert done is not None
    assert (done.rows, done.repeats) == (2, 1)
    (part,) = log.parts(MONDAY, MONDAY)
    assert [row["text"] for row in pq.read_table(part.path).to_pylist()] == ["first", None]
