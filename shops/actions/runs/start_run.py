"""Starting a run, and starting one again that failed or was stopped."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from shops.actions.runs.holders import new_holder
from shops.actions.runs.jobs import Job, RunError
from shops.actions.runs.steps import lease_from
from shops.models import AuditEntry, Run, RunStep, User


class UnderWayError(RunError):
    """There is an open run of this kind already."""

    def __init__(self, run: Run | None) -> None:
        state = f" ({run}, {run.get_state_display()})" if run else ""
        super().__init__(
            f"One is under way already{state}. Wait until it has ended, or stop, release or dismiss it first."
        )
        self.run = run


def start_run(
    job: Job,
    *,
    now: datetime,
    first_on: date | None = None,
    last_on: date | None = None,
    is_inline: bool = False,
    by: User | None = None,
) -> Run:
    """Make a run that waits for a worker, for the days given or else those that are due at `now`.

    Raises UnderWayError where a run of the kind is open, and RunError for a span the wrong way round.
    """
    due_first, due_last = job.days(now)
    first_on, last_on = first_on or due_first, last_on or due_last
    if first_on and last_on and last_on < first_on:
        raise RunError(f"The span ends on {last_on}, before it starts on {first_on}. Swap the two dates.")
    try:
        with transaction.atomic():
            run = Run.objects.create(
                kind=job.kind,
                first_on=first_on,
                last_on=last_on,
                as_of=now,
                started_by=by,
                is_inline=is_inline,
                lease_until=lease_from(timezone.now()) if is_inline else None,
                # A command that is killed before its first step has to be known as dead, too.
                holder=new_holder() if is_inline else "",
                lock=job.lock,
                created_at=timezone.now(),
            )
            if by is not None:
                detail = {"from": str(first_on or ""), "to": str(last_on or "")}
                AuditEntry.objects.create(by=by, action="start run", target=str(run), detail=detail)
    except IntegrityError as error:
        raise UnderWayError(open_run(job.kind)) from error
    return run


def restart_run(run: Run, *, by: User | None = None) -> None:
    """Let a run that failed or was stopped go on: what is done stays done, the rest is done by workers.

    Raises RunError where it is in another state or not the newest, UnderWayError where one of the kind is open.
    """
    if Run.objects.filter(kind=run.kind, pk__gt=run.pk).exists():
        raise RunError("There is a newer run of this kind, which may have done its work. Start a new one instead.")
    try:
        with transaction.atomic():
            again = Run.objects.filter(pk=run.pk, state__in=(Run.State.FAILED, Run.State.STOPPED)).update(
                state=Run.State.WAITING,
                is_inline=False,
                holder="",
                lease_until=None,
                ended_at=None,
                error="",
                stop_requested_at=None,
                stop_requested_by=None,
            )
            if not again:
                raise RunError("Only a run that failed or was stopped can be started again. Start a new one instead.")
            RunStep.objects.filter(run=run).exclude(state=RunStep.State.DONE).update(
                state=RunStep.State.WAITING, attempts=0, not_before=None, holder="", lease_until=None
            )
            if by is not None:
                AuditEntry.objects.create(by=by, action="start run again", target=str(run))
    except IntegrityError as error:
        raise UnderWayError(open_run(Run.Kind(run.kind))) from error


def open_run(kind: Run.Kind) -> Run | None:
    """The run of a kind that waits, runs or is held."""
    return Run.objects.filter(kind=kind).exclude(state__in=Run.OVER).first()
