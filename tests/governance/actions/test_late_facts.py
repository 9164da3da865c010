"""Facts that come late, over HTTP: their days are computed again, as if everything had come in time."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from governance.models import AgentScore, ShopRating
from shops.chat.clock import from_ms
from shops.imports.chat_batch import forget_people
from shops.models import AgentDay, ComputedDay, ControlTotal, CountedDay, Outage, Privileges, PrivilegesChange, ShopDay
from tests.builders import LONG_AFTER, TEA, Message, all_stored, answers, asks, at, make_shop, on, turns
from tests.governance.actions.marketplace import BAD, GOOD, make_quick_policy, score
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db

NOW = at("12:00", 12)


@pytest.fixture(autouse=True)
def tea():
    """Tea house, good on six days, its messages sent over HTTP."""
    forget_people()
    make_quick_policy(window_days=3)
    shop = make_shop(hours="00:00-24:00")
    for day in range(6):
        send_messages(turns(day, GOOD))
    return shop


def post(route: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Send rows as the marketplace does; the answer."""
    with time_machine.travel(NOW, tick=False):
        headers = make_token("facts:write", "chat:write")[1]
        answer = Client().post(f"/api/v1/{route}/", rows, content_type="application/json", **headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def send_messages(messages: list[Message], shift: timedelta = timedelta(0)) -> dict[str, Any]:
    """Messages as the chat system sends them, its clock wrong by `shift`."""
    names = ("message_id", "conversation_id", "shop_id", "buyer_id", "agent_id", "sender", "kind", "delivery", "text")
    rows = [
        {name: row[name] for name in names if row[name] is not None}
        | {"sent_at": (from_ms(row["sent_ms"]) + shift).isoformat()}
        for row in messages
    ]
    return post("chat/messages", rows)


def judged_from_scratch() -> dict[str, Any]:
    """What a first run makes of the facts as they are now."""
    shutil.rmtree(Path(settings.CHAT_LOG_DIR) / "days")
    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange, ShopDay, AgentDay, ComputedDay, CountedDay):
        model.objects.all().delete()
    ControlTotal.objects.update(counted=None, counted_at=None)
    score(0, 6)
    return all_stored()


def judged_again() -> dict[str, Any]:
    """What a run makes of them whose days were computed before: its judgements are new, its files are not."""
    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()
    score(0, 6)
    return all_stored()


def day(number: int) -> ShopDay:
    return ShopDay.objects.get(on=on(number))


def test_an_outage_declared_afterwards_takes_its_turns_out_of_the_count() -> None:
    send_messages(turns(2, BAD, hour=14))
    score(0, 6)
    assert (day(2).settled, day(2).unanswered, day(2).stoppage) == (20, 4, 0)

    answer = post(
        "outages", [{"outage_id": "o1", "starts_at": "2026-05-06T13:59:00Z", "ends_at": "2026-05-06T14:30:00Z"}]
    )
    assert answer["accepted"] == 1
    again = judged_again()

    assert (day(2).settled, day(2).unanswered, day(2).stoppage) == (10, 0, 10)
    assert ShopRating.objects.get(on=on(4)).unanswered == 0
    assert again == judged_from_scratch()


def test_an_outage_that_turns_out_longer_takes_out_more_turns() -> None:
    post(
        "outages", [{"outage_id": "o1", "starts_at": at("10:00", 2).isoformat(), "ends_at": at("10:04", 2).isoformat()}]
    )
    score(0, 6)
    assert day(2).stoppage == 4
    stated_at = Outage.objects.get().changed_at

    post(
        "outages", [{"outage_id": "o1", "starts_at": at("10:00", 2).isoformat(), "ends_at": at("10:06", 2).isoformat()}]
    )
    again = judged_again()

    assert day(2).stoppage == 6
    assert Outage.objects.get().changed_at != stated_at
    assert again == judged_from_scratch()


