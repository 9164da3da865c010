"""The jobs as Celery tasks: each calls one action. Messages say only which run; the rows say what there is to do."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from governance.actions.duties import sweep_duties
from governance.actions.jobs import start_due, work_on
from governance.actions.penalties import sweep_penalties
from shops.actions.mail_notices import mail_notices
from shops.actions.runs.sweep_runs import sweep_runs

logger = logging.getLogger(__name__)

LOST: Final = (OperationalError, InterfaceError)
"""The database is gone for a moment."""
MOST_SENT: Final = 32
"""Workers that are sent to a run at a time."""
SWEPT_SECONDS: Final = 55
"""How long the sweep's messages count: the next sweep sends others."""


@shared_task(ignore_result=True, acks_late=True, autoretry_for=LOST, retry_backoff=True, max_retries=5)
def work(run_id: int) -> None:
    """Do a spell of work on a run. Safe to run twice, and beside any number of others."""
    work_on(run_id, lambda workers, seconds: send_workers(run_id, workers, seconds))


@shared_task(ignore_result=True, acks_late=True, autoretry_for=LOST, retry_backoff=True, max_retries=5)
def start(kind: str) -> None:
    """Start the run of a kind that is due. Safe to run twice: one run of a kind is open at a time."""
    run = start_due(kind, timezone.now())
    if run is not None:
        send_workers(run.pk)


@shared_task(ignore_result=True, acks_late=True, autoretry_for=LOST, retry_backoff=True, max_retries=5)
def sweep() -> None:
    """Send workers to runs that nobody works on, whose news was lost. Each minute; safe to run twice."""
    for wanted in sweep_runs(timezone.now()):
        send_workers(wanted.run_id, wanted.workers, expires=SWEPT_SECONDS)


@shared_task(ignore_result=True, acks_late=True, autoretry_for=LOST, retry_backoff=True, max_retries=5)
def follow_up() -> None:
    """Begin and end penalties, follow up duties, mail notices. Each minute; safe to run twice."""
    now = timezone.now()
    sweep_penalties(now)
    sweep_duties(now)
    mail_notices(now)


def send_workers(run_id: int, workers: int = 1, seconds: float = 0, expires: float | None = None) -> None:
    """Tell the broker that there is work; where it is gone the next sweep does."""
    options: dict[str, Any] = {"countdown": seconds} | ({} if expires is None else {"expires": expires})
    try:
        for _ in range(min(workers, MOST_SENT)):
            work.apply_async((run_id,), **options)
    except BrokerError as error:
        logger.warning("The broker is gone, workers are sent to run %s by the sweep: %s", run_id, error)
