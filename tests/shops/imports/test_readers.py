"""Records that cannot be taken apart are rejected with their line; the others are read."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as patience
from hypothesis import strategies as st

from shops.chat.columns import Column
from shops.imports import csv_files, files
from shops.imports.files import FileError
from shops.imports.opening import open_source
from tests.shops.imports.files import COLUMNS, read


@pytest.fixture
def csv_file(tmp_path):
    def make(*lines, header="shop_id,name"):
        path = tmp_path / "data.csv"
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in (header, *lines)))
        return path

    return make


@pytest.fixture
def json_file(tmp_path):
    def make(*lines):
        path = tmp_path / "data.jsonl"
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
        return path

    return make


def names(records):
    return [(number, record["name"]) for number, record in records]


# --- CSV ------------------------------------------------------------------------------------------


def test_csv_lines_are_counted_as_an_editor_does(csv_file):
    records, _rejects = read(csv_file('s1,"two', 'lines"', "", "s2,b"))

    assert names(records) == [(2, "two\nlines"), (5, "b")]


def test_csv_may_start_with_a_bom_and_end_its_lines_with_crlf(csv_file):
    path = csv_file("s1,茶\r", header="\ufeffshop_id,name\r")

    assert names(read(path)[0]) == [(2, "茶")]


def test_a_csv_record_with_too_few_or_too_many_values_is_rejected(csv_file):
    records, rejects = read(csv_file("s1", "s2,b", "s3,c,d"))

    assert names(records) == [(3, "b")]
    assert rejects == [
        (2, "the record has 1 values where the first line names 2 columns"),
        (4, "the record has 3 values where the first line names 2 columns"),
    ]


def test_a_csv_line_that_is_no_utf8_is_rejected_alone(csv_file):
    records, rejects = read(csv_file("s1,a", "s2,茶".encode("gbk"), "s3,c"))

    assert names(records) == [(2, "a"), (4, "c")]
    assert rejects == [(3, "the line is not valid UTF-8; write the file as UTF-8")]


def test_a_quote_that_is_never_closed_costs_only_its_own_line(csv_file):
    records, rejects = read(csv_file("s1,a", 's2,"b', "s3,c", "s4,d"))

    assert names(records) == [(2, "a"), (4, "c"), (5, "d")]
    assert [number for number, _reason in rejects] == [3]


def test_text_after_a_closing_quote_is_rejected(csv_file):
    records, rejects = read(csv_file('s1,"a"b', "s2,c"))

    assert names(records) == [(3, "c")]
    assert rejects[0][0] == 2
    assert "quotes" in rejects[0][1]


def test_a_quote_open_for_more_lines_than_a_record_may_have_costs_only_its_own_line(csv_file, monkeypatch):
    monkeypatch.setattr(csv_files, "MAX_RECORD_LINES", 5)
    records, rejects = read(csv_file('s1,"a', *["s2,b"] * 10))

    assert len(records) == 10
    assert rejects == [(2, "a quote is opened here and not closed before the record ends; close it or double it")]


def test_a_file_of_quotes_that_never_close_is_given_up(csv_file, monkeypatch):
    monkeypatch.setattr(csv_files, "MAX_RECORD_LINES", 20)
    monkeypatch.setattr(csv_files, "MAX_READ_AGAIN", 500)
    # Inside quotes and outside of them such a line ends inside quotes.
    with pytest.raises(FileError, match="too many quotes are opened and never closed"):
        read(csv_file(*['a","b""c'] * 200))


def test_a_csv_line_without_end_is_rejected_and_skipped(csv_file, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 100)
    records, rejects = read(csv_file("s1,a", "s2," + "b" * 1_000, "s3,c"))

    assert names(records) == [(2, "a"), (4, "c")]
    assert [number for number, _reason in rejects] == [3]
    assert "longer than" in rejects[0][1]


def test_a_line_without_end_inside_quotes_loses_nothing_else(csv_file, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 100)
    records, rejects = read(csv_file('s1,"a', "b" * 1_000, "s3,c"))

    assert names(records) == [(4, "c")]
    assert [number for number, _reason in rejects] == [2, 3]


def test_a_text_of_a_megabyte_is_read_from_csv(csv_file):
    assert len(read(csv_file("s1," + "a" * 1_000_000))[0][0][1]["name"]) == 1_000_000


def test_csv_rejects_keep_the_raw_record(csv_file):
    (batch,) = open_source(csv_file("s1,a,b"), COLUMNS).batches(10)

    assert batch.rejects[0].record == {"raw": "s1,a,b"}


# --- JSON Lines -----------------------------------------------------------------------------------


def test_json_lines_are_counted_with_the_blank_ones(json_file):
    records, rejects = read(json_file('\ufeff{"shop_id": "s1", "name": "a"}', "", '{"shop_id": "s2", "name": "b"}'))

    assert (names(records), rejects) == ([(1, "a"), (3, "b")], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"shop_id": "s2"', "the line is no JSON: "),
        ("nonsense", "the line is no JSON: "),
        ("7", "the line is no JSON object; write one object a line"),
        ('["s2"]', "the line is no JSON object; write one object a line"),
        ('{"shop_id": "s2", "stars": NaN}', "the line holds a number that cannot be read: NaN"),
        ('{"shop_id": "s2", "stars": -Infinity}', "the line holds a number that cannot be read: -Infinity"),
        ('{"shop_id": "s2", "stars": ' + "9" * 5_000 + "}", "the line holds a number that cannot be read: "),
        ('{"shop_id": {"id": 2}}', 'shop_id is "{"id": 2}"; write text, a number or null'),
        ('{"shop_id": ["s2"]}', "shop_id is "),
        ('{"shop_id": true}', 'shop_id is "true"; write text, a number or null'),
        ('{"shop_id": 2.5}', "shop_id is the decimal number 2.5; write text"),
        ('{"shop_id": "\\ud800"}', "shop_id contains half a surrogate pair, which is no character"),
        ('{"shop_id": "s2", "nmae": "b"}', 'Unknown column "nmae". Did you mean "name"?'),
        ('{"shop_id": "s2", "\\ud800": "b"}', "Unknown column "),
        ('{"a":' * 100_000, "the line is no "),
        (b'{"shop_id": "\xff"}', "the line is not valid UTF-8; write the file as UTF-8"),
    ],
)
def test_a_json_line_that_cannot_be_read_is_rejected_alone(json_file, line, reason):
    good = json.dumps({"shop_id": "s1", "name": "a"})
    records, rejects = read(json_file(good, line, good))

    assert names(records) == [(1, "a"), (3, "a")]
    ((number, said),) = rejects
    assert number == 2
    assert said.startswith(reason)


def test_json_numbers_become_text(json_file):
    records, _rejects = read(json_file('{"shop_id": 12345678901234567890, "name": null, "stars": 4.5}'))

    assert records[0][1] == {"shop_id": "12345678901234567890", "name": None, "stars": "4.5"}


def test_a_json_line_may_leave_keys_out(json_file):
    records, rejects = read(json_file('{"shop_id": "s1"}', '{"name": "b", "stars": 5}'))

    assert rejects == []
    assert [record for _number, record in records] == [
        {"shop_id": "s1", "name": None, "stars": None},
        {"shop_id": None, "name": "b", "stars": "5"},
    ]


def test_a_json_line_without_end_is_rejected_and_skipped(json_file, monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 100)
    records, rejects = read(json_file('{"shop_id": "s1", "name": "a"}', "x" * 1_000, '{"shop_id": "s3", "name": "c"}'))

    assert names(records) == [(1, "a"), (3, "c")]
    assert rejects == [(2, "the line is longer than 100 bytes")]


def test_a_json_file_whose_first_line_is_broken_is_read_on(json_file):
    records, rejects = read(json_file("nonsense", '{"shop_id": "s1", "name": "a"}'))

    assert names(records) == [(2, "a")]
    assert [number for number, _reason in rejects] == [1]


# --- Parquet --------------------------------------------------------------------------------------


def test_parquet_rows_are_numbered_over_batches_and_row_groups(tmp_path):
    path = tmp_path / "data.parquet"
    table = pa.table({"shop_id": [f"s{n}" for n in range(1, 101)], "name": ["a"] * 100})
    pq.write_table(table, path, row_group_size=30)
    records, _rejects = read(path, max_rows=7)

    assert [(number, record["shop_id"]) for number, record in records] == [(n, f"s{n}") for n in range(1, 101)]


def test_a_parquet_file_damaged_in_the_middle_says_after_which_row(tmp_path):
    path = tmp_path / "data.parquet"
    values = [f"{n:040d}" for n in range(20_000)]
    pq.write_table(pa.table({"shop_id": values, "name": values}), path, row_group_size=5_000, use_dictionary=False)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 4_000] = b"\xff" * 4_000
    path.write_bytes(raw)
    batches = open_source(path, COLUMNS).batches(1_000)

    with pytest.raises(FileError, match=r"The file is damaged after row \d+ \(.*\)\. Copy or export it again\."):
        for _batch in batches:
            pass


def test_texts_that_a_dictionary_hides_are_cut_into_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("shops.imports.parquet_files.MAX_BATCH_BYTES", 10_000_000)
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"message_id": [str(n) for n in range(100)], "text": ["a" * 900_000] * 100}), path)
    columns = (Column("message_id"), Column("text"))
    batches = list(open_source(path, columns).batches(250_000))

    assert sum(batch.table.num_rows for batch in batches) == 100
    assert max(batch.table.num_rows for batch in batches) == 10  # 90 MB in pieces of 10 MB


# --- whatever comes in ----------------------------------------------------------------------------

PATIENT = patience(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no bug
BYTES = st.lists(
    st.sampled_from(
        [b"shop_id", b"name", b"s1", b",", b'"', b'""', b"\n", b"\r", b"\0", b"\xff", b"{", b"}", b":", b"[", b"1e999",
         b"\\ud800", b"null", b"true", b"\xef\xbb\xbf", "茶".encode(), b"NaN", b" ", b"PAR1", b"-"]
    )
).map(b"".join)  # fmt: skip
STARTS = {
    "csv": [b"", b"shop_id,name\n"],
    "jsonl": [b"", b'{"shop_id": "s1", "name": "a"}\n{"shop_id": ', b'{"name": '],
    "parquet": [b"", b"PAR1"],
}


@pytest.mark.parametrize("suffix", STARTS)
@PATIENT
@given(content=BYTES, start=st.data())
def test_whatever_a_file_holds_it_is_refused_read_or_rejected_by_line(tmp_path_factory, suffix, content, start):
    path = tmp_path_factory.getbasetemp() / f"whatever.{suffix}"
    path.write_bytes(start.draw(st.sampled_from(STARTS[suffix])) + content)
    with contextlib.suppress(FileError):
        records, rejects = read(path, max_rows=3)
        numbers = [number for number, _record in records] + [number for number, _reason in rejects]
        assert len(set(numbers)) == len(numbers)
        assert all(reason for _number, reason in rejects)


@PATIENT
@given(rows=st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_what_python_writes_as_csv_is_read_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([("shop_id", "name"), *rows])
    records, rejects = read(path, max_rows=2)

    assert rejects == []
    assert [(record["shop_id"], record["name"]) for _number, record in records] == rows


# --- memory ---------------------------------------------------------------------------------------

MEASURE = """
import resource, sys
from pathlib import Path
import django
django.setup()
from shops.imports.opening import open_source
from tests.shops.imports.files import COLUMNS
import pyarrow.parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = rejects = 0
for batch in open_source(Path(sys.argv[1]), COLUMNS).batches(5_000):
    rows += batch.table.num_rows
    rejects += len(batch.rejects)
