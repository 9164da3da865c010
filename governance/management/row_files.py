"""Rows on their way out of a command: JSON, CSV or Parquet, to a file or to standard output."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.core.management.base import CommandError, OutputWrapper
from django.core.serializers.json import DjangoJSONEncoder

FORMATS = ("json", "csv", "parquet")
ROWS_A_GROUP = 50_000

Sink = IO[str] | OutputWrapper
Row = dict[str, Any]


def write_rows(rows: Iterable[Row], form: str, output: Path | None, stdout: OutputWrapper) -> int:
    """Write rows of equal keys and return how many. Raises CommandError for Parquet without a file."""
    if form == "parquet":
        if output is None:
            raise CommandError("Parquet needs a file to be written to. Add --output FILE.", returncode=2)
        return _write_parquet(rows, output)
    with _opened(output, stdout) as sink:
        return _write_csv(sink, rows) if form == "csv" else _write_json(sink, rows)


@contextmanager
def _opened(output: Path | None, stdout: OutputWrapper) -> Iterator[Sink]:
    if output is None:
        yield stdout
        return
    with output.open("w", encoding="utf-8", newline="") as sink:
        yield sink


def _write_json(sink: Sink, rows: Iterable[Row]) -> int:
    """One array, a row a line. Every write ends a line, which is what Django's own stream expects."""
    count = 0
    sink.write("[\n")
    for row in rows:
        sink.write(f"{',' if count else ''}{json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder)}\n")
        count += 1
    sink.write("]\n")
    return count


def _write_csv(sink: Sink, rows: Iterable[Row]) -> int:
    source = iter(rows)
    first = next(source, None)
    if first is None:
        return 0
    writer = csv.DictWriter(sink, list(first))
    writer.writeheader()
    count = 0
    for row in chain([first], source):
        writer.writerow(_flat(row))
        count += 1
    return count


def _write_parquet(rows: Iterable[Row], output: Path) -> int:
    source = iter(rows)
    count = 0
    writer: pq.ParquetWriter | None = None
    try:
        while batch := list(islice(source, ROWS_A_GROUP)):
            table = pa.Table.from_pylist([_flat(row) for row in batch])
            writer = writer or pq.ParquetWriter(output, table.schema)
            writer.write_table(table.cast(writer.schema))
            count += len(batch)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        pq.write_table(pa.table({}), output)
    return count


def _flat(row: Row) -> Row:
    """Lists and mappings as JSON text, which is what a cell can hold."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        for name, value in row.items()
    }
