"""A PostgreSQL database of a benchmark's own, where a server lets us make one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SERVERS = (os.environ.get("OPENLINE_TEST_DATABASE_URL", ""), "postgres://postgres@127.0.0.1:5432/postgres")
"""Where a server may be: the one that the tests are told of, else one on this machine."""


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of a new database, dropped at the end; empty where no server answers (the caller then has SQLite)."""
    import psycopg  # noqa: PLC0415 - the process that starts the tasks stays small

    name = f"openline_bench_{os.getpid()}"
    for server in filter(None, SERVERS):
        try:
            admin = psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True, connect_timeout=3)
            admin.execute(f"drop database if exists {name}")
            admin.execute(f"create database {name}")
        except psycopg.Error:
            continue
        try:
            yield f"{server.rsplit('/', 1)[0]}/{name}"
        finally:
            admin.execute(f"drop database {name} with (force)")
            admin.close()
        return
    yield ""
