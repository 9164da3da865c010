"""Turns and measures of many messages against the floor: hashing every needed column of the same files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.measuring import CORES, Cost, Run, run_task
from benchmarks.results import Findings, Table, Target

MOST_TIMES_THE_FLOOR = 25.0
MOST_MB = 2_000.0
BESIDE = ("measures by day", "rows to Python", "write files")
"""Steps that are no part of turns and measures. A day is its own window: there both measures are the same."""
SIZES = {"small": (60_000, 1_000, 2), "full": (10_000_000, 50_000, 16)}
"""Messages, shops and shards."""
REPEATS = {"small": 1, "full": 3}


def run(size: str) -> Findings:
    """Measure one day and thirty days."""
    messages, shops, shards = SIZES[size]
    findings = Findings(
        part="turns",
        title="Turns and measures",
        method=(
            f"{messages:,} synthetic messages of {shops:,} shops and {3 * shops:,} agents with string ids, in {shards} "
            f"shards worked on one after the other as `manage.py score` does, {CORES} DuckDB threads, 1,200 MB for the "
            "engine. The floor is DuckDB summing hash() over the ten columns of the same files that turns are made "
            "from. measures.sql covers the span as one window. Floor and work alternate; the best of "
            f"{REPEATS[size]} counts. Peak is the resident memory of the process in the step."
        ),
    )
    for label, days in (("one day", 1), ("30 days as one span", 30)):
        shape = {"messages": messages, "shops": shops, "days": days, "shards": shards}
        run_task("benchmarks.tasks.turns:prepare", shape)
        floors: list[Run] = []
        works: list[Run] = []
        for _ in range(REPEATS[size]):
            floors.append(run_task("benchmarks.tasks.turns:hash_columns", shape))
            works.append(run_task("benchmarks.tasks.turns:settle", shape))
        floor = min(floors, key=lambda run: run.wall_seconds)
        best = min(works, key=lambda run: run.wall_seconds)
        work = _sum([cost for name, cost in best.steps.items() if name not in BESIDE])
        findings.tables.append(_table(label, floor, best, work))
        findings.targets += [
            Target(
                f"{label}: turns and measures, times the floor",
                work.wall_seconds / floor.wall_seconds,
                MOST_TIMES_THE_FLOOR,
            ),
            Target(f"{label}: peak memory, MB", best.peak_mb, MOST_MB),
        ]
        facts = best.facts
        findings.remarks.append(
            f"{label}: {facts['messages']:,} messages without repeats from {facts['parts']:,} parts, "
            f"{facts['turns']:,} turns, {facts['contacts']:,} contacts, {facts['measures']:,} rows of measures; "
            f"{facts['messages'] / best.wall_seconds:,.0f} messages/s with everything"
        )
    return findings


def _table(label: str, floor: Run, best: Run, work: Cost) -> Table:
    base = floor.steps["floor"]

    def row(name: str, cost: Cost) -> Sequence[Any]:
        ratios = (cost.wall_seconds / base.wall_seconds, cost.cpu_seconds / base.cpu_seconds)
        return (name, cost.wall_seconds, cost.cpu_seconds, *ratios, round(cost.peak_mb))

    rows = [row("floor", base), *(row(name, cost) for name, cost in best.steps.items() if name not in BESIDE)]
    rows.append(row("turns and measures", work))
    rows += [row(name, best.steps[name]) for name in BESIDE]
    rows.append(row("everything", _sum(list(best.steps.values()))))
    return Table(label, ("step", "wall s", "CPU s", "x floor", "x floor, CPU", "peak MB"), rows)


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(cost.wall_seconds for cost in costs),
        sum(cost.cpu_seconds for cost in costs),
        max(cost.peak_mb for cost in costs),
    )
