"""How long it takes to score, rate and grant privileges, in a PostgreSQL of its own, and whether it grows linearly."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.measuring import Run, run_task
from benchmarks.results import Findings, Table, Target

VARIABLE = "OPENLINE_BENCH_DATABASE_URL"
DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/postgres"
SIZES = {"small": (100, 1_000), "full": (5_000, 50_000)}
"""The two numbers of shops that are compared; each shop has three agents."""
REPEATS = {"small": 1, "full": 2}
MOST_TIMES_LINEAR = 1.25
DAYS = ("first day", "second day")


def run(size: str) -> Findings:
    """Rate two days of a small and of a large marketplace. Without a server nothing is measured, and that is said."""
    few, many = SIZES[size]
    findings = Findings(
        part="judge",
        title="Scores, ratings and privileges",
        method=(
            f"One transaction a day into a scratch database of PostgreSQL on the same cores, {few:,} and {many:,} "
            "shops with three agents each. First day: everything is new. Second day: nine shops in ten have the "
            f"measures of the day before, yet each rating and score is a new row. The best of {REPEATS[size]}."
        ),
    )
    url = os.environ.get(VARIABLE, DEFAULT_URL)
    try:
        with psycopg.connect(url, connect_timeout=5):
            pass
    except psycopg.OperationalError as error:
        print(f"!!! SKIPPED: no PostgreSQL answers. Set {VARIABLE}. ({error})", file=sys.stderr)
        findings.remarks.append(f"SKIPPED: no PostgreSQL answers; set {VARIABLE}.")
        return findings
    best = {shops: _best_run(url, shops, REPEATS[size]) for shops in (few, many)}
    for shops, run_ in best.items():
        findings.tables.append(_table(f"{shops:,} shops, {3 * shops:,} agents", run_))
    for day in DAYS:
        ratio = best[many].steps[day].wall_seconds / best[few].steps[day].wall_seconds / (many / few)
        findings.targets.append(
            Target(f"{day}: time per shop at {many:,}, times that at {few:,}", ratio, MOST_TIMES_LINEAR)
        )
    return findings


def _best_run(url: str, shops: int, repeats: int) -> Run:
    runs = []
    for _ in range(repeats):
        with _scratch_database(url) as scratch:
            task = "benchmarks.tasks.judge:rate_two_days"
            runs.append(run_task(task, {"shops": shops}, {"OPENLINE_DATABASE_URL": scratch}))
    return min(runs, key=lambda run: run.wall_seconds)


def _table(title: str, run: Run) -> Table:
    rows = []
    for day in DAYS:
        cost, facts = run.steps[day], run.facts[day]
        written = facts["ratings"] + facts["scores"] + facts["privileges changed"]
        formulas, database = facts["formulas"] / cost.wall_seconds, facts["database"] / cost.wall_seconds
        rest = 1 - formulas - database
        rows.append(
            (
                day,
                cost.wall_seconds,
                written,
                written / cost.wall_seconds,
                formulas,
                database,
                rest,
                round(cost.peak_mb),
            )
        )
    looked_up = run.steps["look up shops, agents, states"]
    rows.append(("look up shops, agents", looked_up.wall_seconds, "", "", "", "", "", round(looked_up.peak_mb)))
    return Table(
        title, ("step", "wall s", "rows", "rows/s", "formulas", "database", "making rows, commit", "peak MB"), rows
    )


@contextmanager
def _scratch_database(url: str) -> Iterator[str]:
    """The URL of a new, empty database, dropped at the end."""
    name = f"openline_bench_{os.getpid()}"
    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
