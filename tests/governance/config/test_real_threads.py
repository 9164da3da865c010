"""The whole way from a file of real support threads to ratings, and the turns on it against the plain clock table."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from governance.actions.replay_rating import replay_rating
from governance.models import AgentScore, ShopRating
from shops.chat.clock import ServiceClock, to_ms
from shops.models import Agent, Privileges, Shop, ShopDay
from tests.reference import clock_table
from tests.reference.rows import ClockRules, Message

THREADS = Path(__file__).parent.parent.parent / "data" / "support_threads_2024.parquet"
AS_OF = datetime(2024, 12, 1, tzinfo=UTC)
ROUND_THE_CLOCK = {day: [("00:00", "24:00")] for day in range(7)}


def read_messages() -> list[Message]:
    return [
        Message(
            message_id=row["message_id"],
            conversation_id=row["conversation_id"],
            shop_id=row["shop_id"],
            buyer_id=row["buyer_id"],
            agent_id=row["agent_id"],
            sender=row["sender"],
            kind="message",
            sent_ms=to_ms(row["sent_at"]),
        )
        for row in pq.read_table(THREADS).to_pylist()
    ]


def test_bare_turns_of_real_threads_are_those_of_the_plain_clock_table(tmp_path: Path) -> None:
    target = tmp_path / "turns.json"
    call_command(
        "turns",
        str(THREADS),
        timezone="UTC",
        hours="00:00-24:00",
        answer_window=72 * 3_600_000,
        cap=8 * 3_600_000,
        as_of=AS_OF,
        format="json",
        output=target,
    )

    found = sorted(
        (turn["opened_by_message"], turn["state"], turn["wait_seconds"]) for turn in json.loads(target.read_text())
    )
    messages = read_messages()
    clocks = {message.shop_id: ServiceClock("UTC", ROUND_THE_CLOCK) for message in messages}
    rules = ClockRules(answer_window_ms=72 * 3_600_000, cap_ms=8 * 3_600_000)
    expected = sorted(
        (turn.opened_by_message, turn.state, None if turn.wait_ms is None else turn.wait_ms / 1000)
        for turn in clock_table.turns(messages, rules, to_ms(AS_OF), clocks)
    )
    assert found == expected
    assert len(found) > 1_000


@pytest.mark.django_db(transaction=True)
def test_real_threads_become_ratings_that_can_be_replayed() -> None:
    call_command("import", "chat", str(THREADS), create=True, timezone="UTC", hours="mon-sun 00:00-24:00", verbosity=0)
    call_command("publish_policy", "forum", starts_on=date(2024, 8, 1))
    call_command("score", first=date(2024, 8, 1), last=date(2024, 10, 12), as_of=AS_OF)

    messages = read_messages()
    clocks = {message.shop_id: ServiceClock("UTC", ROUND_THE_CLOCK) for message in messages}
    rules = ClockRules(answer_window_ms=72 * 3_600_000, cap_ms=48 * 3_600_000)
    turns = clock_table.turns(messages, rules, to_ms(AS_OF), clocks)
    for shop in Shop.objects.all():
        mine = [turn for turn in turns if turn.shop_id == shop.code and turn.local_date <= "2024-10-12"]
        days = ShopDay.objects.filter(shop=shop)
        assert sum(day.turns for day in days) == len(mine)
        assert sum(day.answered for day in days) == sum(turn.state == "answered" for turn in mine)
        on_time = sum(turn.wait_ms is not None and turn.wait_ms <= 8 * 3_600_000 for turn in mine)
        assert sum(day.on_time for day in days) == on_time
        # The rating of the last day rests on the 30 dates up to it.
        rating = ShopRating.objects.filter(shop=shop).latest("on")
        window = [turn for turn in mine if str(rating.window_first_on) <= turn.local_date <= str(rating.window_last_on)]
        assert rating.settled == sum(turn.state in {"answered", "unanswered"} for turn in window)
        assert Privileges.objects.get(shop=shop).grade == rating.grade
    assert {rating.grade for rating in ShopRating.objects.all()} >= {"provisional", "A"}
    assert AgentScore.objects.count() > 1_000
    assert Agent.objects.filter(scores__standing="at").exists()
    some = ShopRating.objects.order_by("-on", "pk")[:20]
    assert all(replay_rating(rating.pk).is_equal for rating in some)


def test_turns_never_overwrite_what_they_are_read_from(tmp_path: Path) -> None:
    chat = tmp_path / "chat.parquet"
    chat.write_bytes(THREADS.read_bytes())

    with pytest.raises(CommandError, match="would overwrite an input file"):
        call_command("turns", str(chat), timezone="UTC", hours="00:00-24:00", as_of=AS_OF, output=chat)

    assert chat.read_bytes() == THREADS.read_bytes()
