"""A step's way through a worker: claimed by a conditional UPDATE, finished, given back or failed by the same means."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from shops.actions.runs.holders import is_known_dead
from shops.actions.runs.jobs import Done, LeaseLostError
from shops.models import Run, RunStep

MOST_ATTEMPTS = 5
BACKOFF_SECONDS = (5, 20, 60, 180)
"""How long a step rests after its first, second, ... failure."""
ERROR_CHARACTERS = 4_000


def lease_from(now: datetime) -> datetime:
    """Until when a worker that is heard from at `now` holds its step."""
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


def steps_of_stage(run: Run) -> QuerySet[RunStep]:
    """The steps of the run's present phase and day."""
    return RunStep.objects.filter(run=run, phase=run.phase, on=run.phase_on)


def claim_step(run: Run, holder: str, now: datetime) -> RunStep | None:
    """Take a step of the run's present stage that nobody holds; None where there is none to take now."""
    ready = Q(state=RunStep.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    free = ready | Q(state=RunStep.State.RUNNING, lease_until__lt=now)
    for pk, condition in _candidates(run, free, now):
        taken = RunStep.objects.filter(condition, pk=pk, run__state=Run.State.RUNNING).update(
            state=RunStep.State.RUNNING,
            holder=holder,
            lease_until=lease_from(now),
            started_at=now,
            ended_at=None,
            attempts=F("attempts") + 1,
            done=0,
            total=0,
            detail="",
        )
        if taken:
            return RunStep.objects.get(pk=pk)
    return None


def _candidates(run: Run, free: Q, now: datetime) -> list[tuple[int, Q]]:
    """Steps that may be taken, with what must still be true of each when it is."""
    found: list[tuple[int, Q]] = []
    for pk, state, holder in steps_of_stage(run).filter(free).values_list("pk", "state", "holder")[:20]:
        found.append((pk, free & Q(state=state, holder=holder)))
    if not found:
        held = steps_of_stage(run).filter(state=RunStep.State.RUNNING, lease_until__gte=now)
        for pk, holder in held.values_list("pk", "holder"):
            if is_known_dead(holder):
                found.append((pk, Q(state=RunStep.State.RUNNING, holder=holder)))
    return found


def finish_step(step: RunStep, done: Done) -> None:
    """Mark a step done. Raises LeaseLostError where it is not its holder's any more."""
    _let_go(step, state=RunStep.State.DONE, ended_at=timezone.now(), counts=done.counts, output=done.output, error="")


def give_back(step: RunStep) -> None:
    """Let go of a step that did not fail; the attempt does not count. One that is lost already stays where it is."""
    held = RunStep.objects.filter(pk=step.pk, holder=step.holder, state=RunStep.State.RUNNING)
    held.update(state=RunStep.State.WAITING, holder="", lease_until=None, attempts=F("attempts") - 1)


def set_back(step: RunStep, error: str, *, is_last: bool) -> float | None:
    """Let go of a step that failed: to be tried again after some seconds, which are returned, or never (None).

    Raises LeaseLostError where it is not its holder's any more.
    """
    text = error[:ERROR_CHARACTERS]
    if is_last or step.attempts >= MOST_ATTEMPTS:
        _let_go(step, state=RunStep.State.FAILED, ended_at=timezone.now(), error=text)
        return None
    seconds = BACKOFF_SECONDS[min(step.attempts, len(BACKOFF_SECONDS)) - 1]
    _let_go(step, state=RunStep.State.WAITING, not_before=timezone.now() + timedelta(seconds=seconds), error=text)
    return seconds


def _let_go(step: RunStep, **values: Any) -> None:
    held = RunStep.objects.filter(pk=step.pk, holder=step.holder, state=RunStep.State.RUNNING)
    if not held.update(holder="", lease_until=None, **values):
        raise LeaseLostError(f"{step} was taken by another worker meanwhile.")


def is_heard_from(run: Run, now: datetime) -> bool:
    """True while a step of the run is in the hands of somebody whose lease runs."""
    holders = RunStep.objects.filter(run=run, state=RunStep.State.RUNNING, lease_until__gte=now)
    return any(not is_known_dead(holder) for holder in holders.values_list("holder", flat=True))
