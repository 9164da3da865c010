"""The contract of a message: what is taken, what is rejected and with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as patience
from hypothesis import strategies as st

from shops.chat.clock import to_ms
from shops.chat.messages import CHECKS, MAX_TEXT_BYTES, STORED_SCHEMA, MessageFileError, check_messages
from shops.chat.text import EMOJI_KEY, text_key
from shops.chat.values import ms_of_text, ms_of_timestamps, read_instant_ms

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SENT = "2026-05-01T09:30:00Z"
GOOD = {
    "message_id": "m1",
    "conversation_id": "c1",
    "shop_id": "s1",
    "buyer_id": "b1",
    "agent_id": "a1",
    "sender": "buyer",
    "kind": "message",
    "sent_at": SENT,
    "text": "有货吗？",
    "delivery": "delivered",
}


def check(*changes, oldest=None, known_shops=None, first_row=1, numbers=None, **columns):
    """Check one good row for each dict of changes; `columns` replace whole columns."""
    rows = [{**GOOD, **change} for change in changes or ({},)]
    table = pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in GOOD]))
    for name, values in columns.items():
        if values is None:
            table = table.drop_columns([name])
        else:
            table = table.set_column(table.column_names.index(name), name, pa.chunked_array([values]))
    return check_messages(
        table,
        first_row=first_row,
        now_ms=NOW_MS,
        future_tolerance_ms=600_000,
        oldest_ms=None if oldest is None else to_ms(oldest),
        known_shops=None if known_shops is None else pa.array(known_shops, pa.string()),
        numbers=numbers,
    )


def reason_of(**change):
    checked = check(change)
    assert checked.good.num_rows == 0
    (reject,) = checked.rejects
    return reject.reason


def test_a_good_row_is_stored_with_its_milliseconds_and_text_key():
    checked = check({"text": " 好的！ "})

    assert checked.good.schema == STORED_SCHEMA
    assert checked.good.to_pylist() == [
        {
            "message_id": "m1",
            "conversation_id": "c1",
            "shop_id": "s1",
            "buyer_id": "b1",
            "agent_id": "a1",
            "sender": "buyer",
            "kind": "message",
            "sent_ms": 1_777_627_800_000,
            "text": " 好的！ ",
            "text_key": "好的",
            "delivery": "delivered",
        }
    ]
    assert len(checked.rejects) == 0


def test_columns_that_may_be_left_out_get_their_defaults():
    (row,) = check(agent_id=None, kind=None, text=None, delivery=None).good.to_pylist()

    assert (row["agent_id"], row["kind"], row["text"], row["text_key"], row["delivery"]) == (
        None,
        "message",
        None,
        None,
        "delivered",
    )


def test_empty_values_mean_the_same_as_none():
    (row,) = check({"agent_id": " ", "kind": "", "text": "", "delivery": ""}).good.to_pylist()

    assert (row["agent_id"], row["kind"], row["text"], row["text_key"], row["delivery"]) == (
        None,
        "message",
        None,
        None,
        "delivered",
    )


@pytest.mark.parametrize("name", ["message_id", "conversation_id", "shop_id", "buyer_id"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_row_without_a_required_id_is_rejected(name, value):
    assert reason_of(**{name: value}) == f"{name} is missing"


@pytest.mark.parametrize("name", ["message_id", "conversation_id", "shop_id", "buyer_id", "agent_id"])
def test_an_id_of_128_characters_is_taken_and_one_of_129_is_not(name):
    assert check({name: "字" * 128}).good.num_rows == 1
    assert "more than 128 characters" in reason_of(**{name: "字" * 129})


@pytest.mark.parametrize("letter", ["\0", "\n", "\t", "\x1f", "\x7f", "\x85", "\u2028", "\u2029"])
def test_control_characters_in_ids_are_rejected(letter):
    reason = reason_of(buyer_id=f"b{letter}1")

    assert reason.startswith('buyer_id "b\\')
    assert reason.endswith('1" contains a control character; remove it')


def test_ids_may_hold_spaces_and_any_script():
    assert check({"buyer_id": "买家 №1 é"}).good["buyer_id"].to_pylist() == ["买家 №1 é"]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("sender", "buyer, agent, bot, system"),
        ("kind", "message, auto_reply, note, handoff, transfer, close"),
        ("delivery", "delivered, intercepted, failed, platform_blocked"),
    ],
)
def test_an_unknown_word_is_rejected_with_the_words_that_are_known(name, allowed):
    assert reason_of(**{name: "Buyer"}) == f'{name} "Buyer" is unknown; write one of: {allowed}'


def test_a_row_without_a_sender_is_rejected():
    assert reason_of(sender=None).startswith("sender (empty) is unknown")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T09:30:00Z", 1_777_627_800_000),
        ("2026-05-01T17:30:00+08:00", 1_777_627_800_000),
        ("2026-05-01 17:30:00.25+0800", 1_777_627_800_250),
        ("2026-05-01T09:30:00.123999Z", 1_777_627_800_123),
        ("2026-05-01T09:30:00.123456789Z", 1_777_627_800_123),
    ],
)
def test_instants_with_an_offset_are_read_and_floored_to_milliseconds(text, expected):
    assert check({"sent_at": text}).good["sent_ms"].to_pylist() == [expected]


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30T00:00:00Z", "1777627800", "0000-01-01T00:00:00Z"])
def test_a_time_that_is_no_date_is_rejected(text):
    assert reason_of(sent_at=text) == f'sent_at "{text}" is no date and time; write it like 2026-05-01T09:30:00Z'


@pytest.mark.parametrize("text", ["2026-05-01T09:30:00", "2026-05-01 09:30:00.5", "2026-05-01"])
def test_a_naive_time_is_rejected_with_the_way_to_write_it(text):
    reason = reason_of(sent_at=text)

    assert "has no time zone: write it as 2026-05-01T" in reason
    assert reason.endswith("Z or with an offset such as +08:00")


def test_a_missing_time_is_rejected():
    assert reason_of(sent_at=None) == "sent_at is missing"


def test_ten_minutes_ahead_is_taken_and_a_millisecond_more_is_not():
    last = NOW + timedelta(minutes=10)

    assert check({"sent_at": last.isoformat()}).good.num_rows == 1
    assert reason_of(sent_at=(last + timedelta(milliseconds=1)).isoformat()) == (
        "sent_at 2026-05-10T12:10:00.001000Z lies more than 10 minutes in the future; correct the sender's clock"
    )


def test_the_first_instant_of_the_retention_is_taken_and_the_one_before_is_not():
    oldest = datetime(2025, 1, 1, tzinfo=UTC)
    checked = check(
        {"sent_at": oldest.isoformat()}, {"sent_at": (oldest - timedelta(milliseconds=1)).isoformat()}, oldest=oldest
    )

    assert checked.good.num_rows == 1
    assert checked.rejects[0].reason == (
        "sent_at 2024-12-31T23:59:59.999000Z is older than what the chat log keeps (from 2025-01-01T00:00:00Z on)"
    )


def test_without_a_retention_nothing_before_1970_is_taken():
    assert check({"sent_at": "1970-01-01T00:00:00Z"}).good.num_rows == 1
    assert "is older than" in reason_of(sent_at="1969-12-31T23:59:59.999Z")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "+08:00"])
def test_typed_instants_of_any_unit_and_zone_are_taken(unit, zone):
    values = pa.array([datetime(2026, 5, 1, 9, 30, tzinfo=UTC)], pa.timestamp(unit, zone))

    assert check(sent_at=values).good["sent_ms"].to_pylist() == [1_777_627_800_000]


def test_typed_instants_are_floored_also_before_1970():
    values = pa.array([-1, -1_000, -1_001, 999, None], pa.timestamp("us", "UTC"))

    assert ms_of_timestamps(values).to_pylist() == [-1, -1, -2, 0, None]


def test_a_typed_time_that_is_missing_or_outside_the_calendar_is_rejected():
    checked = check({}, {}, sent_at=pa.array([None, 2**62], pa.int64()).cast(pa.timestamp("s", "UTC")))

    assert [reject.reason for reject in checked.rejects] == [
        "sent_at is missing",
        "sent_at lies outside the years 1 to 9999",
    ]


def test_a_column_of_naive_timestamps_is_refused_as_a_whole():
    with pytest.raises(
        MessageFileError, match=r'"sent_at" holds naive local times .*Write timestamps with a time zone'
    ):
        check(sent_at=pa.array([datetime(2026, 5, 1)], pa.timestamp("us")))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("message_id", pa.array([1.5])),
        ("buyer_id", pa.array([True])),
        ("shop_id", pa.array([b"s1"])),
        ("sent_at", pa.array([1_777_627_800_000])),
        ("sent_at", pa.array([date(2026, 5, 1)])),
        ("text", pa.array([["a"]])),
        ("sender", pa.array([1])),
        ("agent_id", pa.array([Decimal("1.0")])),
    ],
)
def test_a_column_of_an_impossible_type_is_refused_by_name(name, values):
    with pytest.raises(MessageFileError, match=rf'Column "{name}" holds values of type .* Write '):
        check(**{name: values})


def test_whole_numbers_are_taken_as_ids():
    assert check(buyer_id=pa.array([42])).good["buyer_id"].to_pylist() == ["42"]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_all_kinds_of_text_columns_give_the_same_rows(kind):
    plain = check({}, {"text": None, "agent_id": None})
    columns = {
        name: pa.array([GOOD[name], None if name in {"text", "agent_id"} else GOOD[name]]).cast(kind) for name in GOOD
    }

    assert check({}, {}, **columns).good.equals(plain.good)


def test_a_column_of_nothing_but_nulls_is_a_column_without_values():
    (row,) = check(agent_id=pa.nulls(1), text=pa.nulls(1)).good.to_pylist()

    assert (row["agent_id"], row["text"]) == (None, None)


def test_an_unknown_column_is_refused_with_the_one_that_was_meant():
    table = pa.table({**{name: [value] for name, value in GOOD.items() if name != "sender"}, "Sender": ["buyer"]})

    with pytest.raises(MessageFileError, match=r'Unknown column "Sender"\. Did you mean "sender"\?'):
        check_messages(table, first_row=1, now_ms=NOW_MS, future_tolerance_ms=0, oldest_ms=None)


def test_missing_columns_are_named_together():
    with pytest.raises(MessageFileError, match=r'Column "buyer_id", "sent_at" is missing\. Required are: message_id, '):
        check(buyer_id=None, sent_at=None)


def test_a_text_of_a_million_bytes_is_taken_and_one_more_is_not():
    assert check({"text": "a" * MAX_TEXT_BYTES}).good.num_rows == 1
    assert reason_of(text="a" * (MAX_TEXT_BYTES + 1)) == "text is longer than 1000000 bytes"


def test_a_nul_in_a_text_becomes_a_replacement_character():
    (row,) = check({"text": "a\0b"}).good.to_pylist()

    assert (row["text"], row["text_key"]) == ("a\N{REPLACEMENT CHARACTER}b", "a\N{REPLACEMENT CHARACTER}b")


def test_text_keys_are_those_of_text_key():
    texts = ["ＯＫ！", "👍👍", None, "  请稍等。。 ", "ＯＫ！", "Straße"]
    checked = check(*[{"text": text} for text in texts])

    assert checked.good["text_key"].to_pylist() == [text_key(text) for text in texts]
    assert checked.good["text_key"].to_pylist()[1] == EMOJI_KEY


def broken_text(*values: bytes) -> pa.Array:
    """A string array whose bytes are not checked, as a careless writer of Parquet makes it."""
    plain = pa.array(values, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(plain), plain.buffers())


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xed\xa0\x80", "你好".encode("gbk")])
@pytest.mark.parametrize("name", ["buyer_id", "text", "sent_at", "sender"])
def test_bytes_that_are_no_utf8_reject_their_row_only(name, raw):
    checked = check({}, {}, **{name: broken_text(raw, GOOD[name].encode())})

    assert checked.good[STORED_SCHEMA.names[0]].to_pylist() == ["m1"]
    assert checked.rejects[0].row == 1
    assert f"{name} is not valid UTF-8" in checked.rejects[0].reason
    assert "\N{REPLACEMENT CHARACTER}" in checked.rejects[0].record[name]


def test_good_rows_between_bad_ones_are_kept_in_order():
    checked = check(
        {"message_id": "m1"},
        {"message_id": "m2", "sender": "nobody"},
        {"message_id": "m3"},
        {"message_id": "m4", "sent_at": "x"},
        first_row=11,
    )

    assert checked.good["message_id"].to_pylist() == ["m1", "m3"]
    assert [reject.row for reject in checked.rejects] == [12, 14]
    assert checked.rejects[1].record == {**GOOD, "message_id": "m4", "sent_at": "x"}


def test_rows_are_numbered_by_their_lines_where_these_are_given():
    checked = check({}, {"sender": "?"}, numbers=pa.array([2, 7]))

    assert checked.rejects[0].row == 7


def test_all_reasons_of_a_row_are_said():
    assert reason_of(message_id="", sender="x").split("; ")[0] == "message_id is missing"
    assert "sender" in reason_of(message_id="", sender="x")


def test_an_agent_may_write_without_an_agent_id():
    assert check({"sender": "agent", "agent_id": None}).good.num_rows == 1


def test_messages_of_unknown_shops_are_rejected_and_counted():
    checked = check({}, {"shop_id": "s9"}, {"shop_id": "s9"}, {"shop_id": ""}, known_shops=["s1"])

    assert checked.good.num_rows == 1
    assert [reject.reason for reject in checked.rejects] == [
        'shop "s9" is unknown; import the shops first',
        'shop "s9" is unknown; import the shops first',
        "shop_id is missing",
    ]
    assert checked.unknown_shops == {"s9": 2}


def test_where_no_shop_is_known_every_message_is_rejected():
    assert check(known_shops=[]).unknown_shops == {"s1": 1}


def test_a_table_without_rows_is_a_table_without_rows():
    checked = check_messages(
        pa.table({name: pa.array([], pa.string()) for name in GOOD}),
        first_row=1,
        now_ms=NOW_MS,
        future_tolerance_ms=0,
        oldest_ms=None,
    )

    assert (checked.good.num_rows, len(checked.rejects)) == (0, 0)


def test_rejects_are_a_sequence():
    rejects = check({"sender": "x"}, {"sender": "y"}, {"sender": "z"}).rejects

    assert rejects[-1].row == 3
    assert [reject.row for reject in rejects[:2]] == [1, 2]
    with pytest.raises(IndexError):
        rejects[3]


def test_every_step_of_the_check_has_its_own_name():
    names = [name for name, _step in CHECKS]

    assert len(set(names)) == len(names) == 7


PATIENT = patience(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no bug
instants = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@PATIENT
@given(st.lists(instants, min_size=1), st.sampled_from(["T", " "]))
def test_the_fast_way_and_the_slow_way_read_the_same_instants(moments, separator):
    texts = [moment.isoformat(separator) for moment in moments]
    fast, faults = ms_of_text(pa.array(texts), "sent_at")

    assert not faults
    assert fast.to_pylist() == [read_instant_ms(text, "sent_at") for text in texts]
    slow, faults = ms_of_text(pa.array([*texts, "no date"]), "sent_at")
    assert list(faults) == [len(texts)]
    assert slow.to_pylist()[:-1] == fast.to_pylist()


letters = st.sampled_from("a1-:+TZ. \0\n\x85\u2028\u200b好！👍\U000e0001")
anything = st.one_of(st.none(), st.text(letters, max_size=20), st.sampled_from(list(GOOD.values())))
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(GOOD, anything)), max_size=8)


@PATIENT
@given(rows)
def test_whatever_comes_in_each_row_is_either_taken_or_rejected(found):
    checked = check_messages(
        pa.Table.from_pylist(found, schema=pa.schema([(name, pa.string()) for name in GOOD])),
        first_row=1,
        now_ms=NOW_MS,
        future_tolerance_ms=0,
        oldest_ms=None,
    )

    assert checked.good.num_rows + len(checked.rejects) == len(found)
    assert all(reject.reason for reject in checked.rejects)
    checked.good.validate(full=True)