def test_a_late_answer_counts_as_if_it_had_come_in_time() -> None:
    send_messages([asks(at("14:00", 3), "late", agent="ann")])
    score(0, 6)
    assert day(3).unanswered == 1

    assert send_messages([answers(at("14:01", 3), "late")])["accepted"] == 1
    again = judged_again()

    assert (day(3).unanswered, day(3).answered) == (0, 11)
    assert again == judged_from_scratch()


def test_the_same_late_batch_again_opens_no_day() -> None:
    late = [asks(at("14:00", 3), "late", agent="ann")]
    send_messages(late)
    score(0, 6)
    before = dict(ComputedDay.objects.values_list("on", "fingerprint"))

    assert send_messages(late)["repeated"] == 1
    summary = score(0, 6)

    assert summary.settled.days_computed == 0
    assert dict(ComputedDay.objects.values_list("on", "fingerprint")) == before


def test_a_senders_clock_a_day_ahead_is_told_at_once_and_nothing_is_kept() -> None:
    today = (NOW.astimezone(UTC).date() - on(0)).days
    score(0, 6)

    answer = send_messages([asks(at("11:59", today), "ahead")], timedelta(days=1))

    assert (answer["accepted"], answer["rejected"]) == (0, 1)
    assert "future" in answer["rejects"][0]["reason"]
    assert score(0, 6).settled.days_computed == 0


@pytest.mark.parametrize(
    ("ahead", "accepted"), [(timedelta(minutes=10), 1), (timedelta(minutes=10, milliseconds=1), 0)]
)
def test_ten_minutes_ahead_are_the_last_that_count_as_now(ahead, accepted) -> None:
    message = [asks(NOW, "ahead")]

    assert send_messages(message, ahead)["accepted"] == accepted


def test_a_senders_clock_a_day_behind_opens_the_day_that_it_names() -> None:
    """Messages of Friday said to be of Thursday are taken, since they may well be late; Thursday is judged by them."""
    score(0, 6)

    answer = send_messages(turns(4, BAD, hour=15), timedelta(days=-1))
    again = judged_again()

    assert answer["accepted"] == 16  # ten questions and six answers
    assert (day(3).settled, day(3).unanswered, day(4).settled) == (20, 4, 10)
    assert again == judged_from_scratch()


def test_a_control_total_tells_a_clock_that_was_a_day_behind() -> None:
    """The sender says 16 more messages on the day they were sent than the log holds there, so neither day is final."""
    totals = [{"shop_id": TEA, "on": on(number).isoformat(), "messages": 20} for number in range(6)]
    totals[4]["messages"] = 36
    post("chat/totals", totals)
    send_messages(turns(4, BAD, hour=15), timedelta(days=-1))
    score(0, 6)

    assert list(ShopDay.objects.filter(is_final=False).values_list("on", flat=True).order_by("on")) == [on(3), on(4)]
    rating = ShopRating.objects.get(on=on(5))
    assert (rating.window_first_on, rating.window_last_on, rating.left_out) == (
        on(1), on(5), [on(3).isoformat(), on(4).isoformat()],
    )  # fmt: skip
    assert judged_again() == judged_from_scratch()


def test_published_ratings_stay_whatever_comes_later() -> None:
    score(0, 5)
    published = list(ShopRating.objects.order_by("on").values())

    send_messages(turns(3, [None] * 30, hour=16))
    score(0, 5)

    assert list(ShopRating.objects.order_by("on").values()) == published
    assert day(3).unanswered == 30


def test_a_days_total_stated_after_the_night_opens_it_again() -> None:
    post("chat/totals", [{"shop_id": TEA, "on": on(5).isoformat(), "messages": 19}])
    score(5)
    assert ShopRating.objects.get(on=on(5)).left_out == [on(5).isoformat()]

    assert post("chat/totals", [{"shop_id": TEA, "on": on(5).isoformat(), "messages": 20}])["changed"] == 1
    score(6, as_of=datetime(2026, 7, 2, tzinfo=UTC))

    assert ShopRating.objects.get(on=on(6)).left_out == []
    assert day(5).is_final
    assert ShopRating.objects.get(on=on(6)).as_of > LONG_AFTER
