"""The desk and the decisions with millions of complaints, evidence and entries of points."""

from __future__ import annotations

from typing import Any

from benchmarks.database import own_database
from benchmarks.measuring import Run, run_task
from benchmarks.results import Findings, Table, Target

SIZES = {"small": (100, 2_000, 4_000, 5), "full": (50_000, 1_000_000, 5_000_000, 30)}
"""Shops, complaints (three pieces of evidence and entries each), entries of points, visits of each page."""
FEW = 100
"""Complaints that the numbers of queries are compared with."""
MOST_MS = 300.0
MOST_PER_SHOP = 1.25


def run(size: str) -> Findings:
    """Visit the desk with few complaints and with many; grant privileges to a tenth of the shops, and to all."""
    shops, complaints, points, visits = SIZES[size]
    few = _work(shops=min(shops, 100), complaints=FEW, points=FEW, visits=3)
    many = _work(shops=shops, complaints=complaints, points=points, visits=visits)
    rows = []
    for name, (queries, milliseconds) in many.facts["told"].items():
        before = few.facts["told"][name][0]
        rows.append((name, before, queries, _at(milliseconds, 0.5), _at(milliseconds, 0.95)))
    tenth, all_shops = (_grant(shops=number) for number in (shops // 10, shops))
    granted = [
        (
            step,
            tenth.steps[step].wall_seconds,
            cost.wall_seconds,
            cost.wall_seconds / tenth.steps[step].wall_seconds / 10,
        )
        for step, cost in all_shops.steps.items()
    ]
    return Findings(
        part="desk",
        title="The desk",
        method=(
            f"{complaints:,} complaints of {shops:,} shops, three times as many pieces of evidence and entries, "
            f"{points:,} entries of points in {many.facts['database']}; each page opened {visits} times through "
            "Django's test client, each decision a transaction of its own. Privileges of all shops, then all of them "
            "changed, as after another policy."
        ),
        tables=[
            Table("", ("page", f"queries at {FEW}", "queries", "p50 ms", "p95 ms"), rows),
            Table(
                "Privileges",
                ("step", f"s, {shops // 10:,} shops", f"s, {shops:,} shops", "per shop, times"),
                granted,
            ),
        ],
        targets=[
            Target("slowest p95, ms", max(row[4] for row in rows), MOST_MS),
            Target("pages whose number of queries grows", sum(row[1] != row[2] for row in rows), 0),
            Target("privileges: time per shop, times that of a tenth of the shops", granted[-1][3], MOST_PER_SHOP),
        ],
    )


def _work(**shape: int) -> Run:
    with own_database() as database:
        return run_task("benchmarks.tasks.desk:work_desk", shape, _environment(database))


def _grant(**shape: int) -> Run:
    with own_database() as database:
        return run_task("benchmarks.tasks.desk:grant_anew", shape, _environment(database))


def _environment(database: str) -> dict[str, str]:
    return {"OPENLINE_DATABASE_URL": database} if database else {}


def _at(milliseconds: list[Any], share: float) -> float:
    """A quantile of sorted numbers: the smallest that so large a share does not exceed."""
    return float(milliseconds[min(len(milliseconds) - 1, int(share * len(milliseconds)))])
