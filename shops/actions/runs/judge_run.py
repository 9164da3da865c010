"""A person's word on a run that is held: it goes on, or it ends without what it was held for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from shops.actions.runs.holders import new_holder
from shops.actions.runs.jobs import RunError
from shops.actions.runs.steps import lease_from, steps_of_stage
from shops.actions.runs.sums import sum_up
from shops.models import AuditEntry, Run, RunStep, User


def release_run(run: Run, *, why: str, now: datetime, is_inline: bool = False, by: User | None = None) -> None:
    """Let a held run go on past the step that held it. Raises RunError without a reason or where it is not held.

    Workers go on with it, or the command that releases it (`is_inline`).
    """
    lease_until = lease_from(now) if is_inline else None
    holder = new_holder() if is_inline else ""
    values = {"state": Run.State.WAITING, "is_inline": is_inline, "holder": holder, "lease_until": lease_until}
    _judge(run, "release run", why, now, by, **values)


def dismiss_run(run: Run, *, why: str, now: datetime, by: User | None = None) -> None:
    """End a held run: nothing of the day it was held for is published. Raises as `release_run` does."""
    counts, seconds = sum_up(run)
    _judge(run, "dismiss run", why, now, by, state=Run.State.DISMISSED, ended_at=now, counts=counts, seconds=seconds)


@transaction.atomic
def _judge(run: Run, action: str, why: str, now: datetime, by: User | None, **values: Any) -> None:
    why = why.strip()
    if not why:
        raise RunError("Say why: others will ask.")
    held = Run.objects.filter(pk=run.pk, state=Run.State.HELD)
    if not held.update(judged_by=by, judged_at=now, judged_why=why[:500], **values):
        raise RunError("Only a held run can be released or dismissed; somebody may have judged it meanwhile.")
    run.refresh_from_db()
    if run.state == Run.State.WAITING:
        steps_of_stage(run).filter(state=RunStep.State.WAITING).update(
            state=RunStep.State.DONE, ended_at=timezone.now(), counts={"released": 1}
        )
    detail = {"why": why, "day": str(run.phase_on or ""), "losing": run.held_because.get("losing", 0)}
    AuditEntry.objects.create(by=by, action=action, target=str(run), detail=detail)
