"""Batches of messages to a real gunicorn: what it takes in a second, and what its workers and the client cost."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from benchmarks.made.marketplace import Marketplace
from benchmarks.made.messages import Shape, message_file
from benchmarks.made.tables import fill_shops
from benchmarks.measuring import ROOT, Meter, cpu_seconds
from shops.actions.service_tokens import Limits, make_token
from shops.chat.log import ChatLog
from shops.chat.messages import STORED_SCHEMA
from shops.chat.values import ms_of_text

CONNECTIONS = 4
"""To each worker. Each request opens its own, so that whichever worker is free takes it."""
PATH = "/api/v1/chat/messages/"
STARTED = threading.Lock()


def send(meter: Meter, *, batch_rows: int, form: str, workers: int, **shape: int) -> None:
    """Send all batches once, measured, and once more."""
    bodies = list(_bodies(Shape(**shape), batch_rows, form))
    headers = {"Content-Type": "application/json" if form.startswith("json") else "application/x-ndjson"}
    if form.endswith("gzip"):
        headers["Content-Encoding"] = "gzip"
    call_command("migrate", verbosity=0)
    fill_shops(Marketplace.of_size(shape["shops"]))
    token = make_token(
        "benchmark",
        ["chat:write"],
        now=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
        limits=Limits(2_000_000_000, 2_000_000_000),
        by=None,
    )
    connections.close_all()
    headers["Authorization"] = f"Bearer {token.text}"
    with _gunicorn(workers) as server:
        # The first batch of every worker loads the directory of shops and agents.
        _post_all(server.port, headers, [bodies[0]] * (workers * CONNECTIONS), workers)
        before, client = server.cpu_seconds(), cpu_seconds()
        with meter.step("send"):
            told = _post_all(server.port, headers, bodies[1:], workers)
        meter.facts |= {
            "worker cpu": server.cpu_seconds() - before,
            "client cpu": cpu_seconds() - client,
            "worker mb": server.peak_mb(),
        }
        began = time.perf_counter()
        again = _post_all(server.port, headers, bodies[1:], workers)
        meter.facts["again rows/s"] = sum(each["rows"] for each, _ms in again) / (time.perf_counter() - began)
    took = [ms for _each, ms in told]
    meter.facts |= {
        "rows": sum(each["rows"] for each, _ms in told),
        "accepted": sum(each["accepted"] + each["repeated"] for each, _ms in told),
        "bytes": sum(len(body) for body in bodies[1:]),
        "p50 ms": statistics.median(took),
        "p95 ms": statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0],
    }


def floor(meter: Meter, *, batch_rows: int, **shape: int) -> None:
    """Decode the same bodies with msgspec and write the same parts, in this process, on one core."""
    _keep_to(0)
    bodies = list(_bodies(Shape(**shape), batch_rows, "ndjson"))
    names = [name for name in STORED_SCHEMA.names if name not in {"sent_ms", "text_key"}]
    row = msgspec.defstruct("Row", [(name, str | None, None) for name in [*names, "sent_at"]])
    decoder = msgspec.json.Decoder(row)
    log = ChatLog(settings.CHAT_LOG_DIR, shape["shards"])
    with meter.step("floor"):
        for body in bodies[1:]:
            rows = [msgspec.structs.astuple(each) for each in decoder.decode_lines(body)]
            columns = dict(zip([*names, "sent_at"], zip(*rows, strict=True), strict=True))
            arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
            arrays["sent_ms"] = ms_of_text(arrays.pop("sent_at"), "sent_at")[0]
            arrays["text_key"] = arrays["text"]
            log.append(pa.table([arrays[name] for name in STORED_SCHEMA.names], schema=STORED_SCHEMA), 0)
            meter.count("rows", len(rows))


def _bodies(shape: Shape, batch_rows: int, form: str) -> Iterator[bytes]:
    """The request bodies, each of `batch_rows` messages that follow each other."""
    for batch in pq.ParquetFile(message_file(shape)).iter_batches(batch_rows):
        rows = batch.to_pylist()
        if len(rows) < batch_rows:
            return
        for row in rows:
            row["sent_at"] = row["sent_at"].isoformat(timespec="milliseconds")
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        text = "[" + ",".join(lines) + "]" if form.startswith("json") else "\n".join(lines)
        yield gzip.compress(text.encode(), 5) if form.endswith("gzip") else text.encode()


class _Server:
    """A running gunicorn."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self._process = port, process

    def _workers(self) -> list[psutil.Process]:
        return list(psutil.Process(self._process.pid).children())

    def cpu_seconds(self) -> float:
        """Of its workers."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self._workers())

    def peak_mb(self) -> float:
        """The most memory that one of its workers ever held."""
        peaks = []
        for worker in self._workers():
            lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")]
        return max(peaks, default=0.0)


@contextmanager
def _gunicorn(workers: int) -> Iterator[_Server]:
    """The server that the README starts, with so many workers; one has core 0 to itself, this process the other."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(cores[1:2] if workers == 1 else cores))
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    command += ["--threads", str(CONNECTIONS), "--log-level", "warning", "governance.config.wsgi"]
    process = subprocess.Popen(command, cwd=ROOT)
    os.sched_setaffinity(process.pid, set(cores[:1] if workers == 1 else cores))
    try:
        _wait_for(port, process)
        yield _Server(port, process)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError("gunicorn ended before it answered.")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/api/v1/nothing/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn does not answer.")


def _post_all(
    port: int, headers: dict[str, str], bodies: Sequence[bytes], workers: int
) -> list[tuple[dict[str, Any], float]]:
    """Every answer with its milliseconds; as many threads as connections take the next body when they are free."""
    waiting = iter(bodies)
    told: list[tuple[dict[str, Any], float]] = []
    failed: list[str] = []

    def work() -> None:
        while not failed:
            with STARTED:
                body = next(waiting, None)
            if body is None:
                return
            began = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", PATH, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if answer.status != 200:
                failed.append(f"{answer.status}: {content[:500]!r}")
                return
            told.append((json.loads(content), (time.perf_counter() - began) * 1_000))

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS * workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(failed[0])
    return told


def _keep_to(number: int) -> None:
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[number]})
