"""A step's way through a worker: claimed by a conditional UPDATE, finished, given back or failed by the same means."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from shops.actions.runs.holders import is_known_dead
from shops.actions.runs.jobs import Done, LeaseLostError
from shops.models import Run, RunStep

MOST_ATTEMPTS = 5
MOST_LOST = 20
"""So many workers may die at a step before the run is failed: a step that takes too much memory kills them all."""
BACKOFF_SECONDS = (5, 20, 60, 180)
"""How long a step rests after its first, second, ... failure."""
ERROR_CHARACTERS = 4_000


class StageDoneError(Exception):
    """Every step of the run's present stage is done."""


class WorkersLostError(Exception):
    """A step is not tried again: its workers died time and again."""


def lease_from(now: datetime) -> datetime:
    """Until when a worker that is heard from at `now` holds its step."""
    return now + timedelta(seconds=settings.RUN_LEASE_SECONDS)


def steps_of_stage(run: Run) -> QuerySet[RunStep]:
    """The steps of the run's present phase and day."""
    return RunStep.objects.filter(run=run, phase=run.phase, on=run.phase_on)


def claim_step(run: Run, holder: str, now: datetime) -> RunStep | None:
    """Take a step of the run's present stage that nobody holds; None where there is none to take now.

    Raises StageDoneError where every step is done, WorkersLostError for a step whose workers died time and again.
    """
    unfinished = list(steps_of_stage(run).exclude(state=RunStep.State.DONE))
    if not unfinished:
        raise StageDoneError
    for step in unfinished:
        if not _is_free(step, now):
            continue
        if step.state == RunStep.State.RUNNING and step.attempts >= MOST_LOST:
            raise WorkersLostError(f"{step.key}: {step.attempts} workers were lost at it, the last one {step.holder}.")
        # As it was seen: whoever was faster has changed the holder.
        seen = RunStep.objects.filter(pk=step.pk, state=step.state, holder=step.holder, run__state=Run.State.RUNNING)
        if step.state == RunStep.State.RUNNING and step.lease_until is not None and step.lease_until < now:
            seen = seen.filter(lease_until__lt=now)
        attempts = step.attempts + 1
        taken: dict[str, Any] = {"holder": holder, "started_at": now, "attempts": attempts}
        if seen.update(
            state=RunStep.State.RUNNING, lease_until=lease_from(now), ended_at=None, done=0, total=0, detail="", **taken
        ):
            step.state = RunStep.State.RUNNING
            for name, value in taken.items():
                setattr(step, name, value)
            return step
    return None


def _is_free(step: RunStep, now: datetime) -> bool:
    """True if a step may be taken: it waits and has rested, or its worker was not heard from in time or is dead."""
    if step.state == RunStep.State.WAITING:
        return step.not_before is None or step.not_before <= now
    if step.state == RunStep.State.RUNNING:
        return step.lease_until is None or step.lease_until < now or is_known_dead(step.holder)
    return False


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
