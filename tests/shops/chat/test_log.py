"""The chat log: what was appended is read back once, whatever is sent again and whatever breaks."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shops.chat import engine
from shops.chat import log as log_module
from shops.chat.clock import to_ms
from shops.chat.log import Appended, ChatLog, LogError, open_log, shard_of
from shops.chat.parts import digest_of
from shops.chat.turns import Calendars, Span, load_calendars, load_messages
from tests.builders import BOOKS, MONDAY, TEA, answers, as_table, asks, at, on, store

EARLY, LATE = to_ms(at("12:00")), to_ms(at("13:00"))


@pytest.fixture
def log(tmp_path: Path) -> ChatLog:
    return ChatLog(tmp_path / "log")


def append(log: ChatLog, *messages, received_ms: int = EARLY) -> Appended:
    return log.append(as_table(messages), received_ms)


def all_parts(log: ChatLog):
    return log.parts(on(-30), on(30))


def read(log: ChatLog) -> list[tuple[str, int, str | None]]:
    """What the engine reads: (message id, sent, text key) of tea house and book nook, each id once."""
    first, last = to_ms(at("00:00", -30)), to_ms(at("00:00", 30))
    span = Span(first, first, last, last)
    with engine.connect(threads=1) as con:
        load_calendars(con, Calendars([], {TEA: 0, BOOKS: 0}), span, 0)
        load_messages(con, [part.path for part in all_parts(log)], span)
        return con.execute("select message_id, sent_ms, text_key from messages order by 2, 1").fetchall()


def test_what_was_appended_is_read_back(log):
    question, answer = asks(at("10:00"), text="Is it green?"), answers(at("10:01"), text="Yes.")

    assert append(log, answer, question) == Appended(rows=2, repeated=0)

    (part,) = all_parts(log)
    table = pq.read_table(part.path)
    stored = {row["message_id"]: row for row in table.to_pylist()}
    assert stored == {row["message_id"]: row | {"received_ms": EARLY} for row in (question, answer)}
    assert read(log) == [
        (question["message_id"], question["sent_ms"], "is it green?"),
        (answer["message_id"], answer["sent_ms"], "yes"),
    ]


def test_a_batch_sent_again_is_the_same_part(log):
    batch = [asks(at("10:00")), asks(at("10:00", 1), buyer="cy")]
    append(log, *batch)
    files = {part.path: part.path.stat().st_mtime_ns for part in all_parts(log)}

    assert append(log, *batch, received_ms=LATE) == Appended(rows=0, repeated=2)

    assert {part.path: part.path.stat().st_mtime_ns for part in all_parts(log)} == files


def test_an_empty_batch_stores_nothing(log):
    assert append(log) == Appended(0, 0)
    assert log.days() == []


def test_of_repeats_inside_a_batch_the_first_row_wins(log):
    first = asks(at("10:00"), text="first", message_id="m1")
    again = asks(at("10:05"), text="other words", message_id="m1")

    assert append(log, first, again, asks(at("10:06"), message_id="m2")) == Appended(rows=2, repeated=1)

    assert [(key, text) for key, _, text in read(log)] == [("m1", "first"), ("m2", None)]


def test_of_repeats_across_parts_the_one_received_first_wins(log):
    append(log, asks(at("10:00"), text="received second", message_id="m1"), received_ms=LATE)
    append(log, asks(at("10:05"), text="received first", message_id="m1"), received_ms=EARLY)

    assert read(log) == [("m1", to_ms(at("10:05")), "received first")]


def test_the_same_id_at_two_shops_is_two_messages(log):
    append(log, asks(at("10:00"), message_id="m1"), asks(at("10:00"), shop=BOOKS, message_id="m1"))

    assert len(read(log)) == 2


def test_the_last_millisecond_of_a_utc_day_and_the_first_of_the_next_are_in_different_partitions(log):
    append(log, asks(at("23:59:59.999"), message_id="last"), asks(at("00:00", 1), message_id="first"))

    assert [part.day for part in all_parts(log)] == [MONDAY, on(1)]
    assert [pq.read_table(part.path)["message_id"].to_pylist() for part in all_parts(log)] == [["last"], ["first"]]
    assert log.days() == [MONDAY, on(1)]
    assert [part.day for part in log.parts(on(1), on(1))] == [on(1)]


def test_a_message_from_before_1970_belongs_to_its_own_day(log):
    append(log, asks(at("00:00")) | {"sent_ms": -1})

    assert log.days() == [date(1969, 12, 31)]


def test_a_shop_is_in_one_shard_only(tmp_path):
    log = ChatLog(tmp_path / "log", shards=4)
    shops = [f"shop-{number}" for number in range(12)]
    append(log, *[asks(at("10:00", day), shop=shop) for shop in shops for day in (0, 1)])

    for shard in range(4):
        found = [
            shop for part in log.parts(MONDAY, on(1), shard) for shop in pq.read_table(part.path)["shop_id"].to_pylist()
        ]
        assert sorted(found) == sorted(2 * [shop for shop in shops if shard_of(shop, 4) == shard])
    assert len(log.parts(MONDAY, on(1))) == sum(len(log.parts(MONDAY, on(1), shard)) for shard in range(4))


def test_an_existing_log_keeps_its_number_of_shards(tmp_path):
    assert ChatLog(tmp_path / "log", shards=3).shards == 3
    assert ChatLog(tmp_path / "log", shards=7).shards == 3


@pytest.mark.parametrize("shards", [0, 4097])
def test_a_number_of_shards_out_of_range_is_refused(tmp_path, shards):
    with pytest.raises(LogError, match="1 to 4096 shards"):
        ChatLog(tmp_path / "log", shards)
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("shards", [1, 4096])
def test_a_number_of_shards_in_range_is_taken(tmp_path, shards):
    assert ChatLog(tmp_path / "log", shards).shards == shards


@pytest.mark.parametrize("content", ["", "{", "[]", '{"shards": "many", "format": 1}'])
def test_a_log_with_a_broken_marker_is_refused(tmp_path, content):
    ChatLog(tmp_path / "log")
    (tmp_path / "log" / "log.json").write_text(content)

    with pytest.raises(LogError, match="Restore it from a backup"):
        ChatLog(tmp_path / "log")


def test_a_log_of_a_later_format_is_refused(tmp_path):
    ChatLog(tmp_path / "log")
    (tmp_path / "log" / "log.json").write_text(json.dumps({"format": 2, "shards": 1}))

    with pytest.raises(LogError, match="format 2"):
        ChatLog(tmp_path / "log")


def test_messages_without_the_marker_are_not_cut_into_other_shards(log):
    append(log, asks(at("10:00")))
    (log.root / "log.json").unlink()

    with pytest.raises(LogError, match=r"log\.json is missing"):
        ChatLog(log.root, shards=4)


def test_the_digest_tells_the_rows_not_their_chunks():
    table = as_table([asks(at(f"10:{minute:02d}"), text=None if minute % 3 else "嗯 ok") for minute in range(10)])
    longer = as_table([asks(at("09:00")), *table.to_pylist(), asks(at("11:00"))])
    chunked = pa.concat_tables([table.slice(0, 3), table.slice(3, 0), table.slice(3, 7)])

    assert digest_of(chunked) == digest_of(longer.slice(1, 10)) == digest_of(table)
    assert digest_of(table.select(table.column_names[::-1])) == digest_of(table)


def test_the_digest_tells_rows_apart_that_look_alike():
    base = asks(at("10:00"), text="")
    variants = [
        base,
        base | {"text": None},
        base | {"agent_id": ""},
        base | {"sent_ms": base["sent_ms"] + 1},
        base | {"message_id": "ab", "conversation_id": "c"},
        base | {"message_id": "a", "conversation_id": "bc"},
    ]
    tables = [as_table([row]) for row in variants] + [as_table([base, variants[1]]), as_table([variants[1], base])]

    assert len({digest_of(table) for table in tables}) == len(tables)


def test_two_writers_of_one_batch_make_one_part(log, monkeypatch):
    """The other writer's part appears after this one looked and before it gives its own the name."""
    named = log_module.name_part

    def overtaken(draft, target):
        named(draft, target)
        return named(draft, target)

    monkeypatch.setattr(log_module, "name_part", overtaken)

    assert append(log, asks(at("10:00"))) == Appended(rows=0, repeated=1)
    assert len(all_parts(log)) == 1
    assert [path.name for path in log.root.rglob("*.tmp")] == []


def test_the_size_of_days_is_the_bytes_of_their_parts(log):
    append(log, asks(at("10:00")), asks(at("10:00", 2)))
    append(log, asks(at("11:00")))
    sizes = {part.path: part.path.stat().st_size for part in all_parts(log)}

    expected = {MONDAY: 0, on(2): 0}
    for part in all_parts(log):
        expected[part.day] += sizes[part.path]
    assert log.size_of_days(on(-1), on(3)) == expected
    assert log.size_of_days(on(-1), on(3), shard=0) == expected


def test_a_span_of_years_finds_the_same_parts_as_a_short_one(log):
    append(log, asks(at("10:00")), asks(at("10:00", 2)))

    assert log.parts(MONDAY - timedelta(days=4000), on(4000)) == all_parts(log)


def test_the_settings_say_where_the_log_is_and_how_many_shards_a_new_one_has(settings, tmp_path):
    settings.CHAT_LOG_DIR, settings.CHAT_LOG_SHARDS = tmp_path / "elsewhere", 5
    store(asks(at("10:00")))

    assert open_log().shards == 5
    assert (tmp_path / "elsewhere" / "messages" / f"day={MONDAY}").is_dir()
