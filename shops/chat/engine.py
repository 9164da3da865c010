"""DuckDB, in process: the engine that turns messages into turns and measures. One connection per piece of work."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

SQL_FOLDER = Path(__file__).resolve().parent

Connection: TypeAlias = duckdb.DuckDBPyConnection
"""A connection to an in-memory database."""

EngineError: type[Exception] = duckdb.Error


@contextmanager
def connect(*, memory_mb: int = 1200, threads: int = 2) -> Iterator[Connection]:
    """A connection of its own, closed at the end; what does not fit into `memory_mb` is spilled to a folder."""
    with tempfile.TemporaryDirectory(prefix="openline-engine-") as folder:
        con = duckdb.connect(
            config={
                "memory_limit": f"{max(memory_mb, 1000)}MB",
                "threads": threads,
                "temp_directory": folder,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            yield con
        finally:
            con.close()


@lru_cache(maxsize=16)
def read_sql(name: str) -> str:
    """The text of one of the .sql files beside this module."""
    return (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def quoted(values: list[str] | list[Path]) -> str:
    """A DuckDB list literal of strings, for file lists."""
    return "[" + ", ".join("'" + str(value).replace("'", "''") + "'" for value in values) + "]"


def rows(con: Connection, query: str, parameters: list[Any] | dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a query as dictionaries, fetched in batches."""
    result = con.execute(query, parameters) if parameters else con.execute(query)
    names = [column[0] for column in result.description]
    while batch := result.fetchmany(10_000):
        for row in batch:
            yield dict(zip(names, row, strict=True))
