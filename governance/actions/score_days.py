"""The main job over a span of days: chat log to turns to measures to scores, ratings and privileges."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from governance.actions.rate_day import Marketplace, rate_day
from governance.actions.window_measures import LONGEST_SETTLING_DAYS, read_windows
from governance.models import Policy
from governance.policy.judge import Judge
from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.settle_days import Settled, settle_days
from shops.actions.standards import NoStandardError, clock_standards
from shops.chat.clock import to_ms
from shops.chat.log import open_log

EARLIER_DAYS = 2
"""Parts of these many UTC days before the log's first can hold no local date of any time zone."""
EARLIEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a new day begins first."""


class ScoreError(Exception):
    """The days cannot be scored; the message says why and what to do."""


@dataclass
class ScoreSummary:
    """What scoring a span of days did. Seconds are of wall time, by step."""

    first_on: date
    last_on: date
    settled: Settled = field(default_factory=Settled)
    days_rated: int = 0
    days_without_window: int = 0
    ratings: int = 0
    scores: int = 0
    privileges_changed: int = 0
    privileges_lost: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def score_days(first: date, last: date, *, as_of: datetime, report: Report = keep_quiet) -> ScoreSummary:
    """Compute what the days from `first` to `last` (included) need, then score and rate each of them in order.

    Safe to run twice and to be killed at any point: days whose facts are up to date are left alone, published ratings
    and scores stay. Raises ScoreError for a span the wrong way round or without a policy.
    """
    if last < first:
        raise ScoreError(f"The span ends on {last}, before it starts on {first}. Swap the two dates.")
    begun = (as_of + EARLIEST_ZONE).astimezone(UTC).date()
    if last > begun:
        raise ScoreError(
            f"The span ends on {last}, which had not begun anywhere on Earth as of {as_of.isoformat()}. A rating is "
            f"never rewritten, so days to come are not rated. End the span on {begun} or earlier."
        )
    policy = Policy.objects.in_force_on(first)
    if policy is None:
        raise ScoreError(
            f"No policy is in force on {first}. Publish one first: manage.py publish_policy default --from {first}"
        )
    summary = ScoreSummary(first, last)
    log = open_log()
    held = log.days()
    began = time.perf_counter()
    if held:
        earliest = first - timedelta(days=max(_longest_window(first, last), 1) + LONGEST_SETTLING_DAYS)
        settle_from = max(earliest, held[0] - timedelta(days=EARLIER_DAYS))
        if settle_from <= last:
            try:
                summary.settled = settle_days(settle_from, last, as_of=as_of, report=report)
            except NoStandardError as error:
                raise ScoreError(str(error)) from error
    summary.seconds["turns and day measures"] = time.perf_counter() - began
    market = Marketplace.load(before=first)
    for policy_, days in _days_by_policy(first, last):
        judge = Judge(policy_.rules())
        for starts_on, ends_on, standard in clock_standards(days[0], days[-1]):
            mine = [day for day in days if starts_on <= day <= ends_on]
            began = time.perf_counter()
            done = 0
            windows = read_windows(log, mine, standard, judge.document.measures_window_days, to_ms(as_of))
            for window in windows:
                summary.seconds["window measures"] += time.perf_counter() - began
                report(Progress("rate", (window.on - first).days, (last - first).days + 1, window.on.isoformat()))
                began = time.perf_counter()
                rated = rate_day(window, policy_, judge, market)
                summary.seconds["scores, ratings, privileges"] += time.perf_counter() - began
                done += 1
                summary.ratings += rated.ratings
                summary.scores += rated.scores
                summary.privileges_changed += rated.privileges_changed
                summary.privileges_lost += rated.privileges_lost
                began = time.perf_counter()
            summary.days_rated += done
            summary.days_without_window += len(mine) - done
    report(Progress("rate", (last - first).days + 1, (last - first).days + 1))
    return summary


def _days_by_policy(first: date, last: date) -> list[tuple[Policy, list[date]]]:
    """The days of a span, cut where another policy comes into force."""
    starts = sorted(
        set(
            Policy.objects.published()
            .filter(starts_on__gt=first, starts_on__lte=last)
            .values_list("starts_on", flat=True)
        )
    )
    spans = []
    for begins, ends in zip([first, *starts], [*(day - timedelta(days=1) for day in starts), last], strict=True):
        policy = Policy.objects.in_force_on(begins)
        assert policy is not None
        spans.append((policy, [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]))
    return spans


def _longest_window(first: date, last: date) -> int:
    return max(policy.rules().measures_window_days for policy, _ in _days_by_policy(first, last))
