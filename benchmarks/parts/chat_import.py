"""How fast chat messages are imported from Parquet, and what each check takes of it."""

from __future__ import annotations

from benchmarks.measuring import CORES, run_task
from benchmarks.results import Findings, Table, Target

LEAST_ROWS_PER_SECOND = 200_000.0
SIZES = {"small": (100_000, 1_000), "full": (2_000_000, 50_000)}
"""Messages and shops."""
SHARDS = 16
REPEATS = {"small": 1, "full": 3}


def run(size: str) -> Findings:
    """Import a file of a day."""
    messages, shops = SIZES[size]
    shape = {"messages": messages, "shops": shops, "days": 1, "shards": SHARDS}
    run_task("benchmarks.tasks.chat_import:prepare", shape)
    runs = [run_task("benchmarks.tasks.chat_import:import_chat", shape) for _ in range(REPEATS[size])]
    best = min(runs, key=lambda run: run.steps["import"].wall_seconds)
    whole, facts = best.steps["import"], best.facts
    again = best.steps["the same file again"]
    rows = [
        (name, wall, cpu, wall / whole.wall_seconds, cpu / whole.cpu_seconds)
        for name, (wall, cpu) in facts["parts"].items()
    ]
    rest = (whole.wall_seconds - sum(row[1] for row in rows), whole.cpu_seconds - sum(row[2] for row in rows))
    rows.append(("rows put together, agents", *rest, rest[0] / whole.wall_seconds, rest[1] / whole.cpu_seconds))
    rows.append(("everything", whole.wall_seconds, whole.cpu_seconds, 1.0, 1.0))
    return Findings(
        part="import",
        title="Import of chat messages",
        method=(
            f"{facts['rows']:,} messages of {shops:,} known shops and {3 * shops:,} known agents, about half of them "
            f"with a text of their own, from one Parquet file of {facts['file bytes'] / 1e6:,.0f} MB into a new log of "
            f"{SHARDS} shards, through shops.imports as `manage.py import chat` does, on {CORES} cores; the best of "
            f"{REPEATS[size]}."
        ),
        tables=[Table("", ("step", "wall s", "CPU s", "share", "share of CPU"), rows)],
        targets=[Target("rows/s", facts["rows"] / whole.wall_seconds, LEAST_ROWS_PER_SECOND, is_most=False)],
        remarks=[
            f"peak memory {whole.peak_mb:.0f} MB; {facts['log bytes'] / facts['new']:.0f} bytes a message in the log",
            f"{facts['new']:,} new, {facts['repeated']:,} repeated, {facts['rejected']:,} rejected",
            f"the same file again: {facts['repeated again']:,} repeated in {again.wall_seconds:.2f} s",
        ],
    )
