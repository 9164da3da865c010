"""What heals runs whose news was lost: workers are sent to them again, and what cannot go on is ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from shops.actions.runs.holders import is_known_dead
from shops.actions.runs.steps import is_heard_from, steps_of_stage
from shops.actions.runs.work_run import end_stopped, fail_run
from shops.models import Run, RunStep

MOST_WORKERS = 4
"""Sent to a run at a time: a worker that finds nothing to do costs little, a thousand of them do not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run for which workers are to be sent, and how many."""

    run_id: int
    kind: Run.Kind
    workers: int


def sweep_runs(now: datetime) -> list[Wanted]:
    """The runs that want workers. Runs that were to stop are stopped; those whose command died are failed.

    Called every minute. A few queries per run under way, of which there are at most as many as kinds.
    """
    wanted = []
    for run in Run.objects.filter(state__in=Run.UNDER_WAY):
        if run.stop_requested_at is not None:
            end_stopped(run, now)
        elif run.is_inline:
            _end_orphan(run, now)
        else:
            free = _free_steps(run, now)
            if free or not is_heard_from(run, now):
                wanted.append(Wanted(run.pk, Run.Kind(run.kind), min(max(free, 1), MOST_WORKERS)))
    return wanted


def _free_steps(run: Run, now: datetime) -> int:
    waiting = Q(state=RunStep.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    return steps_of_stage(run).filter(waiting | Q(state=RunStep.State.RUNNING, lease_until__lt=now)).count()


def _end_orphan(run: Run, now: datetime) -> None:
    """Fail a run whose command is gone, so that it is in nobody's way; started again, workers do the rest."""
    if is_orphan(run, now):
        fail_run(run, "The command that did this run ended before it. Start the run again: it does what is missing.")


def is_orphan(run: Run, now: datetime) -> bool:
    """True for a command's run whose command must have been killed: it is not heard from any more."""
    return run.is_inline and (run.lease_until is None or run.lease_until < now or is_known_dead(run.holder))
