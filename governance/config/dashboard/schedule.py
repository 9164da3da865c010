"""When the jobs run next, by the schedule that staff edit."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from django_celery_beat.models import PeriodicTask

from shops.models import Run

HALF_MINUTE: Final = timedelta(seconds=30)


def next_runs(now: datetime) -> dict[str, datetime]:
    """The next start of each kind of run that the schedule starts; one query."""
    planned: dict[str, datetime] = {}
    tasks = PeriodicTask.objects.filter(enabled=True).select_related("crontab", "interval", "clocked", "solar")
    for task in tasks:
        kind = _kind_of(task)
        if kind is not None:
            # Celery's estimates are some fractions of a second off.
            at = (now + task.schedule.remaining_estimate(now) + HALF_MINUTE).replace(second=0, microsecond=0)
            planned[kind] = min(at, planned.get(kind, at))
    return planned


def _kind_of(task: PeriodicTask) -> str | None:
    given = [*json.loads(task.args or "[]"), *json.loads(task.kwargs or "{}").values()]
    return next((kind for kind in Run.Kind.values if kind in given or task.task.endswith(f".{kind}")), None)
