"""Measuring: a task runs in a process of its own and says how long its steps took and how much memory they needed.

The process that starts the tasks stays small and imports nothing heavy: a child's peak is its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CORES = 2
ROOT = Path(__file__).resolve().parent.parent
ANSWER = "OPENLINE_BENCH_ANSWER"


class TaskError(Exception):
    """A task ended badly; the message holds what it wrote last."""


@dataclass(slots=True)
class Cost:
    """What a step cost. Seconds add up where a step is made of many pieces; the peak is the greatest of them."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Meter:
    """Measures named steps of one task, inside the task's own process."""

    steps: dict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    facts: dict[str, Any] = field(default_factory=dict)
    """Whatever else the task wants to say: row counts, sizes."""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what happens inside to a step. Steps do not nest."""
        _forget_peak()
        wall, cpu = time.perf_counter(), cpu_seconds()
        try:
            yield
        finally:
            cost = self.steps[name]
            cost.wall_seconds += time.perf_counter() - wall
            cost.cpu_seconds += cpu_seconds() - cpu
            cost.peak_mb = max(cost.peak_mb, peak_mb())

    def count(self, name: str, number: float) -> None:
        """Add to a fact."""
        self.facts[name] = self.facts.get(name, 0) + number


@dataclass(frozen=True)
class Run:
    """One run of a task: its steps in order, what it said beside them, and the greatest peak of all steps."""

    steps: Mapping[str, Cost]
    facts: Mapping[str, Any]

    @property
    def wall_seconds(self) -> float:
        """Of all steps."""
        return sum(cost.wall_seconds for cost in self.steps.values())

    @property
    def cpu_seconds(self) -> float:
        """Of all steps."""
        return sum(cost.cpu_seconds for cost in self.steps.values())

    @property
    def peak_mb(self) -> float:
        """The most memory that the process held in any step."""
        return max((cost.peak_mb for cost in self.steps.values()), default=0.0)


def run_task(task: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Run:
    """Run `module:function(meter, **arguments)` in a new process on CORES cores. Raises TaskError where it fails."""
    with tempfile.TemporaryDirectory(prefix="openline-bench-") as folder:
        answer = Path(folder) / "answer.json"
        settings = {
            **os.environ,
            "OPENLINE_DATA_DIR": folder,
            "OPENLINE_CHAT_LOG_DIR": f"{folder}/chatlog",
            "OPENLINE_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "OPENLINE_ENGINE_THREADS": str(CORES),
            "DJANGO_SETTINGS_MODULE": "governance.config.settings",
            "PYTHONWARNINGS": "ignore",
            **(environment or {}),
            ANSWER: str(answer),
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.task", task, json.dumps(dict(arguments))],
            cwd=ROOT,
            env=settings,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not answer.exists():
            raise TaskError(f"{task} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        said = json.loads(answer.read_text())
    return Run({name: Cost(**cost) for name, cost in said["steps"].items()}, said["facts"])


def write_answer(meter: Meter) -> None:
    """Leave what the meter measured where `run_task` looks for it."""
    steps = {name: asdict(cost) for name, cost in meter.steps.items()}
    Path(os.environ[ANSWER]).write_text(json.dumps({"steps": steps, "facts": meter.facts}))


def cpu_seconds() -> float:
    """CPU time of this process and its threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    """The most memory (RSS, in 10^6 bytes) that this process held since `_forget_peak`.

    Where the system cannot say that, since its start.
    """
    try:
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _forget_peak() -> None:
    """Let the kernel's record of the peak begin anew, where it can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return
