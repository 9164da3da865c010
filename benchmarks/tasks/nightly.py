"""Whole nights by real Celery workers, and how fast a page is beside one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import psutil
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from benchmarks.made.marketplace import FIRST_DAY, Marketplace
from benchmarks.made.messages import Shape, chat_log
from benchmarks.made.tables import fill_shops
from benchmarks.measuring import ROOT, Meter
from governance.actions.jobs import JOBS
from governance.actions.publish_policy import publish_policy
from governance.models import AgentScore, ShopRating
from governance.policy.reading import load_preset
from governance.tasks import send_workers
from shops.actions.runs.start_run import start_run
from shops.models import ComputedDay, Run, Shop, User

POLL_SECONDS = 0.25
LONGEST_SECONDS = 3_600
PAGE_ROUNDS = 40
"""How often each page is opened while nothing else happens; beside the run as often as there is time."""
NICE = 10
"""How much workers stand back behind pages, as docs/operations.md has it."""


def prepare(meter: Meter, **shape: int) -> None:
    """Make the chat log where the cache has none."""
    log = chat_log(Shape(**shape))
    meter.count("parts", len(log.parts(FIRST_DAY - timedelta(days=2), FIRST_DAY + timedelta(days=2))))


def night(meter: Meter, *, workers: int, has_pages: bool, **shape: int) -> None:
    """One night of a marketplace that was never rated; then, if wanted, one more beside which pages are opened."""
    _borrow_messages(Shape(**shape))
    call_command("migrate", verbosity=0)
    fill_shops(Marketplace.of_size(shape["shops"]))
    publish_policy(load_preset("default"), starts_on=date(2020, 1, 1))
    with _workers(workers) as processes:
        run = _run_night(meter, "night", processes, workers, FIRST_DAY)
        meter.facts |= {
            "seconds": run.seconds,
            "ratings": ShopRating.objects.count(),
            "scores": AgentScore.objects.count(),
            "database": connections["default"].vendor,
            "broker": "Redis" if settings.REDIS_URL else "folders",
        }
        if has_pages:
            _measure_pages(meter, processes, workers)


def _measure_pages(meter: Meter, processes: Sequence[subprocess.Popen[bytes]], workers: int) -> None:
    pages = [
        reverse("scorecard", args=[Shop.objects.order_by("pk")[0].code]),
        f"{reverse('admin:governance_shoprating_changelist')}?on={FIRST_DAY}",
    ]
    cookie = _sign_in()
    with _gunicorn() as port:
        for page in pages * 5:
            _open(port, page, cookie)
        quiet = [_open(port, page, cookie) for _ in range(PAGE_ROUNDS) for page in pages]
        # Everything of the log is computed again, as after a change of the clock's rules.
        shutil.rmtree(Path(settings.CHAT_LOG_DIR) / "days")
        ComputedDay.objects.all().delete()
        busy: list[float] = []
        _run_night(
            meter,
            "night beside pages",
            processes,
            workers,
            FIRST_DAY + timedelta(days=1),
            meanwhile=lambda: busy.extend(_open(port, page, cookie) for page in pages),
        )
    for name, took in (("quiet", quiet), ("busy", busy)):
        meter.facts[name] = {
            "pages": len(took),
            "p50 ms": statistics.median(took),
            "p95 ms": statistics.quantiles(took, n=20)[-1],
        }


def _run_night(
    meter: Meter,
    step: str,
    processes: Sequence[subprocess.Popen[bytes]],
    workers: int,
    on: date,
    meanwhile: object = None,
) -> Run:
    """Start a nightly run and wait until the workers have done it; facts: their peaks of memory."""
    run = start_run(JOBS["nightly"], now=timezone.now(), first_on=on, last_on=on)
    with meter.step(step):
        send_workers(run.pk, workers)
        began = time.monotonic()
        while not (run.state in Run.OVER or run.state == Run.State.HELD):
            if time.monotonic() - began > LONGEST_SECONDS or any(each.poll() is not None for each in processes):
                raise RuntimeError(f"The run did not end: {run.state}, {run.phase}, {run.error}")
            if callable(meanwhile):
                meanwhile()
            else:
                time.sleep(POLL_SECONDS)
            run.refresh_from_db()
    if run.state != Run.State.SUCCEEDED:
        raise RuntimeError(f"The run ended as {run.state}: {run.error} {str(run.held_because)[:500]}")
    meter.facts["worker mb"] = max(meter.facts.get("worker mb", 0.0), *(_peak_mb(each.pid) for each in processes))
    return run


def _borrow_messages(shape: Shape) -> None:
    """A log of this run's own whose messages are those of the cache."""
    cached, own = chat_log(shape).root, Path(settings.CHAT_LOG_DIR)
    own.mkdir(parents=True)
    shutil.copy(cached / "log.json", own)
    (own / "messages").symlink_to(cached / "messages")


@contextmanager
def _workers(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Celery workers, each a process of its own that does one step at a time."""
    command = [sys.executable, "-m", "celery", "-A", "governance.config", "worker", "-P", "solo", "-l", "warning"]
    processes = [
        subprocess.Popen([*command, "-n", f"bench{number}@%h"], cwd=ROOT, preexec_fn=lambda: os.nice(NICE))  # noqa: PLW1509
        for number in range(count)
    ]
    try:
        time.sleep(5)  # Until they listen; the run is not measured before.
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(60)


@contextmanager
def _gunicorn() -> Iterator[int]:
    """The pages, served by one worker with four threads; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"]
    process = subprocess.Popen([*command, "--log-level", "warning", "governance.config.wsgi"], cwd=ROOT)
    try:
        for _attempt in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=10).read()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                break
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _sign_in() -> str:
    """The cookie of a signed-in member of staff."""
    user = User.objects.create_superuser("bench")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _open(port: int, path: str, cookie: str) -> float:
    """Open a page; milliseconds until all of it was there."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        content = answer.read()
        assert answer.url.endswith(path), f"{path} led to {answer.url}"
    assert content
    return (time.perf_counter() - began) * 1_000


def _peak_mb(pid: int) -> float:
    """The most memory that a process or a child of it held."""
    peaks = []
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")]
    return max(peaks, default=0.0)
