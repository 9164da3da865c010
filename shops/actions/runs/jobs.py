"""What a job is made of: stages one after another, each cut into steps that any number of workers may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.functional import Promise

from shops.actions.progress import Progress
from shops.models import Run, RunStep


class RunError(Exception):
    """The run cannot be started, stopped or judged now; the message says why and what to do."""


class StopRequestedError(Exception):
    """Somebody asked the run to stop: the step in work is given back."""


class LeaseLostError(Exception):
    """The step was taken by somebody else, since this worker was not heard from in time. Nothing of it counts."""


class HoldRunError(Exception):
    """The run must wait for a person; `because` says why, for the page of the run."""

    def __init__(self, because: dict[str, Any]) -> None:
        super().__init__("The run is held for a person.")
        self.because = because


@dataclass(frozen=True, slots=True)
class Piece:
    """A step to be made: one shard, or the whole."""

    shard: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a step did: counts (numbers add up over the steps), and the folder that it wrote, below the run's own."""

    counts: dict[str, Any] = field(default_factory=dict)
    output: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A step in the hands of a worker."""

    run: Run
    step: RunStep
    report: Callable[[Progress], None]
    """Call it often: it raises StopRequestedError or LeaseLostError where the step must be let go."""

    @property
    def shard(self) -> int:
        """The shard of a step that has one."""
        assert self.step.shard is not None
        return self.step.shard

    @property
    def on(self) -> date:
        """The day of a step that has one."""
        assert self.step.on is not None
        return self.step.on

    @property
    def output(self) -> str:
        """A folder's name that no other try of any step uses: what it writes counts once the step is done."""
        return f"{self.step.key.replace(' ', '-')}-{self.step.holder.rsplit(':', 1)[-1]}-{self.step.attempts}"

    def folder(self) -> Path:
        """The folder `output`, made."""
        folder = folder_of(self.run) / self.output
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True, slots=True)
class Phase:
    """One kind of step of a job."""

    name: str
    title: str | Promise
    plan: Callable[[Run, date | None], Sequence[Piece]]
    """The steps of this phase, on a day where it has one. None at all is fine."""
    do: Callable[[Work], Done]
    """Does a step. Safe to run twice, also at once."""
    is_one_transaction: bool = False
    """True: what it writes into the database and that it is done are one transaction."""


Stage = tuple[str, date | None]
"""A phase, on a day where it has one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of run: its phases, and in which order and on which days they follow each other."""

    kind: Run.Kind
    phases: Mapping[str, Phase]
    stages: Callable[[Run], Sequence[Stage]]
    """The same for the same run, whoever asks."""
    days: Callable[[datetime], tuple[date | None, date | None]] = lambda _now: (None, None)
    """The days of a run that names none."""
    lock: str = ""
    """Runs with the same lock are never running at once."""
    hopeless: tuple[type[Exception], ...] = ()
    """Errors that trying again does not heal."""

    @classmethod
    def of(cls, kind: Run.Kind, phases: Sequence[Phase], stages: Callable[[Run], Sequence[Stage]], **rest: Any) -> Job:
        """A job with its phases by name."""
        return cls(kind, {phase.name: phase for phase in phases}, stages, **rest)


def folder_of(run: Run) -> Path:
    """Where the steps of a run keep what later steps read: beside the log, which all machines share."""
    return Path(settings.CHAT_LOG_DIR) / "runs" / str(run.pk)


def output_of(run: Run, step: RunStep) -> Path:
    """What a step that is done has written."""
    return folder_of(run) / step.output