print(rows, rejects, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def measured(path):
    """Rows, rejects, and by how many MB the memory of a fresh process grew while it read a file."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
    }
    command = [sys.executable, "-c", MEASURE, str(path)]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return tuple(int(number) for number in output.split())


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_file_of_eighty_megabytes_is_read_in_much_less(tmp_path, suffix):
    path = tmp_path / f"data.{suffix}"
    line = {"csv": "s{},{}\n", "jsonl": '{{"shop_id": "s{}", "name": "{}"}}\n'}
    if suffix == "parquet":
        text = pa.array([f"{n:0400d}" for n in range(200_000)])
        table = pa.table({"shop_id": text, "name": text})
        pq.write_table(table, path, row_group_size=200_000, use_dictionary=False, compression="none")
    else:
        with path.open("w") as handle:
            handle.write("shop_id,name\n" if suffix == "csv" else "")
            handle.writelines(line[suffix].format(n, f"{n:0400d}") for n in range(200_000))
    assert path.stat().st_size > 80_000_000

    rows, rejects, megabytes = measured(path)

    assert (rows, rejects) == (200_000, 0)
    assert megabytes < 40


@pytest.mark.parametrize(("suffix", "start"), [("csv", "shop_id,name\ns1,a\n"), ("jsonl", '{"shop_id": "s1"}\n')])
def test_a_line_of_two_gigabytes_is_rejected_in_little_memory(tmp_path, suffix, start):
    path = tmp_path / f"data.{suffix}"
    path.write_text(start)
    os.truncate(path, 2_000_000_000)  # sparse: it takes no room on the disk

    rows, rejects, megabytes = measured(path)

    assert (rows, rejects) == (1, 1)
    assert megabytes < 40
