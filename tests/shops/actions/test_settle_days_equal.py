"""However the work is cut (days one by one, shards, chunks, several runs), the rows and the files are the same."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.actions import settle_days as module
from shops.actions.settle_days import settle_days
from shops.chat.log import open_log
from shops.models import AgentDay, ComputedDay, Escalation, Feedback, Outage, ShopDay
from tests.builders import (
    LONG_AFTER,
    answers,
    asks,
    at,
    days_stored,
    make_policy,
    make_shop,
    message,
    on,
    store,
)

pytestmark = pytest.mark.django_db

ZONES = {
    "kiribati": ("Pacific/Kiritimati", "00:00-24:00"),
    "midway": ("Pacific/Midway", "09:00-18:00"),
    "shanghai": ("Asia/Shanghai", None),
    "berlin": ("Europe/Berlin", "22:00-06:00"),
}
LAST = 9


def talk_at_random(seed: int) -> None:
    """Ten days of conversations around the clock, with everything that the clock knows, in a few batches."""
    chance = random.Random(seed)
    shops = [make_shop(code, timezone=zone, hours=hours) for code, (zone, hours) in ZONES.items()]
    rows = []
    for number in range(240):
        shop, buyer = chance.choice(list(ZONES)), f"b{chance.randrange(25)}"
        agent = chance.choice(["ann", "bea", "ann", None])
        sent_at = at("00:00") + timedelta(milliseconds=chance.randrange(LAST * 86_400_000))
        common = {"shop": shop, "conversation": f"{buyer}/{chance.randrange(2)}"}
        rows.append(asks(sent_at, buyer, agent=agent, text=chance.choice(["thanks", "hm?", None]), **common))
        for _ in range(chance.randrange(4)):
            sent_at += timedelta(seconds=chance.choice([0.5, 5, 200, 5_000, 86_400, 100_000]))
            match chance.randrange(8):
                case 0:
                    rows.append(message("system", sent_at, kind="close", buyer=buyer, **common))
                case 1:
                    rows.append(message("bot", sent_at, buyer=buyer, **common))
                case 2:
                    rows.append(message("system", sent_at, kind="handoff", agent="bea", buyer=buyer, **common))
                case 3:
                    rows.append(asks(sent_at, buyer, **common))
                case _:
                    text = chance.choice(["please wait", "in stock", "in stock", "it is the blue one"])
                    rows.append(answers(sent_at, buyer, agent or "ann", text=text, **common))
        rows[-1]["message_id"] += f"#{number}"
    for start in range(0, len(rows), 100):
        store(*rows[start : start + 100], received_at=at("00:00", 20))
    for number in range(12):
        said_at = at("00:00") + timedelta(hours=chance.randrange(LAST * 24))
        shop, buyer = chance.choice(shops), f"b{chance.randrange(25)}"
        Feedback.objects.create(shop=shop, conversation_id="c", buyer_id=buyer, rated_at=said_at, stars=1 + number % 5)
        Escalation.objects.create(shop=shop, buyer_id=buyer, source="case", reference=str(number), escalated_at=said_at)
    Outage.objects.create(code="o1", starts_at=at("06:00", 3), ends_at=at("20:00", 3))


def rules() -> dict:
    """A short W and a low bar for repeated replies, so that days depend on rows around them."""
    return {"answer_window_hours": 2, "repeated_reply": {"min_conversations": 3, "max_chars": 15}}


def day_files() -> dict:
    """The rows of every file of computed days."""
    found = {}
    for path in sorted((Path(settings.CHAT_LOG_DIR) / "days").rglob("*.parquet")):
        key = (path.parent.parent.name, path.name)
        found[key] = sorted([*found.get(key, []), *duckdb.read_parquet(str(path)).fetchall()], key=repr)
    return found


def forget() -> None:
    for model in (ComputedDay, ShopDay, AgentDay):
        model.objects.all().delete()


@pytest.mark.parametrize("seed", [1, 2])
def test_days_one_by_one_equal_the_span_at_once(seed, settings, tmp_path):
    make_policy(clock=rules())
    talk_at_random(seed)
    settle_days(on(-1), on(LAST), as_of=LONG_AFTER)
    rows, files = days_stored(), day_files()
    assert sum(turns for _, _, turns in rows["days"]) > 100

    forget()
    (settings.CHAT_LOG_DIR / "days").rename(tmp_path / "days at once")
    for day in range(LAST, -2, -1):
        settle_days(on(day), on(day), as_of=LONG_AFTER)

    assert days_stored() == rows
    assert day_files() == files


def test_small_chunks_equal_large_ones(settings, tmp_path, monkeypatch):
    make_policy(clock=rules())
    talk_at_random(3)
    settle_days(on(-1), on(LAST), as_of=LONG_AFTER)
    rows, files = days_stored(), day_files()

    forget()
    (settings.CHAT_LOG_DIR / "days").rename(tmp_path / "days at once")
    sizes = open_log().size_of_days(on(-1), on(LAST))
    monkeypatch.setattr(module, "CHUNK_BYTES", 2.5 * max(sizes.values()))
    settle_days(on(-1), on(LAST), as_of=LONG_AFTER)

    assert days_stored() == rows
    assert day_files() == files


@pytest.mark.parametrize("as_of", [LONG_AFTER, at("12:00", 5)])
def test_several_shards_equal_one(settings, tmp_path, as_of):
    make_policy(clock=rules())
    talk_at_random(4)
    settle_days(on(-1), on(LAST), as_of=as_of)
    rows, files = days_stored(), day_files()

    forget()
    batches = [pq.read_table(part.path).drop_columns(["received_ms"]) for part in open_log().parts(on(-9), on(30))]
    settings.CHAT_LOG_DIR, settings.CHAT_LOG_SHARDS = tmp_path / "sharded", 5
    for batch in batches:
        open_log().append(batch, 0)
    settle_days(on(-1), on(LAST), as_of=as_of)

    assert len({path.name for path in settings.CHAT_LOG_DIR.glob("messages/*/*")}) > 1
    sharded = days_stored()
    assert (sharded["shop days"], sharded["agent days"]) == (rows["shop days"], rows["agent days"])
    assert day_files() == files


def test_nightly_runs_equal_one_run_at_the_end(settings, tmp_path):
    """Every other noon a run over the days so far, as if all messages of a day had come in by then."""
    make_policy(clock=rules())
    talk_at_random(5)
    for day in range(0, LAST + 8, 2):
        settle_days(on(-1), on(min(day, LAST)), as_of=at("12:00", day))
    rows, files = days_stored(), day_files()

    forget()
    (settings.CHAT_LOG_DIR / "days").rename(tmp_path / "days by night")
    settle_days(on(-1), on(LAST), as_of=LONG_AFTER)

    assert days_stored() == rows
    assert day_files() == files


def test_replies_repeated_over_a_utc_day_are_brush_offs_wherever_the_shops_day_begins():
    """In Shanghai Tuesday begins at 16:00 UTC: what ann said at 01:00 UTC counts for her answer at 16:30."""
    make_policy(clock=rules() | {"repeated_reply": {"min_conversations": 2, "max_chars": 15}})
    make_shop("shanghai", timezone="Asia/Shanghai", hours="00:00-24:00")
    for buyer, time in (("bo", "01:00"), ("cy", "16:30")):
        asked_at = at(time)
        answer = answers(asked_at + timedelta(seconds=9), buyer, shop="shanghai", text="in stock")
        store(asks(asked_at, buyer, shop="shanghai"), answer)

    settle_days(on(1), on(1), as_of=LONG_AFTER)

    assert ShopDay.objects.get(on=on(1)).brushed_off == 1
