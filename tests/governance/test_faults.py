"""A night by a real Celery worker while Redis is gone, or PostgreSQL is restarted, ends as a quiet one does."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.governance.actions.nightly.deaths import FIRST, LAST

pytestmark = pytest.mark.sqlite_only  # Each test brings its own servers.

MANAGE = [sys.executable, "manage.py"]
START = f"""
from datetime import date
from django.utils import timezone
from governance.actions.nightly.job import NIGHTLY
from governance.tasks import send_workers
from shops.actions.runs.start_run import start_run
from tests.governance.actions.marketplace import make_marketplace
make_marketplace()
days = {{"first_on": date.fromisoformat("{FIRST}"), "last_on": date.fromisoformat("{LAST}")}}
run = start_run(NIGHTLY, now=timezone.now(), **days)
send_workers(run.pk)
"""
LOOK = """
from governance.models import ShopRating
from shops.models import Run
print(Run.objects.get().state, ShopRating.objects.count())
"""
SWEEP = "from governance.tasks import sweep; sweep()"
DONE = f"succeeded {4 * ((LAST - FIRST).days + 1)}"
"""Four shops, six days."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """An installation of its own: a data folder, a database, a broker, and one worker."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENLINE_")}
        self.environment = {
            **kept,
            "OPENLINE_DATA_DIR": str(folder),
            "OPENLINE_CHAT_LOG_SHARDS": "3",
            "OPENLINE_RUN_LEASE_SECONDS": "4",
            **variables,
        }

    def run(self, code: str) -> str:
        """What a piece of Python in the installation prints; empty where it failed."""
        ran = subprocess.run(
            [*MANAGE, "shell", "--no-imports", "-v0", "-c", code],
            check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, env=self.environment, timeout=120,
        )  # fmt: skip
        return ran.stdout.strip()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A Celery worker in a process of its own."""
        with (self.folder / "worker.log").open("w") as log:
            command = [sys.executable, "-m", "celery", "-A", "governance.config", "worker", "-P", "solo"]
            process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=log)
            try:
                yield
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def wait_until(self, is_so: Callable[[str], bool], seconds: int, *, sweeping: bool = False) -> str:
        """What LOOK says once it is as wanted, or after so many seconds."""
        ends_at = time.monotonic() + seconds
        while not is_so(said := self.run(LOOK)) and time.monotonic() < ends_at:
            if sweeping:
                self.run(SWEEP)
        return said


def test_a_night_goes_on_when_redis_was_gone_and_has_forgotten_everything(tmp_path):
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("!! NO redis-server INSTALLED: a broker that is gone was not tested")
    port = free_port()

    def redis() -> subprocess.Popen:
        command = [binary, "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
        return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)

    here = Installation(tmp_path, OPENLINE_REDIS_URL=f"redis://127.0.0.1:{port}/0")
    subprocess.run([*MANAGE, "migrate", "-v0"], check=True, cwd=settings.BASE_DIR, env=here.environment)
    server = redis()
    try:
        here.run(START)  # The message is in Redis; no worker yet.
        server.kill()
        server.wait()
        here.run(SWEEP)  # Nobody is reached; nothing breaks.
        assert here.run(LOOK) == "waiting 0"
        server = redis()  # Without the message.
        with here.worker():
            assert here.wait_until(lambda said: said == DONE, 180, sweeping=True) == DONE
    finally:
        server.kill()
        server.wait()


def test_a_night_goes_on_when_postgresql_was_restarted_in_the_middle(tmp_path):
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)
    if not found:
        pytest.skip("!! NO PostgreSQL BINARIES: a server that is restarted was not tested")
    with server_to_restart(found[0].parent) as (url, restart):
        here = Installation(tmp_path, OPENLINE_DATABASE_URL=url)
        subprocess.run([*MANAGE, "migrate", "-v0"], check=True, cwd=settings.BASE_DIR, env=here.environment)
        here.run(START)
        with here.worker():
            assert here.wait_until(lambda said: said.startswith("running"), 120).startswith("running")
            restart()
            assert here.wait_until(lambda said: said == DONE, 180, sweeping=True) == DONE


@contextmanager
def server_to_restart(binaries: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A PostgreSQL of our own: its address, and how to restart it at once, without waiting for anybody."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="openline-postgres-") as folder:
        owner = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        data = Path(folder) / "data"

        def call(*command: str | Path) -> None:
            subprocess.run(command, check=True, capture_output=True, **owner)

        call(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = [binaries / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log"]
        call(*control, "-o", options, "start")
        try:
            yield (
                f"postgres://postgres@127.0.0.1:{port}/postgres",
                lambda: call(*control, "-m", "immediate", "restart"),
            )
        finally:
            call(*control, "-m", "immediate", "stop")
