"""`make test`: the suite on SQLite, then on PostgreSQL where one can be had, saying loudly what was left out.

PostgreSQL is looked for where OPENLINE_TEST_DATABASE_URL says, then on 127.0.0.1:5432, then among the installed
binaries, from which a private server is started and stopped again.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/test"
USED_TWICE = ["tests/governance", "tests/shops", "tests/complaints"]
"""What runs again on PostgreSQL: everything that may touch the web database."""


def main() -> int:
    arguments = sys.argv[1:]
    workers = ["-n", str(min(os.cpu_count() or 1, 8))] if not arguments else []
    print("== the suite on SQLite", flush=True)
    code = run_pytest([*workers, *arguments], {"OPENLINE_DATABASE_URL": ""})
    if code:
        return code
    if arguments:
        return 0
    with postgres() as url:
        if url is None:
            print(
                "!! NO POSTGRESQL FOUND: nothing was tested on it, races included. Set OPENLINE_TEST_DATABASE_URL, or "
                "install the server (Debian: apt-get install postgresql).",
                flush=True,
            )
            return 0
        print("== the suite on PostgreSQL", flush=True)
        present = [folder for folder in USED_TWICE if Path(folder).is_dir()]
        return run_pytest([*workers, "-m", "not sqlite_only", *present], {"OPENLINE_DATABASE_URL": url})


def run_pytest(arguments: list[str], settings: dict[str, str]) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENLINE_")}
    environment |= {name: value for name, value in settings.items() if value}
    with tempfile.TemporaryDirectory(prefix="openline-tests-") as folder:
        environment["OPENLINE_DATA_DIR"] = folder
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode


@contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of a server that lets us make databases, or None."""
    for url in filter(None, (os.environ.get("OPENLINE_TEST_DATABASE_URL"), DEFAULT_URL)):
        if answers(url):
            yield url
            return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = str(binaries[0]) if binaries else shutil.which("initdb")
    if found is None:
        yield None
        return
    with private_server(Path(found).parent) as url:
        yield url


def answers(url: str) -> bool:
    with (
        suppress(psycopg.Error),
        psycopg.connect(url.replace("postgres://", "postgresql://"), connect_timeout=3) as con,
    ):
        row = con.execute("select rolcreatedb from pg_roles where rolname = current_user").fetchone()
        return bool(row and row[0])
    return False


@contextmanager
def private_server(binaries: Path) -> Iterator[str | None]:
    """A server of our own in a temporary folder; as root it runs as nobody, because PostgreSQL refuses root."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="openline-postgres-") as folder:
        data = Path(folder) / "data"
        owner = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        started = subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            capture_output=True, check=False, **owner,
        )  # fmt: skip
        command = [binaries / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        if (
            started.returncode
            or subprocess.run([*command, "-o", options, "start"], capture_output=True, check=False, **owner).returncode
        ):
            print(f"!! A private PostgreSQL could not be started: {started.stderr.decode()[-300:]}", flush=True)
            yield None
            return
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*command, "-m", "immediate", "stop"], capture_output=True, check=False, **owner)


if __name__ == "__main__":
    sys.exit(main())
