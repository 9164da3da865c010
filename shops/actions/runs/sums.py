"""The figures of a run, added up over its steps."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from shops.models import Run, RunStep

LONGEST_LIST = 1_000


def sum_up(run: Run) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """The counts of a run by phase, and the seconds of its steps by phase. One query.

    Numbers are added, lists put together (up to LONGEST_LIST), what is neither is left out.
    """
    counts: dict[str, dict[str, Any]] = defaultdict(dict)
    seconds: dict[str, float] = defaultdict(float)
    rows = RunStep.objects.filter(run=run, state=RunStep.State.DONE).order_by("id")
    for phase, found, started_at, ended_at in rows.values_list("phase", "counts", "started_at", "ended_at"):
        if started_at and ended_at:
            seconds[phase] += (ended_at - started_at).total_seconds()
        mine = counts[phase]
        for name, value in found.items():
            if isinstance(value, list):
                mine[name] = (mine.get(name, []) + [each for each in value if each not in mine.get(name, ())])[
                    :LONGEST_LIST
                ]
            elif isinstance(value, int | float):
                mine[name] = mine.get(name, 0) + value
    return dict(counts), {phase: round(sum_, 3) for phase, sum_ in seconds.items()}
