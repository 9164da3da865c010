"""A whole night: from the chat log to ratings and privileges, by one worker and by two, and pages beside it."""

from __future__ import annotations

from benchmarks.database import own_database
from benchmarks.measuring import Run, run_task
from benchmarks.redis_server import own_redis
from benchmarks.results import Findings, Table, Target

SIZES = {"small": (60_000, 500, 4), "full": (10_000_000, 50_000, 16)}
"""Messages of one day, shops and shards."""
MOST_MB = 2_000.0
MOST_TIMES_SLOWER = 2.0


def run(size: str) -> Findings:
    """A night by one worker, and one by two; beside a second night of the two, pages."""
    messages, shops, shards = SIZES[size]
    shape = {"messages": messages, "shops": shops, "days": 1, "shards": shards}
    run_task("benchmarks.tasks.nightly:prepare", shape)
    one = _night(shape, workers=1, has_pages=False)
    two = _night(shape, workers=2, has_pages=True)
    nights = {1: one.steps["night"].wall_seconds, 2: two.steps["night"].wall_seconds}
    spent = sum(two.facts["seconds"].values())
    rows = [
        (name, one.facts["seconds"].get(name, 0.0), seconds, seconds / spent)
        for name, seconds in two.facts["seconds"].items()
    ]
    rows.append(("all steps", sum(one.facts["seconds"].values()), spent, 1.0))
    rows.append(("the night, wall", nights[1], nights[2], nights[2] / spent))
    quiet, busy = two.facts["quiet"], two.facts["busy"]
    pages = [(name, each["pages"], each["p50 ms"], each["p95 ms"]) for name, each in (("no run", quiet), ("run", busy))]
    return Findings(
        part="nightly",
        title="A night",
        method=(
            f"{messages:,} messages of one day, {shops:,} shops and {3 * shops:,} agents in {shards} shards, a nightly "
            f"run from nothing: settle, windows, judge, brake, publish, conclude. Celery workers (-P solo, one engine "
            f"thread each, nice 10) over {two.facts['broker']}, the web database is {two.facts['database']}; workers, "
            "database and broker share two cores. Seconds of steps add up over the workers. The pages (a scorecard and "
            "the list of a day's ratings, one after the other, gunicorn with one worker) are opened without a run and "
            "while two workers compute the same log anew."
        ),
        tables=[
            Table("", ("phase", "s, 1 worker", "s, 2 workers", "share, 2 workers"), rows),
            Table("Pages", ("beside", "pages", "p50 ms", "p95 ms"), pages),
        ],
        targets=[
            Target("memory of a worker, MB", max(one.facts["worker mb"], two.facts["worker mb"]), MOST_MB),
            Target("p95 of a page beside the night, times", busy["p95 ms"] / quiet["p95 ms"], MOST_TIMES_SLOWER),
        ],
        remarks=[
            f"two workers are {nights[1] / nights[2]:.2f} times as fast as one",
            f"{two.facts['ratings']:,} ratings, {two.facts['scores']:,} scores; {messages / nights[2]:,.0f} messages/s",
        ],
    )


def _night(shape: dict[str, int], *, workers: int, has_pages: bool) -> Run:
    with own_database() as database, own_redis() as redis:
        environment = {"OPENLINE_CHAT_LOG_SHARDS": str(shape["shards"]), "OPENLINE_ENGINE_THREADS": "1"}
        environment |= {"OPENLINE_DATABASE_URL": database} if database else {}
        environment |= {"OPENLINE_REDIS_URL": redis} if redis else {}
        return run_task(
            "benchmarks.tasks.nightly:night", shape | {"workers": workers, "has_pages": has_pages}, environment
        )
