"""Many rows into a table at once: a rerun writes the same values again and changes nothing.

Django's bulk_create spends most of its time on model instances; with some forty columns and hundreds of thousands of
rows that is minutes. Here values go straight to the driver: COPY into a temporary table on PostgreSQL, one prepared
statement on SQLite. Values must already be what the column stores (foreign keys as ids, JSON as text).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

Row = Sequence[Any]


def upsert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    keep_existing: bool = False,
) -> int:
    """Insert `rows` (values in the order of `columns`) or update the rows with the same `key`; return how many came.

    `columns` and `key` are names of database columns; `key` must have a unique constraint. With `keep_existing` a row
    that is already there stays as it is. One transaction.
    """
    if connection.vendor == "postgresql":
        return _copy(model, columns, rows, key, keep_existing=keep_existing)
    return _execute_many(model, columns, rows, key, keep_existing=keep_existing)


def _execute_many(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], key: Sequence[str], *, keep_existing: bool
) -> int:
    marks = ", ".join(["%s"] * len(columns))
    statement = (
        f"insert into {_name(model._meta.db_table)} ({_names(columns)}) values ({marks}) "  # noqa: S608, names are ours
        + _conflict(columns, key, keep_existing=keep_existing)
    )
    written = 0
    source = iter(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(islice(source, 20_000)):
            cursor.executemany(statement, batch)
            written += len(batch)
    return written


def _copy(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], key: Sequence[str], *, keep_existing: bool
) -> int:
    table, draft, names = _name(model._meta.db_table), _name("upsert_draft"), _names(columns)
    written = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"create temporary table {draft} on commit drop as select {names} from {table} with no data"  # noqa: S608
        )
        with cursor.copy(f"copy {draft} ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
                written += 1
        cursor.execute(
            f"insert into {table} ({names}) select {names} from {draft} "  # noqa: S608, names are ours
            + _conflict(columns, key, keep_existing=keep_existing)
        )
        cursor.execute(f"drop table {draft}")
    return written


def _conflict(columns: Sequence[str], key: Sequence[str], *, keep_existing: bool) -> str:
    changed = [column for column in columns if column not in key]
    if keep_existing or not changed:
        return f"on conflict ({_names(key)}) do nothing"
    sets = ", ".join(f"{_name(column)} = excluded.{_name(column)}" for column in changed)
    return f"on conflict ({_names(key)}) do update set {sets}"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(_name(column) for column in columns)


def _name(identifier: str) -> str:
    return connection.ops.quote_name(identifier)
