"""Asking a run to stop."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from shops.actions.runs.jobs import RunError
from shops.actions.runs.work_run import end_stopped
from shops.models import AuditEntry, Run, User


def stop_run(run: Run, *, now: datetime, by: User | None = None) -> None:
    """Ask a run to stop: at once where nobody is at work, else as soon as the steps in work have noticed.

    What is done stays done. Raises RunError for a run that is not under way.
    """
    with transaction.atomic():
        asked = Run.objects.filter(pk=run.pk, state__in=Run.UNDER_WAY).update(
            stop_requested_at=now, stop_requested_by=by
        )
        if not asked:
            raise RunError("Only a run that waits or runs can be stopped. A held one is released or dismissed.")
        if by is not None:
            AuditEntry.objects.create(by=by, action="stop run", target=str(run))
    end_stopped(run, now)
