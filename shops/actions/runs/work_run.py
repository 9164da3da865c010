"""A worker's spell of work on a run: step after step, and from one stage to the next, until nothing is left to take.

The rows are the truth. Whatever is read here may be stale the next moment, so every change is a conditional UPDATE
whose row count says whether it was made.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.runs.heartbeat import Heartbeat
from shops.actions.runs.holders import holder_of_this_process
from shops.actions.runs.jobs import (
    HoldRunError,
    Job,
    LeaseLostError,
    Stage,
    StopRequestedError,
    Work,
    folder_of,
)
from shops.actions.runs.steps import (
    StageDoneError,
    WorkersLostError,
    claim_step,
    finish_step,
    give_back,
    is_heard_from,
    lease_from,
    set_back,
)
from shops.actions.runs.sums import sum_up
from shops.models import Run, RunStep

logger = logging.getLogger(__name__)

Tell = Callable[[int, float], None]
"""Called with how many more workers there is work for, and in how many seconds."""


def tell_nobody(_workers: int, _seconds: float) -> None:
    """For a worker that does everything itself."""


@dataclass(frozen=True, slots=True)
class Spell:
    """How a worker goes about it."""

    tell: Tell = tell_nobody
    seconds: float | None = None
    """End after the step in which so many seconds have passed. None: go on to the end."""
    report: Report = keep_quiet
    raises: bool = False
    """True: an error of a step fails the run at once and is raised."""


def work_run(run_id: int, job: Job, spell: Spell | None = None) -> Run:
    """Do what there is to do of a run, with whoever else does; return the run as it is then.

    Ends when every step is taken, done or resting, or the run is over, held or stopped. Safe to call for any run at any
    time, from any number of processes.
    """
    spell = spell or Spell()
    ends_at = None if spell.seconds is None else time.monotonic() + spell.seconds
    with holder_of_this_process() as holder, Heartbeat(run_id, holder) as heart, bound_contextvars(run=run_id):
        worker = _Worker(run_id, job, spell, holder, heart)
        if worker.begin():
            while worker.take_one():
                if ends_at is not None and time.monotonic() > ends_at:
                    spell.tell(1, 0)
                    break
        return Run.objects.get(pk=run_id)


class _Worker:
    """One worker at one run."""

    def __init__(self, run_id: int, job: Job, spell: Spell, holder: str, heart: Heartbeat) -> None:
        self.run = Run.objects.get(pk=run_id)
        self.job, self.spell, self.holder, self.heart = job, spell, holder, heart

    def begin(self) -> bool:
        """True if the run is running, or now is; a run with the same lock that is running comes first."""
        if self.run.state == Run.State.WAITING:
            now = timezone.now()
            try:
                with transaction.atomic():
                    Run.objects.filter(pk=self.run.pk, state=Run.State.WAITING).update(
                        state=Run.State.RUNNING,
                        started_at=self.run.started_at or now,
                        ended_at=None,
                        holder=self.holder if self.run.is_inline else "",
                        lease_until=lease_from(now) if self.run.is_inline else None,
                    )
            except IntegrityError:
                logger.info("%s waits: another run with the lock %s is running", self.run, self.job.lock)
                return False
            self.run.refresh_from_db()
        return self.run.state == Run.State.RUNNING

    def take_one(self) -> bool:
        """Take one step, or the run to its next stage; False where there is nothing to do now."""
        self.run.refresh_from_db()
        if self.run.state != Run.State.RUNNING:
            return False
        now = timezone.now()
        if self.run.stop_requested_at is not None:
            end_stopped(self.run, now)
            return False
        if not self.run.phase:
            return self._advance(now)
        try:
            step = claim_step(self.run, self.holder, now)
        except StageDoneError:
            return self._advance(now)
        except WorkersLostError as error:
            fail_run(self.run, str(error))
            return False
        if step is not None:
            self._do(step)
        return step is not None

    def _do(self, step: RunStep) -> None:
        phase = self.job.phases[step.phase]

        def report(progress: Progress) -> None:
            self.heart.report(progress)
            self.spell.report(progress)

        work = Work(self.run, step, report)
        with bound_contextvars(step=step.key), self.heart.of(step):
            try:
                if phase.is_one_transaction:
                    with transaction.atomic():
                        finish_step(step, phase.do(work))
                else:
                    finish_step(step, phase.do(work))
            except HoldRunError as held:
                self._hold(step, held)
            except StopRequestedError:
                give_back(step)
            except LeaseLostError as lost:
                logger.warning("%s", lost)
            except KeyboardInterrupt:
                give_back(step)
                raise
            except Exception as error:
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()
                self._set_back(step, error)
                if self.spell.raises:
                    raise

    def _hold(self, step: RunStep, held: HoldRunError) -> None:
        with transaction.atomic():
            holds = Run.objects.filter(pk=self.run.pk, state=Run.State.RUNNING).update(
                state=Run.State.HELD, held_because=held.because
            )
            give_back(step)
        if holds:
            logger.warning("The run is held for a person: %s", step.key)

    def _set_back(self, step: RunStep, error: Exception) -> None:
        is_hopeless = self.spell.raises or isinstance(error, self.job.hopeless)
        text = f"{type(error).__name__}: {error}"
        try:
            rest_seconds = set_back(step, text, is_last=is_hopeless)
        except LeaseLostError as lost:
            logger.warning("%s", lost)
            return
        if rest_seconds is None:
            logger.error("The step failed for good", exc_info=error)
            fail_run(self.run, f"{step.key}: {text}")
        else:
            logger.warning("The step failed and is tried again in %d s", rest_seconds, exc_info=error)
            self.spell.tell(1, rest_seconds)

    def _advance(self, now: datetime) -> bool:
        """Go on from a stage of which every step is done, if nobody has; always True: there is more to look at."""
        present = Run.objects.filter(
            pk=self.run.pk, state=Run.State.RUNNING, phase=self.run.phase, phase_on=self.run.phase_on
        )
        stage = _stage_after(self.job, self.run)
        if stage is None:
            counts, seconds = sum_up(self.run)
            if present.update(state=Run.State.SUCCEEDED, ended_at=now, counts=counts, seconds=seconds):
                logger.log(logging.DEBUG if self.run.is_inline else logging.INFO, "The run is done")
                remove_outputs(self.run)
            return True
        name, on = stage
        steps = [
            RunStep(run=self.run, phase=name, on=on, shard=piece.shard, key=_key(name, on, piece.shard))
            for piece in self.job.phases[name].plan(self.run, on)
        ]
        with transaction.atomic():
            goes_on = present.update(phase=name, phase_on=on)
            if goes_on:
                RunStep.objects.bulk_create(steps)
        if goes_on and len(steps) > 1:
            self.spell.tell(len(steps) - 1, 0)
        return True


def _stage_after(job: Job, run: Run) -> Stage | None:
    stages = job.stages(run)
    position = stages.index((run.phase, run.phase_on)) + 1 if run.phase else 0
    return stages[position] if position < len(stages) else None


def _key(phase: str, on: date | None, shard: int | None) -> str:
    named = (phase, on.isoformat() if on else None, None if shard is None else f"s{shard:02d}")
    return " ".join(part for part in named if part)


def fail_run(run: Run, error: str) -> bool:
    """End a run under way as failed; False where it was not under way any more."""
    counts, seconds = sum_up(run)
    return bool(
        Run.objects.filter(pk=run.pk, state__in=Run.UNDER_WAY).update(
            state=Run.State.FAILED, ended_at=timezone.now(), error=error, counts=counts, seconds=seconds
        )
    )


def end_stopped(run: Run, now: datetime) -> bool:
    """End a run that was asked to stop, unless somebody is still at a step of it."""
    if is_heard_from(run, now):
        return False
    counts, seconds = sum_up(run)
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk, state__in=Run.UNDER_WAY).update(
            state=Run.State.STOPPED, ended_at=now, counts=counts, seconds=seconds
        )
        if ended:
            RunStep.objects.filter(run=run, state=RunStep.State.RUNNING).update(
                state=RunStep.State.WAITING, holder="", lease_until=None
            )
    return bool(ended)


def remove_outputs(run: Run) -> None:
    """Remove what steps kept for later steps, once there are none. Without it a run is as done."""
    shutil.rmtree(folder_of(run), ignore_errors=True)
