"""Writes files for the tests of imports, and reads them with the readers under test."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shops.chat.columns import Column, Sort
from shops.imports.opening import open_source

COLUMNS = (
    Column("shop_id", Sort.CODE, is_required=True),
    Column("name", is_required=True),
    Column("opened_at", Sort.INSTANT),
    Column("stars", Sort.NUMBER),
)
FORMATS = ("csv", "jsonl", "parquet")


def write(folder: Path, suffix: str, records: list[dict], stem: str = "data") -> Path:
    """The records as a file of that format; its columns are the keys of the first one."""
    path = folder / f"{stem}.{suffix}"
    if suffix == "csv":
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
    else:
        pq.write_table(pa.Table.from_pylist(records), path)
    return path


def read(path: Path, columns=COLUMNS, max_rows: int = 1_000):
    """All records of a file as (number, record) and all rejects as (number, reason)."""
    records, rejects = [], []
    for batch in open_source(path, columns).batches(max_rows):
        records += zip(batch.numbers.to_pylist(), batch.table.to_pylist(), strict=True)
        rejects += [(reject.row, reject.reason) for reject in batch.rejects]
    return records, rejects
