"""Real messages, where a file of them is given: import and score from nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import CORES, run_task
from benchmarks.results import Findings, Table, Target

MOST_SECONDS = 180.0


def run(file: Path) -> Findings:
    """Import the file into an empty Openline on SQLite and score every day of it with the forum preset."""
    with tempfile.TemporaryDirectory(prefix="openline-bench-real-") as folder:
        where = {
            "OPENLINE_DATA_DIR": folder,
            "OPENLINE_CHAT_LOG_DIR": f"{folder}/chatlog",
            "OPENLINE_DATABASE_URL": f"sqlite:///{folder}/real.sqlite3",
        }
        imported = run_task("benchmarks.tasks.real:import_messages", {"file": str(file)}, where)
        scored = run_task("benchmarks.tasks.real:score", {"file": str(file)}, where)
    steps = {**imported.steps, **scored.steps}
    rows = [(name, cost.wall_seconds, cost.cpu_seconds, round(cost.peak_mb)) for name, cost in steps.items()]
    again = scored.steps["score again: nothing to do"].wall_seconds
    facts = scored.facts
    grades = ", ".join(f"{grade} {shops}" for grade, shops in facts["grades"].items())
    return Findings(
        part="real",
        title="Real messages",
        method=(
            f"{imported.facts['rows']:,} real messages of {imported.facts['shops']:,} desks over {facts['days']:,} "
            f"days, imported with `--create` and scored with the `forum` preset, hours 00:00-24:00 UTC, from nothing, "
            f"on SQLite, {CORES} cores, once."
        ),
        tables=[Table("", ("step", "wall s", "CPU s", "peak MB"), rows)],
        targets=[
            Target(
                "seconds from nothing",
                imported.wall_seconds + scored.wall_seconds - again,
                MOST_SECONDS,
            )
        ],
        remarks=[
            f"{facts['shop days']:,} days of shops, {facts['ratings']:,} ratings, {facts['scores']:,} agent scores",
            f"newest grades: {grades}",
            *(line.strip() for line in facts["said"].splitlines() if line.strip()),
        ],
    )
