"""When a worker was last heard from: it touches a file beside the chat log, which every machine of the job shares.

No broker is asked: the news gets through while Redis is gone, and it proves that workers reach the log. A worker deep
in a long step is heard by the step's lease, which it prolongs.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_ready
from django.conf import settings
from django.db import DatabaseError

from shops.models import RunStep


def _mark() -> Path:
    return Path(settings.CHAT_LOG_DIR) / ".worker-heard"


def note_worker(*_sender: Any, **_signal: Any) -> None:
    """Write down that a worker is alive. One that cannot is not heard; its task is none the worse for it."""
    with suppress(OSError):
        _mark().touch()


def listen_to_workers() -> None:
    """Note this process's worker when it starts and around each task. Called where the Celery app is made."""
    for signal in (worker_ready, task_prerun, task_postrun):
        signal.connect(note_worker, dispatch_uid="openline_worker_news")


def worker_heard_at(now: datetime) -> datetime | None:
    """The last sign of life of any worker; None where there never was one. One query."""
    with suppress(DatabaseError):
        if RunStep.objects.filter(state=RunStep.State.RUNNING, lease_until__gt=now).exists():
            return now
    try:
        return datetime.fromtimestamp(_mark().stat().st_mtime, UTC)
    except OSError:
        return None
