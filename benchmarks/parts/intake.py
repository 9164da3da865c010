"""How fast messages are taken over HTTP: gunicorn with one worker and with two."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.database import own_database
from benchmarks.measuring import Run, TaskError, run_task
from benchmarks.results import Findings, Table, Target

LEAST_ROWS_PER_SECOND = 20_000.0
LEAST_SCALING = 1.7
SIZES = {"small": (60_000, 1_000), "full": (400_000, 50_000)}
"""Messages and shops."""
SHARDS = 16
BATCH_ROWS = 5_000
FORMS = ("ndjson", "ndjson gzip", "json", "json gzip")


def run(size: str) -> Findings:
    """Send batches to one worker in every form, to two workers in the first, and do the same without HTTP."""
    messages, shops = SIZES[size]
    shape = {"messages": messages, "shops": shops, "days": 1, "shards": SHARDS, "batch_rows": BATCH_ROWS}
    forms = FORMS if size == "full" else FORMS[:1]
    servers = set()

    def send(form: str, workers: int) -> Run:
        with own_database() as url:
            servers.add("PostgreSQL" if url else "SQLite")
            environment = {"OPENLINE_CHAT_LOG_SHARDS": str(SHARDS)} | ({"OPENLINE_DATABASE_URL": url} if url else {})
            return run_task("benchmarks.tasks.intake:send", shape | {"form": form, "workers": workers}, environment)

    one = {form: send(form, 1) for form in forms}
    two = send(FORMS[0], 2)
    floor = run_task("benchmarks.tasks.intake:floor", shape)
    rows = [_row(f"{form}, 1 worker", each) for form, each in one.items()] + [_row(f"{FORMS[0]}, 2 workers", two)]
    if any(each.facts["accepted"] != each.facts["rows"] for each in (*one.values(), two)):
        raise TaskError("Some rows were not accepted; the figures would mean nothing.")
    first = one[FORMS[0]]
    floor_rate = floor.facts["rows"] / floor.steps["floor"].wall_seconds
    return Findings(
        part="intake",
        title="Intake over HTTP",
        method=(
            f"{messages:,} messages of {shops:,} known shops, about {first.facts['bytes'] / first.facts['rows']:.0f} "
            f"bytes each, in batches of {BATCH_ROWS:,} to gunicorn (4 threads a worker) with "
            f"{' and '.join(sorted(servers))} behind it, into a log of {SHARDS} shards; 4 connections a worker, bodies "
            "made beforehand. One worker has a core to itself, the client and the database the other; two workers, the "
            "client and the database share both. The floor: the same bodies decoded by msgspec and written as the same "
            "parts, in one process, without checks, HTTP or database."
        ),
        tables=[
            Table(
                "",
                ("what", "rows/s", "rows/s of worker CPU", "worker CPU s", "client CPU s", "p50 ms", "p95 ms", "MB"),
                rows,
            )
        ],
        targets=[
            Target("rows/s, one worker", _rate(first), LEAST_ROWS_PER_SECOND, is_most=False),
            Target("a second worker, times", _rate(two) / _rate(first), LEAST_SCALING, is_most=False),
        ],
        remarks=[
            f"floor: {floor_rate:,.0f} rows/s; one worker takes {floor_rate / _rate(first):.2f} times as long",
            (
                f"CPU that a row costs with two workers: {_cpu(two) / _cpu(first):.2f} times that with one; 1.00 says "
                "that nothing but cores is in the way of a second worker"
            ),
            f"the same batches again: {first.facts['again rows/s']:,.0f} rows/s, nothing stored",
        ],
    )


def _row(name: str, each: Run) -> Sequence[object]:
    facts = each.facts
    worker_rate = facts["rows"] / facts["worker cpu"]
    times = (facts["p50 ms"], facts["p95 ms"], facts["worker mb"])
    return (name, _rate(each), worker_rate, facts["worker cpu"], facts["client cpu"], *times)


def _rate(each: Run) -> float:
    return float(each.facts["rows"]) / each.steps["send"].wall_seconds


def _cpu(each: Run) -> float:
    return float(each.facts["worker cpu"]) / float(each.facts["rows"])
