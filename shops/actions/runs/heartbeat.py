"""While a step is in work: its lease is prolonged and its progress written, by a thread with its own connection."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from shops.actions.progress import Progress
from shops.actions.runs.jobs import LeaseLostError, StopRequestedError
from shops.actions.runs.steps import lease_from
from shops.models import Run, RunStep

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 6


class Heartbeat:
    """One thread for a spell of work, whatever number of steps it takes.

    Inside somebody's transaction there is none: nobody else sees the steps, and the thread would not either.
    """

    def __init__(self, run_id: int, holder: str) -> None:
        self._run_id, self._holder = run_id, holder
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._step: RunStep | None = None
        self._progress = Progress("", 0, 0)
        self._is_lost = self._must_stop = False
        self._thread = None if connection.in_atomic_block else threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def of(self, step: RunStep) -> Iterator[None]:
        """Hold a step for as long as the block lasts."""
        with self._lock:
            self._step, self._progress, self._is_lost, self._must_stop = step, Progress("", 0, 0), False, False
        try:
            yield
        finally:
            with self._lock:
                self._step = None

    def report(self, progress: Progress) -> None:
        """Take down how far the step is. Raises StopRequestedError or LeaseLostError where it must be let go."""
        self._progress = progress
        if self._is_lost:
            raise LeaseLostError("The lease of this step ran out, and another worker took it.")
        if self._must_stop:
            raise StopRequestedError

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.RUN_LEASE_SECONDS / BEATS_PER_LEASE):
                try:
                    with self._lock:
                        self._prolong()
                except DatabaseError:
                    logger.warning("The lease of a step could not be prolonged; trying again", exc_info=True)
                    connection.close()
        finally:
            connection.close()

    def _prolong(self) -> None:
        Run.objects.filter(pk=self._run_id, holder=self._holder).update(lease_until=lease_from(timezone.now()))
        step, progress = self._step, self._progress
        if step is None:
            return
        mine = RunStep.objects.filter(pk=step.pk, holder=step.holder, state=RunStep.State.RUNNING)
        self._is_lost = not mine.update(
            lease_until=lease_from(timezone.now()),
            done=progress.done,
            total=progress.total,
            detail=progress.detail[:200],
        )
        self._must_stop = Run.objects.filter(pk=step.run_id).exclude(stop_requested_at=None).exists()
