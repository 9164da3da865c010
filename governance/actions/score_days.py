"""The nightly job over a span of days in this process, without any worker: what `manage.py score` and the demo do.

It is a run like any other, so no night works on the same days at the same time, and staff can see it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from governance.actions.nightly.job import NIGHTLY
from governance.actions.nightly.spans import NoPolicyError, policy_on
from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.runs.jobs import RunError
from shops.actions.runs.judge_run import release_run
from shops.actions.runs.start_run import UnderWayError, start_run
from shops.actions.runs.sums import sum_up
from shops.actions.runs.sweep_runs import is_orphan
from shops.actions.runs.work_run import Spell, fail_run, work_run
from shops.actions.settle_days import Settled
from shops.actions.standards import NoStandardError
from shops.models import Run

EARLIEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a new day begins first."""
SECONDS_OF = {
    "settle": "turns and day measures",
    "totals": "turns and day measures",
    "windows": "window measures",
    "judge": "scores, ratings, privileges",
    "brake": "scores, ratings, privileges",
    "publish": "scores, ratings, privileges",
    "conclude": "conclusions about agents",
}


class ScoreError(Exception):
    """The days cannot be scored; the message says why and what to do."""


@dataclass
class ScoreSummary:
    """What scoring a span of days did. Seconds are of wall time, by step."""

    first_on: date
    last_on: date
    run: Run
    settled: Settled = field(default_factory=Settled)
    days_rated: int = 0
    days_without_window: int = 0
    ratings: int = 0
    scores: int = 0
    privileges_changed: int = 0
    privileges_lost: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @classmethod
    def of(cls, run: Run) -> ScoreSummary:
        """What a run has done so far. One query."""
        assert run.first_on is not None
        assert run.last_on is not None
        counts, seconds = sum_up(run)
        settle = counts.get("settle", {})
        settled = Settled(
            days_computed=settle.get("days_computed", 0),
            days_kept=settle.get("days_kept", 0),
            turns=settle.get("turns", 0),
            unknown_shop_messages=settle.get("unknown_shop_messages", 0),
            unknown_agents={(shop, agent) for shop, agent in settle.get("agents_nobody_knows", ())},
            set_aside=[(name, reason) for name, reason in settle.get("parts_set_aside", ())],
            set_aside_before=[(name, reason) for name, reason in settle.get("parts_set_aside_before", ())],
        )
        judged, published = counts.get("judge", {}), counts.get("publish", {})
        summary = cls(
            run.first_on,
            run.last_on,
            run,
            settled,
            judged.get("days", 0),
            judged.get("days_without_window", 0),
            *(published.get(name, 0) for name in ("ratings", "scores", "privileges_changed", "privileges_lost")),
        )
        for phase, spent in seconds.items():
            summary.seconds[SECONDS_OF[phase]] += spent
        return summary


def score_days(first: date, last: date, *, as_of: datetime, report: Report = keep_quiet) -> ScoreSummary:
    """Compute what the days from `first` to `last` (included) need, then score and rate each of them in order.

    Safe to run twice and to be killed at any point: days whose facts are up to date are left alone, published ratings
    and scores stay. Where the brake holds a day, the summary's run is held. Raises ScoreError for a span the wrong way
    round, without a policy, or while another run works on days.
    """
    if last < first:
        raise ScoreError(f"The span ends on {last}, before it starts on {first}. Swap the two dates.")
    begun = (as_of + EARLIEST_ZONE).astimezone(UTC).date()
    if last > begun:
        raise ScoreError(
            f"The span ends on {last}, which had not begun anywhere on Earth as of {as_of.isoformat()}. A rating is "
            f"never rewritten, so days to come are not rated. End the span on {begun} or earlier."
        )

    def start() -> Run:
        return start_run(NIGHTLY, now=as_of, first_on=first, last_on=last, is_inline=True)

    try:
        policy_on(first)
        try:
            run = start()
        except UnderWayError as error:
            if error.run is None or not is_orphan(error.run, timezone.now()):
                raise
            fail_run(error.run, "Its command was killed. Another one has begun since.")
            run = start()
    except (NoPolicyError, RunError) as error:
        raise ScoreError(str(error)) from error
    return _work(run, report)


def release_days(run: Run, why: str, *, report: Report = keep_quiet) -> ScoreSummary:
    """Release a run that the brake holds and do the rest of it in this process. Raises ScoreError if it is not held."""
    try:
        release_run(run, why=why, now=timezone.now(), is_inline=True)
    except RunError as error:
        raise ScoreError(str(error)) from error
    return _work(run, report)


def _work(run: Run, report: Report) -> ScoreSummary:
    try:
        run = work_run(run.pk, NIGHTLY, Spell(report=report, raises=True))
    except (NoPolicyError, NoStandardError) as error:
        raise ScoreError(str(error)) from error
    except BaseException as error:
        fail_run(run, f"{type(error).__name__}: {error}")
        raise
    if run.state == Run.State.WAITING:
        fail_run(run, "Another run was settling days.")
        raise ScoreError(
            "An hourly run is settling days right now. Wait until it has ended, or stop it in the back office under "
            "Jobs, then run this again."
        )
    if run.state == Run.State.SUCCEEDED:
        assert run.first_on is not None
        assert run.last_on is not None
        days = (run.last_on - run.first_on).days + 1
        report(Progress("rate", days, days))
    return ScoreSummary.of(run)
