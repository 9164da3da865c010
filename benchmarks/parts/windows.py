"""A month's window over many turns, with exact quantiles, against the floor: hashing the columns that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.measuring import CORES, Cost, run_task
from benchmarks.results import Findings, Table, Target

MOST_MB = 2_000.0
SIZES = {"small": (60_000, 1_000, 2), "full": (100_000_000, 50_000, 16)}
"""Turns, shops and shards."""
DAYS = 30


def run(size: str) -> Findings:
    """Measure the window once; the files are made once and kept."""
    turns, shops, shards = SIZES[size]
    shape = {"turns": turns, "shops": shops, "days": DAYS, "shards": shards}
    prepared = run_task("benchmarks.tasks.windows:prepare", shape)
    floor = run_task("benchmarks.tasks.windows:hash_columns", shape)
    work = run_task("benchmarks.tasks.windows:read_window", shape)
    base = floor.steps["floor"]

    def row(name: str, cost: Cost) -> Sequence[Any]:
        ratios = (cost.wall_seconds / base.wall_seconds, cost.cpu_seconds / base.cpu_seconds)
        return (name, cost.wall_seconds, cost.cpu_seconds, *ratios, round(cost.peak_mb))

    rows = [row("floor", base), *(row(name, cost) for name, cost in work.steps.items())]
    rows.append(row("everything", Cost(work.wall_seconds, work.cpu_seconds, work.peak_mb)))
    facts = work.facts
    pace = facts["turns"] / work.wall_seconds
    return Findings(
        part="windows",
        title="Windows of measures",
        method=(
            f"{turns:,} synthetic turns of {shops:,} shops and {3 * shops:,} agents over {DAYS} days in {shards} "
            f"shards ({prepared.facts['bytes'] / 1e6:,.0f} MB), one window over all of them as a rating day reads it, "
            f"one shard after the other, {CORES} DuckDB threads, 1,200 MB for the engine, spilling allowed. Quantiles "
            "are exact. The floor is DuckDB summing hash() over the columns that measures.sql reads of these files."
        ),
        tables=[Table("", ("step", "wall s", "CPU s", "x floor", "x floor, CPU", "peak MB"), rows)],
        targets=[Target("peak memory, MB", work.peak_mb, MOST_MB)],
        remarks=[f"{facts['turns']:,} turns into {facts['measures']:,} rows; {pace:,.0f} turns/s with everything"],
    )
