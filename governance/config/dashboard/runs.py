"""The scheduled jobs: the last run of each kind, how long it took against its usual, and what waits for a person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from governance.config.dashboard.figures import Alert, list_url, page_url
from governance.config.dashboard.schedule import next_runs
from shops.models import Run, RunStep
from shops.views.figures import seconds_in_words

RECENT_RUNS: Final = 300
"""About a week of them: an hourly run is the most frequent."""
USUAL_RUNS: Final = 7
MUCH_LONGER: Final = 2.0
TONES: Final = {
    Run.State.WAITING: "brand",
    Run.State.RUNNING: "brand",
    Run.State.HELD: "middle",
    Run.State.SUCCEEDED: "best",
    Run.State.FAILED: "worst",
    Run.State.STOPPED: "middle",
    Run.State.DISMISSED: "none",
}
ERROR_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a kind, or that there was none."""

    name: str
    state: str
    tone: str
    began: str
    took: str
    usual: str
    is_slow: bool
    progress: str
    error: str
    url: str
    next_at: str


@dataclass(frozen=True, slots=True)
class Runs:
    """The section."""

    rows: list[LastRun]
    url: str
    has_any: bool
    alerts: list[Alert] = field(default_factory=list)


def runs(now: datetime) -> Runs:
    """The last run of each kind; three queries."""
    by_kind: dict[str, list[Run]] = defaultdict(list)
    for run in Run.objects.defer("held_because", "counts", "seconds").order_by("-id")[:RECENT_RUNS]:
        by_kind[run.kind].append(run)
    steps = _steps_under_way()
    planned = next_runs(now)
    rows = [_row(Run.Kind(kind), by_kind.get(kind, []), steps, planned.get(kind), now) for kind in Run.Kind.values]
    return Runs(rows, list_url(Run), bool(by_kind), list(_alerts(by_kind)))


def _steps_under_way() -> dict[int, tuple[int, int]]:
    """Steps done and all steps, of the runs under way."""
    steps = RunStep.objects.filter(run__state__in=Run.UNDER_WAY).order_by().values_list("run")
    counted = steps.annotate(done_steps=Count("pk", filter=Q(state=RunStep.State.DONE)), every_step=Count("pk"))
    return {run: (finished, every) for run, finished, every in counted}


def _row(
    kind: Run.Kind, past: list[Run], steps: dict[int, tuple[int, int]], next_at: datetime | None, now: datetime
) -> LastRun:
    usual = _usual_seconds(past)
    planned = _moment(next_at, now)
    if not past:
        return LastRun(str(kind.label), _("never ran"), "none", "", "", "", False, "", "", "", planned)
    run = past[0]
    seconds = _seconds(run, now)
    finished, every = steps.get(run.pk, (0, 0))
    return LastRun(
        name=str(kind.label),
        state=run.get_state_display(),
        tone=TONES[Run.State(run.state)],
        began=_moment(run.started_at or run.created_at, now),
        took=seconds_in_words(seconds),
        usual=seconds_in_words(usual) if usual is not None else "",
        is_slow=bool(seconds and usual and seconds > max(60.0, MUCH_LONGER * usual)),
        progress=_("%(done)s of %(total)s steps") % {"done": finished, "total": every} if every else "",
        error=first_line(run.error),
        url=page_url(run),
        next_at=planned,
    )


def _seconds(run: Run, now: datetime) -> float | None:
    """How long a run took, or has taken so far, in whole seconds from the first on."""
    if run.started_at is None:
        return None
    seconds = ((run.ended_at or now) - run.started_at).total_seconds()
    return round(seconds, 1) if seconds < 10 else round(seconds)


def _usual_seconds(past: list[Run]) -> float | None:
    """The median of the last runs that succeeded before the present one."""
    known = [
        seconds
        for run in past[1:]
        if run.state == Run.State.SUCCEEDED and (seconds := _seconds(run, run.ended_at or run.created_at)) is not None
    ]
    return median(known[:USUAL_RUNS]) if known else None


def _alerts(by_kind: dict[str, list[Run]]) -> list[Alert]:
    """Held runs call for a judgement; the newest run of a kind that failed calls for a look."""
    held = [run for past in by_kind.values() for run in past if run.state == Run.State.HELD]
    alerts = [
        Alert(
            _("The run “%(run)s” is held: it would take privileges from too many shops. Release or dismiss it.")
            % {"run": run},
            page_url(run),
            "worst",
        )
        for run in held
    ]
    for past in by_kind.values():
        if past[0].state == Run.State.FAILED:
            words = {"run": past[0], "error": first_line(past[0].error)}
            alerts.append(Alert(_("The run “%(run)s” failed: %(error)s") % words, page_url(past[0]), "worst"))
    return alerts


def first_line(text: str) -> str:
    """The first line of an error that says something, cut to what a table can show."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= ERROR_SHOWN else f"{line[:ERROR_SHOWN]}…"


def _moment(instant: datetime | None, now: datetime) -> str:
    """An instant of the platform's time zone: the time alone where it is today."""
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    return date_format(local, "H:i" if local.date() == timezone.localdate(now) else "m-d H:i")
