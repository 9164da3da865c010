"""Runs scoring commands that are killed, in processes of their own. Started by test_score_days_killed.py.

    python -m tests.governance.actions.killing FOLDER KILLS

makes the small marketplace in FOLDER, scores it undisturbed, and KILLS times kills a scoring run of a copy at a moment
spread over the length of the undisturbed run, scores again and compares. Prints one JSON line per kill. Each run is a
fork of this process, which itself starts no thread, opens no engine and keeps no database connection.
"""

# ruff: noqa: PLC0415 - Django must be set up, in __main__, before anything here that needs its models is imported.

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

ARGUMENTS = ("--from=2026-05-04", "--to=2026-05-09", "--as-of=2026-07-01T00:00:00Z")


def use(folder: Path) -> None:
    """Point Django at the databases and the log of a folder. On PostgreSQL a folder's name is its database's."""
    from django.conf import settings
    from django.db import connections

    settings.CHAT_LOG_DIR = folder / "chatlog"
    settings.ENGINE_THREADS = 1
    is_sqlite = connections["default"].vendor == "sqlite"
    connections["default"].settings_dict["NAME"] = str(folder / "db.sqlite3") if is_sqlite else database_of(folder)


def database_of(folder: Path) -> str:
    """A name that no other test run uses."""
    return f"openline_killed_{os.environ['OPENLINE_KILLING']}_{folder.name}"


def copy(source: Path, target: Path) -> None:
    """A marketplace of its own, as that of another folder."""
    from django.db import connection

    shutil.copytree(source, target)
    if connection.vendor == "postgresql":
        administer(f'create database "{database_of(target)}" template "{database_of(source)}"')


def administer(statement: str) -> None:
    """Run a statement on the server itself."""
    import psycopg
    from django.db import connection

    options = {name: connection.settings_dict[name.upper()] or None for name in ("user", "password", "host", "port")}
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as server:
        server.execute(statement)


def fork(work: Callable[[], None]) -> int:
    """The process id of a fork that does the work and exits."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def wait(pid: int) -> int:
    """The status of a fork: 0, an exit code, or the negative number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def make(folder: Path) -> None:
    """The small marketplace, migrated."""
    from django.core.management import call_command

    from tests.governance.actions.marketplace import make_marketplace

    use(folder)
    call_command("migrate", verbosity=0)
    make_marketplace()


def score(folder: Path) -> None:
    """manage.py score."""
    from django.core.management import call_command

    use(folder)
    with Path(os.devnull).open("w") as nowhere:
        call_command("score", *ARGUMENTS, stdout=nowhere)


def dump(folder: Path) -> None:
    """Everything that is stored, as text, and how much of it, into dump.json."""
    from tests.builders import all_stored

    use(folder)
    stored = all_stored()
    counts = {name: len(rows) for name, rows in stored.items()}
    (folder / "dump.json").write_text(json.dumps({"rows": repr(stored), "counts": counts}))


def read(folder: Path) -> dict:
    """What dump wrote."""
    assert wait(fork(lambda: dump(folder))) == 0
    return json.loads((folder / "dump.json").read_text())


def main(root: Path, kills: int) -> None:
    """See the module's docstring."""
    from django.db import connection

    from governance.management.commands import score as _loaded  # noqa: F401 - every fork has it, none must load it

    template, undisturbed = root / "template", root / "undisturbed"
    folders = [root / f"kill{number}" for number in range(kills)]
    template.mkdir()
    try:
        if connection.vendor == "postgresql":
            administer(f'create database "{database_of(template)}"')
        assert wait(fork(lambda: make(template))) == 0
        copy(template, undisturbed)
        began = time.perf_counter()
        assert wait(fork(lambda: score(undisturbed))) == 0
        seconds = time.perf_counter() - began
        expected = read(undisturbed)
        for number, folder in enumerate(folders):
            copy(template, folder)
            found = kill(folder, after_seconds=seconds * (number + 0.5) / kills)
            print(json.dumps({**found, "is_equal": found.pop("rows") == expected["rows"]}))
    finally:
        if connection.vendor == "postgresql":
            for folder in (template, undisturbed, *folders):
                administer(f'drop database if exists "{database_of(folder)}" with (force)')


def kill(folder: Path, after_seconds: float) -> dict:
    """Kill a scoring run, then score again: its status, what it had stored, and what is stored in the end."""
    pid = fork(lambda: score(folder))
    time.sleep(after_seconds)
    os.kill(pid, signal.SIGKILL)
    status = wait(pid)
    stored_at_kill = read(folder)["counts"]
    assert wait(fork(lambda: score(folder))) == 0
    return {"status": status, "stored_at_kill": stored_at_kill, **read(folder)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.config.settings")
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]))
