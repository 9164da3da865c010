"""All jobs by kind, and what workers and the schedule ask for: a spell of work on a run, a run that is due."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from governance.actions.nightly.job import NIGHTLY
from shops.actions.runs.hourly import HOURLY
from shops.actions.runs.jobs import Job
from shops.actions.runs.log_jobs import LOG_JOBS
from shops.actions.runs.start_run import UnderWayError, start_run
from shops.actions.runs.work_run import Spell, Tell, work_run
from shops.models import Run

logger = logging.getLogger(__name__)

JOBS: Final[Mapping[str, Job]] = {job.kind.value: job for job in (NIGHTLY, HOURLY, *LOG_JOBS)}

SPELL_SECONDS: Final = 60.0
"""After so long a worker ends after its step and takes new orders, so that it can be stopped or replaced."""


def work_on(run_id: int, tell: Tell) -> None:
    """Do a spell of work on a run, if anything is left of it; `tell` sends other workers, or this one again."""
    kind = Run.objects.filter(pk=run_id).exclude(state__in=Run.OVER).values_list("kind", flat=True).first()
    if kind is None:
        logger.info("Run %s is over or gone: nothing to do", run_id)
    elif kind not in JOBS:
        logger.error("Run %s is of the kind %s, which this release cannot do", run_id, kind)
    else:
        work_run(run_id, JOBS[kind], Spell(tell=tell, seconds=SPELL_SECONDS))


def start_due(kind: str, now: datetime) -> Run | None:
    """Start the run of a kind that the schedule asks for; None, and why in the log, where one is open already."""
    try:
        run = start_run(JOBS[kind], now=now)
    except UnderWayError as error:
        logger.warning("No %s run was started: %s", kind, error)
        return None
    logger.info("%s was started for %s to %s", run, run.first_on, run.last_on)
    return run
