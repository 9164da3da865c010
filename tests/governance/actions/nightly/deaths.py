"""Nights whose workers are killed, in processes of their own. Started by test_deaths.py.

    python -m tests.governance.actions.nightly.deaths FOLDER killed|two_workers|two_nights

makes the small marketplace in three shards in FOLDER, does an undisturbed night over six days, then does it again in
copies under the named trouble, and prints one JSON line per copy. Every worker is a fork of this process.
"""

# ruff: noqa: PLC0415 - Django must be set up, in __main__, before anything here that needs its models is imported.

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import django

from tests.governance.actions.killing import administer, copy, database_of, fork, make, read, use, wait

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
FIRST, LAST = date(2026, 5, 4), date(2026, 5, 9)
DEATHS = 50
LONGEST_LIFE = 150
"""In points: statements of the database, files written, files renamed."""
REFUSED = 3


def start(folder: Path) -> None:
    """Start the night; exit with REFUSED where one is under way."""
    from governance.actions.nightly.job import NIGHTLY
    from shops.actions.runs.start_run import UnderWayError, start_run

    use(folder)
    try:
        start_run(NIGHTLY, now=AS_OF, first_on=FIRST, last_on=LAST)
    except UnderWayError:
        os._exit(REFUSED)


def work(folder: Path, *, until_over: bool = False) -> None:
    """One worker's spell; or one after another until the run is over."""
    from governance.actions.jobs import work_on
    from shops.actions.runs.work_run import tell_nobody
    from shops.models import Run

    use(folder)
    run = Run.objects.get()
    work_on(run.pk, tell_nobody)
    for _ in range(1_000):
        run.refresh_from_db()
        if not until_over or not run.is_under_way():
            break
        time.sleep(0.02)
        work_on(run.pk, tell_nobody)
    if run.state != Run.State.SUCCEEDED:
        os._exit(REFUSED)


def live(folder: Path, points: int) -> None:
    """A worker that is killed before its point of this number; it notes down in what step that was."""
    from django.db import connection
    from pyarrow import feather
    from structlog.contextvars import get_contextvars

    left = points

    def pass_point() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            with (folder / "deaths").open("a") as deaths:
                deaths.write(f"{get_contextvars().get('step', 'between')}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(function):
        def passes(*args, **options):
            pass_point()
            return function(*args, **options)

        return passes

    def statement(execute, sql, params, many, context):
        pass_point()
        return execute(sql, params, many, context)

    feather.write_feather = watched(feather.write_feather)
    Path.replace = watched(Path.replace)
    use(folder)
    with connection.execute_wrapper(statement):
        work(folder)


def kill_over_and_over(folder: Path, chance: random.Random) -> dict:
    """Workers that die one after another until one gets to the end."""
    assert wait(fork(lambda: start(folder))) == 0
    killed = 0
    while status := wait(fork(partial(live, folder, chance.randint(1, LONGEST_LIFE)))):
        assert status == -signal.SIGKILL, status
        killed += 1
        assert killed < 500
    steps = (folder / "deaths").read_text().splitlines()
    return {"killed": killed, "phases": sorted({step.split(" ")[0] for step in steps})}


def share(folder: Path, workers: int = 2) -> dict:
    """Workers at once."""
    assert wait(fork(lambda: start(folder))) == 0
    pids = [fork(lambda: work(folder, until_over=True)) for _ in range(workers)]
    return {"statuses": [wait(pid) for pid in pids]}


def start_twice(folder: Path) -> dict:
    """Two nights started at once, each with a worker of its own."""

    def night() -> None:
        start(folder)
        work(folder, until_over=True)

    pids = [fork(night) for _ in range(2)]
    return {"statuses": sorted(wait(pid) for pid in pids)}


def main(root: Path, trouble: str) -> None:
    """See the module's docstring."""
    from django.conf import settings
    from django.db import connection

    from governance import tasks as _loaded  # noqa: F401 - every fork has it, none must load it

    settings.CHAT_LOG_SHARDS = 3
    folders = [root / "template", root / "undisturbed"]
    template, undisturbed = folders
    template.mkdir()
    try:
        if connection.vendor == "postgresql":
            administer(f'create database "{database_of(template)}"')
        assert wait(fork(lambda: make(template))) == 0
        copy(template, undisturbed)
        assert wait(fork(lambda: start(undisturbed))) == 0
        assert wait(fork(lambda: work(undisturbed, until_over=True))) == 0
        expected = read(undisturbed)
        chance, killed = random.Random(7), 0
        while len(folders) == 2 or (trouble == "killed" and killed < DEATHS):
            folder = root / f"copy{len(folders)}"
            folders.append(folder)
            copy(template, folder)
            if trouble == "killed":
                found = kill_over_and_over(folder, chance)
                killed += found["killed"]
            else:
                found = {"two_workers": share, "two_nights": start_twice}[trouble](folder)
            stored = read(folder)
            print(json.dumps({**found, "counts": stored["counts"], "is_equal": stored["rows"] == expected["rows"]}))
    finally:
        if connection.vendor == "postgresql":
            for folder in folders:
                administer(f'drop database if exists "{database_of(folder)}" with (force)')


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.config.settings")
    django.setup()
    main(Path(sys.argv[1]), sys.argv[2])
