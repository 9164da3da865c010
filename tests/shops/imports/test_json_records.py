"""The quick way through clean JSON reads nothing otherwise than the close one, and a list never fills the memory."""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shops.chat.messages import COLUMNS
from shops.imports import json_records, json_stream
from shops.imports.files import FileError
from shops.imports.json_records import JsonRecords
from shops.imports.json_stream import JsonLines, JsonList

NAMES = [column.name for column in COLUMNS]
VALUES = st.one_of(
    st.none(),
    st.text(),
    st.text("\ud800\udfff\0\x1f\x7f\u2028a"),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.just([1]),
    st.just({"a": 1}),
)
RECORDS = st.dictionaries(st.sampled_from([*NAMES, "nonsense"]), VALUES, max_size=6)
LINES = st.one_of(
    RECORDS.map(json.dumps),
    RECORDS.map(lambda record: json.dumps(record, indent=1).replace("\n", " ")),
    RECORDS.map(lambda record: json.dumps(record) + "x"),
    st.text(max_size=20),
).map(lambda text: text.encode("utf-8", "surrogatepass"))


def taken(lines, monkeypatch=None):
    records = JsonRecords(COLUMNS)
    for number, line in enumerate(lines, start=1):
        records.add_line(line, number)
    table, numbers, rejects = records.take()
    return table.to_pydict(), numbers.to_pylist(), [(reject.row, reject.reason) for reject in rejects]


class Never:
    """A quick way that takes nothing."""

    def decode(self, _line):
        raise msgspec.DecodeError


@given(lines=st.lists(LINES | st.binary(max_size=12), max_size=8))
@example(
    lines=[
        b'{"text": "a", "text": "b"}',
        b'{"text": "\\ud83d\\ude00"}',
        b'{"text": "\\ud83d"}',
        b' {"text" : null} \r\n',
    ]
)
@example(
    lines=[b'\xef\xbb\xbf{"text": "a"}', b'{"text": "\xff"}', b'{"text": "\t"}', b'{"text": "\\u0000"}', b"  \n", b""]
)
def test_the_quick_way_reads_what_the_close_one_reads(lines) -> None:
    quick = taken(lines)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_records, "_PLAIN", Never())
        assert taken(lines) == quick


@given(records=st.lists(RECORDS | st.just(7), max_size=8))
def test_a_list_and_an_object_a_line_are_the_same_rows(records) -> None:
    def rows(source):
        pieces = list(source.batches(100))
        read = [row for piece in pieces for row in piece.table.to_pylist()]
        return read, [(reject.row, reject.reason) for piece in pieces for reject in piece.rejects]

    listed = JsonList("a", io.BytesIO(json.dumps(records).encode()), COLUMNS)
    lines = JsonLines("b", io.BytesIO("\n".join(json.dumps(record) for record in records).encode()), COLUMNS)
    assert rows(listed) == rows(lines)


def test_a_list_of_millions_of_nothings_is_refused_before_it_is_taken_apart(monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_LIST_COMMAS", 3)
    text = io.BytesIO(b"[0,0,0,0,0]")

    with pytest.raises(FileError, match="more than 3 commas"):
        list(JsonList("a", text, COLUMNS).batches(10))


def test_one_row_that_is_too_long_spoils_no_other(monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_LINE_BYTES", 50)
    text = json.dumps([{"text": "a"}, {"text": "b" * 60}, {"text": "c"}]).encode()
    (batch,) = JsonList("a", io.BytesIO(text), COLUMNS).batches(10)

    assert batch.table["text"].to_pylist() == ["a", "c"]
    assert [(reject.row, reject.reason) for reject in batch.rejects] == [(2, "the row is longer than 50 bytes")]


def test_large_rows_are_python_objects_a_few_at_a_time(monkeypatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_PIECE_BYTES", 100)
    seen = []
    monkeypatch.setattr(
        json_stream, "gathered", lambda pieces, _most: (seen.append(p.table.num_rows) or p for p in pieces)
    )
    text = json.dumps([{"text": "x" * 40}] * 9).encode()
    list(JsonList("a", io.BytesIO(text), COLUMNS).batches(100))

    assert seen == [2, 2, 2, 2, 1]
