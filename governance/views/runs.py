"""A run for its page: its stages with what they took and gave, the steps in work, and whom it is held for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from governance.actions.jobs import JOBS
from governance.models import Policy
from governance.views.wording import GradeInWords, grade_in_words
from shops.actions.runs.sums import sum_up
from shops.models import Run, RunStep, Shop
from shops.views.privileges import privilege_names

STATE_TONES: Final[dict[str, str]] = {
    Run.State.WAITING.value: "brand",
    Run.State.RUNNING.value: "brand",
    Run.State.HELD.value: "middle",
    Run.State.SUCCEEDED.value: "best",
    Run.State.FAILED.value: "worst",
    Run.State.STOPPED.value: "none",
    Run.State.DISMISSED.value: "none",
    RunStep.State.DONE.value: "best",
}
COUNT_NAMES: Final = {
    "days_computed": _("days computed"),
    "days_kept": _("days up to date already"),
    "turns": _("turns"),
    "unknown_shop_messages": _("messages of unknown shops"),
    "unknown_agents": _("unknown agents"),
    "set_aside": _("parts set aside"),
    "windows": _("windows"),
    "days": _("days"),
    "days_without_window": _("days without a window"),
    "losing": _("shops losing something"),
    "ratings": _("shop ratings"),
    "scores": _("agent scores"),
    "privileges_changed": _("privileges changed"),
    "privileges_lost": _("of these lost something"),
    "agents_decided": _("decisions about agents"),
    "agents_held": _("of these held"),
    "totals_changed": _("control totals counted"),
    "files_before": _("files put together"),
    "repeats": _("repeats removed"),
    "texts_dropped": _("texts dropped"),
    "messages_dropped": _("messages dropped"),
    "texts_erased": _("texts erased"),
    "erasures_done": _("erasures done"),
    "files": _("files read"),
    "messages": _("messages read"),
    "released": _("released by a person"),
}
MOST_STAGES: Final = 40
MOST_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class StageRow:
    """A phase, on a day where it has one: how many of its steps are done, how long it took from first to last."""

    title: str
    on: date | None
    done: int
    steps: int
    failed: int
    running: int
    seconds: float | None

    @property
    def tone(self) -> str:
        """The colour of its state."""
        if self.failed:
            return "worst"
        return "best" if self.done == self.steps else "brand" if self.running or self.done else "none"


@dataclass(frozen=True, slots=True)
class LoserRow:
    """A shop that would lose something."""

    code: str
    pk: int | None
    name: str
    before: GradeInWords
    after: GradeInWords
    taken: str


@dataclass(frozen=True, slots=True)
class RunPicture:
    """All that the page of a run shows."""

    run: Run
    stages: Sequence[StageRow]
    earlier_stages: int
    steps: Sequence[RunStep]
    counts: Sequence[tuple[str, int]]
    done: int
    total: int
    seconds: float | None

    @property
    def tone(self) -> str:
        """The colour of the run's state."""
        return STATE_TONES.get(self.run.state, "none")

    @property
    def is_moving(self) -> bool:
        """True while the page should look again by itself."""
        return self.run.is_under_way()


def picture_of(run: Run, now: datetime) -> RunPicture:
    """The run as it is at `now`; three queries, whatever number of steps it has."""
    rows = list(_stages(run))
    every = JOBS[run.kind].stages(run) if run.kind in JOBS else []
    complete = sum(1 for row in rows if row.done == row.steps)
    steps = RunStep.objects.filter(run=run).filter(Q(state=RunStep.State.FAILED) | Q(phase=run.phase, on=run.phase_on))
    counts, _seconds = sum_up(run)
    ended_at = run.ended_at or (now if run.is_under_way() else None)
    return RunPicture(
        run,
        rows[-MOST_STAGES:],
        max(len(rows) - MOST_STAGES, 0),
        list(steps[:MOST_STEPS]),
        [
            (str(name), value)
            for key, name in COUNT_NAMES.items()
            if (value := sum(found.get(key, 0) for found in counts.values()))
        ],
        complete,
        max(len(every), len(rows)),
        (ended_at - run.started_at).total_seconds() if ended_at and run.started_at else None,
    )


def losers_of(run: Run) -> list[LoserRow]:
    """Whom a run is or was held for; two queries."""
    held = run.held_because
    if not held:
        return []
    policy = Policy.objects.in_force_on(date.fromisoformat(held["on"]))
    if policy is None:
        return []
    document = policy.rules()
    codes = [loser[0] for loser in held["losers"]]
    known = {code: (pk, name) for code, pk, name in _shops(codes)}
    return [
        LoserRow(
            code,
            known[code][0] if code in known else None,
            known[code][1] if code in known else code,
            grade_in_words(before, document),
            grade_in_words(after, document),
            privilege_names(taken),
        )
        for code, before, after, taken, _reason in held["losers"]
    ]


def _shops(codes: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    for start in range(0, len(codes), 1_000):
        yield from Shop.objects.filter(code__in=codes[start : start + 1_000]).values_list("code", "pk", "name")


def _stages(run: Run) -> Iterator[StageRow]:
    phases: Any = JOBS[run.kind].phases if run.kind in JOBS else {}
    rows = (
        RunStep.objects.filter(run=run)
        .order_by()
        .values("phase", "on")
        .annotate(
            first=Min("pk"),
            steps=Count("pk"),
            done=Count("pk", filter=Q(state=RunStep.State.DONE)),
            failed=Count("pk", filter=Q(state=RunStep.State.FAILED)),
            running=Count("pk", filter=Q(state=RunStep.State.RUNNING)),
            began=Min("started_at"),
            ended=Max("ended_at"),
        )
        .order_by("first")
    )
    for row in rows:
        title = phases[row["phase"]].title if row["phase"] in phases else row["phase"]
        took = (row["ended"] - row["began"]).total_seconds() if row["began"] and row["ended"] else None
        yield StageRow(str(title), row["on"], row["done"], row["steps"], row["failed"], row["running"], took)
