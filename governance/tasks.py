"""The jobs as Celery tasks: each calls one action. Messages say only which run; the rows say what there is to do."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from governance.actions.jobs import start_due, work_on
from shops.actions.runs.sweep_runs import sweep_runs

logger = logging.getLogger(__name__)

TRIES: Final[dict[str, Any]] = {
    "ignore_result": True,
    "acks_late": True,
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": True,
    "max_retries": 5,
}
MOST_SENT: Final = 32
"""Workers that are sent to a run at a time."""
SWEPT_SECONDS: Final = 55
"""How long the sweep's messages count: the next sweep sends others."""


@shared_task(**TRIES)
def work(run_id: int) -> None:
    """Do a spell of work on a run. Safe to run twice, and beside any number of others."""
    work_on(run_id, lambda workers, seconds: send_workers(run_id, workers, seconds))


@shared_task(**TRIES)
def start(kind: str) -> None:
    """Start the run of a kind that is due. Safe to run twice: one run of a kind is open at a time."""
    run = start_due(kind, timezone.now())
    if run is not None:
        send_workers(run.pk)


@shared_task(**TRIES)
def sweep() -> None:
    """Send workers to runs that nobody works on, whose news was lost. Each minute; safe to run twice."""
    for wanted in sweep_runs(timezone.now()):
        send_workers(wanted.run_id, wanted.workers, expires=SWEPT_SECONDS)


def send_workers(run_id: int, workers: int = 1, seconds: float = 0, expires: float | None = None) -> None:
    """Tell the broker that there is work; where it is gone the next sweep does."""
    try:
        for _ in range(min(workers, MOST_SENT)):
            work.apply_async((run_id,), countdown=seconds or None, expires=expires)
    except BrokerError as error:
        logger.warning("The broker is gone, workers are sent to run %s by the sweep: %s", run_id, error)
