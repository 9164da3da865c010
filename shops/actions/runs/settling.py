"""Settling as a step of a run, and comparing what was settled with the senders' control totals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from shops.actions.control_totals import count_control_totals
from shops.actions.runs.jobs import Done, Work
from shops.actions.settle_days import Settled, settle_shard

DAYS_LOCK: Final = "days"
"""Held by whatever settles days, so that no two do at once."""
MOST_NAMED: Final = 200
"""Unknown agents and broken parts that a step names; they are counted without a limit."""


def settle_spans(work: Work, spans: Iterable[tuple[date, date]]) -> Done:
    """Settle some spans of days (both included) of the step's shard, then count them against their control totals."""
    settled, totals_changed = Settled(), 0
    for first, last in spans:
        settled.merge(settle_shard(work.shard, first, last, as_of=work.run.as_of, report=work.report))
        totals_changed += count_control_totals(work.shard, first, last, as_of=work.run.as_of).totals_changed
    named = {
        "agents_nobody_knows": [list(pair) for pair in sorted(settled.unknown_agents)[:MOST_NAMED]],
        "parts_set_aside": [list(pair) for pair in settled.set_aside[:MOST_NAMED]],
        "parts_set_aside_before": [list(pair) for pair in settled.set_aside_before[:MOST_NAMED]],
    }
    counts = settled.to_counts() | {"totals_changed": totals_changed}
    return Done(counts | {name: values for name, values in named.items() if values})
