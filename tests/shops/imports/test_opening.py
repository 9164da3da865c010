"""What makes a file unreadable as a whole: said before anything of it is taken."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shops.imports.files import FileError
from shops.imports.opening import open_source
from tests.shops.imports.files import COLUMNS, FORMATS, read, write

GOOD = {"shop_id": "s1", "name": "茶叶店"}


def problem_of(path):
    with pytest.raises(FileError) as caught:
        open_source(path, COLUMNS)
    assert str(caught.value).startswith(f"{path}: ")
    return caught.value.problem


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_good_file_gives_its_records(tmp_path, suffix):
    records, rejects = read(write(tmp_path, suffix, [GOOD]))

    assert [record for _number, record in records] == [GOOD]
    assert rejects == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_suffix_may_be_in_capitals(tmp_path, suffix):
    path = write(tmp_path, suffix, [GOOD])

    assert read(path.rename(path.with_suffix(path.suffix.upper())))[0]


def test_a_folder_is_refused(tmp_path):
    assert problem_of(tmp_path) == "This is a folder. Name the files in it one by one."


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_missing_file_is_refused(tmp_path, suffix):
    assert problem_of(tmp_path / f"no.{suffix}") == "There is no such file. Check the path."


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"empty.{suffix}"
    path.touch()

    assert problem_of(path) == "The file is empty. Export it again."


def test_a_pipe_is_refused_instead_of_waiting_for_it(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)

    assert problem_of(path).startswith("This is no regular file.")


def test_a_path_with_a_nul_is_refused(tmp_path):
    assert problem_of(tmp_path / "a\0.csv")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_without_permission_is_refused(tmp_path, suffix, monkeypatch):
    path = write(tmp_path, suffix, [GOOD])

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(path), "open", refuse)
    monkeypatch.setattr(pq, "ParquetFile", refuse)

    assert "Permission denied" in problem_of(path)


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path):
    path = tmp_path / "data.xlsx"
    path.write_text("x")

    assert problem_of(path) == (
        'The suffix ".xlsx" says nothing about the format. '
        "Rename the file to one of: .csv, .jsonl, .ndjson, .json, .parquet."
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_unknown_column_is_refused_with_the_one_that_was_meant(tmp_path, suffix):
    problem = problem_of(write(tmp_path, suffix, [{**GOOD, "opend_at": "2026-05-01T00:00:00Z"}]))

    assert 'Unknown column "opend_at". Did you mean "opened_at"? Rename it or leave it out.' in problem


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_unknown_column_that_resembles_none_is_refused_with_all_known(tmp_path, suffix):
    problem = problem_of(write(tmp_path, suffix, [{**GOOD, "x": "1"}]))

    assert problem.endswith('Unknown column "x". Leave it out; known are: shop_id, name, opened_at, stars.')


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_missing_required_column_is_refused(tmp_path, suffix):
    problem = problem_of(write(tmp_path, suffix, [{"shop_id": "s1"}]))

    assert problem.endswith('Column "name" is missing. Required are: shop_id, name.')


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("shop_id,name,name\ns1,a,b\n")

    assert problem_of(path) == 'Line 1: Column "name" is there twice. Keep one of the two.'


def test_a_file_with_semicolons_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("shop_id;name\ns1;a\n")

    assert "Separate them by commas." in problem_of(path)


def test_a_parquet_file_without_its_end_is_refused(tmp_path):
    path = write(tmp_path, "parquet", [GOOD] * 100)
    path.write_bytes(path.read_bytes()[:-20])

    assert problem_of(path).startswith("This is no Parquet file, or only a part of one (")


@pytest.mark.parametrize("content", [b"shop_id,name\ns1,a\n", b"PAR1", b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    path = tmp_path / "data.parquet"
    path.write_bytes(content)

    assert problem_of(path).startswith("This is no Parquet file, or only a part of one (")


def test_naive_times_in_parquet_are_refused_as_a_whole(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"shop_id": ["s1"], "name": ["a"], "opened_at": pa.array([0], pa.timestamp("ms"))}), path)

    assert problem_of(path).startswith('Column "opened_at" holds naive local times (timestamp[ms])')


def test_a_nested_column_in_parquet_is_refused(tmp_path):
    problem = problem_of(write(tmp_path, "parquet", [{"shop_id": "s1", "name": {"zh": "茶"}}]))

    assert problem == 'Column "name" holds values of type struct<zh: string>. Write text.'


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PAR1....", "The file is a Parquet file, not text. Rename it to *.parquet."),
        (b"\x1f\x8b\x08\0", "The file is compressed with gzip, not text."),
        (b"PK\x03\x04..", "The file is a ZIP archive or an Excel workbook, not text."),
        ("shop_id,name\n".encode("utf-16"), "The file is written in UTF-16, not text."),
        (b"\0" * 100, "The file is no text: it contains NUL bytes."),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(tmp_path, suffix, content, said):
    path = tmp_path / f"data.{suffix}"
    path.write_bytes(content)

    assert problem_of(path).startswith(said)


@pytest.mark.parametrize("content", [b"\n", b"\n\n", b"   \nshop_id,name\n", b'""\n'])
def test_a_csv_file_whose_first_line_names_nothing_is_refused(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content)

    assert problem_of(path) == "The first line is blank. It must name the columns."


@pytest.mark.parametrize("content", [b"shop_id,na\xffme\n", b'shop_id,"name\ns1,a\n', b"shop_id,name\rs1,a\r"])
def test_a_csv_file_whose_first_line_is_broken_is_refused(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content)

    assert problem_of(path).startswith("Line 1 does not name the columns in UTF-8: ")


def test_a_json_array_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "data.json"
    path.write_text('[{"shop_id": "s1", "name": "a"}]')

    assert problem_of(path) == "This is a JSON array. Write one object a line, without commas between."


def test_a_json_file_of_blank_lines_is_refused(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text("\n  \n")

    assert problem_of(path) == "The file holds nothing but blank lines. Export it again."


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_with_columns_but_no_rows_has_no_records(tmp_path, suffix):
    path = tmp_path / f"data.{suffix}"
    if suffix == "csv":
        path.write_text("shop_id,name\n")
    else:
        pq.write_table(pa.table({"shop_id": pa.array([], pa.string()), "name": pa.array([], pa.string())}), path)

    assert read(path) == ([], [])
