"""The schedule of jobs, as rows that staff can edit: what is there is never touched."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from shops.models import Run

NIGHT_EXPIRES: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job of the schedule: by the clock of the platform (hour, minute, day of the week), or every so many seconds."""

    name: str
    task: str
    arguments: tuple[Any, ...] = ()
    at: dict[str, str] = field(default_factory=dict)
    every_seconds: int = 0
    says: str = ""


def _start(kind: Run.Kind, name: str, says: str, **at: str) -> Scheduled:
    return Scheduled(name, "governance.tasks.start", (kind.value,), at=at, says=says)


SCHEDULE: Final = (
    _start(Run.Kind.NIGHTLY, "Nightly run", "Settles, scores, rates and grants for yesterday.", hour="2", minute="30"),
    _start(Run.Kind.HOURLY, "Hourly figures", "Provisional figures of today.", minute="10"),
    _start(Run.Kind.COMPACTION, "Compaction", "Puts the batches of a day together.", hour="1,7,13,19", minute="40"),
    _start(Run.Kind.RETENTION, "Retention", "Drops what is kept no longer.", hour="5", minute="20"),
    _start(Run.Kind.ERASURE, "Erasures", "Takes out the texts of buyers who asked for it.", minute="50"),
    _start(Run.Kind.CHECK, "Check of the log", "Reads the log.", hour="6", minute="0", day_of_week="0"),
    Scheduled(
        "Sweep of runs",
        "governance.tasks.sweep",
        every_seconds=60,
        says="Sends workers to runs whose news was lost. Leave it on: runs heal by it.",
    ),
    Scheduled(
        "Webhook deliveries",
        "shops.tasks.deliver_webhooks",
        every_seconds=60,
        says="Sends the webhooks that are due.",
    ),
    Scheduled(
        "Penalties and duties",
        "governance.tasks.follow_up",
        every_seconds=60,
        says="Begins and ends penalties, follows up remedies and obligations, mails notices.",
    ),
    Scheduled(
        "Retention of complaints",
        "complaints.tasks.retain",
        at={"hour": "5", "minute": "40"},
        says="Erases what is personal in complaints that ended long ago.",
    ),
    Scheduled(
        "Complaints",
        "complaints.tasks.sweep",
        every_seconds=60,
        says="Moves complaints on whose deadlines have come.",
    ),
)


@transaction.atomic
def schedule_jobs() -> int:
    """Make the jobs of the schedule that do not exist yet, by name; return how many. Called whenever beat starts.

    One that staff changed or disabled stays as it is; one that was deleted comes back.
    """
    there = set(PeriodicTask.objects.values_list("name", flat=True))
    missing = [job for job in SCHEDULE if job.name not in there]
    for job in missing:
        PeriodicTask.objects.create(
            name=job.name,
            task=job.task,
            args=json.dumps(job.arguments),
            description=job.says,
            expire_seconds=int(NIGHT_EXPIRES.total_seconds()) if job.at else job.every_seconds,
            **_when(job),
        )
    return len(missing)


def _when(job: Scheduled) -> dict[str, CrontabSchedule | IntervalSchedule]:
    if not job.at:
        every, _made = IntervalSchedule.objects.get_or_create(every=job.every_seconds, period=IntervalSchedule.SECONDS)
        return {"interval": every}
    at = {"minute": "0", "hour": "*", "day_of_week": "*", "day_of_month": "*", "month_of_year": "*"} | job.at
    crontab, _made = CrontabSchedule.objects.get_or_create(**at, timezone=settings.TIME_ZONE)
    return {"crontab": crontab}
