"""The Celery app: `celery -A governance.config worker`, `celery -A governance.config beat`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, beat_init, setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.config.settings")

app = Celery("openline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def leave_logging_alone(**_signal: Any) -> None:
    """Keep the logging that Django has set up: Celery sets up none of its own where this is connected."""


@beat_init.connect
@beat_embedded_init.connect
def make_schedule(**_signal: Any) -> None:
    """Make the jobs of the schedule that are not there yet, before beat reads it."""
    from governance.actions.schedule_jobs import schedule_jobs  # noqa: PLC0415 - models, which Django must load first

    schedule_jobs()
