"""The first half of a night, over all of its days at once: facts settled, totals compared, windows measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Min

from governance.actions.marketplace import Roster
from governance.actions.nightly.files import write_window
from governance.actions.nightly.spans import days_of, judge_of, settling_span, spans_of
from governance.actions.rate_day import sum_peers
from governance.actions.window_measures import Window, WindowBasis, lengthen_windows, read_shard_windows
from governance.policy.judge import Judge
from shops.actions.progress import Progress
from shops.actions.runs.jobs import Done, Work
from shops.actions.runs.settling import settle_spans
from shops.actions.settle_days import dirty_days
from shops.chat.clock import to_ms
from shops.chat.log import ChatLog, open_log
from shops.chat.standard import ClockStandard
from shops.models import ComputedDay, Run

KEPT_ROSTERS = 1


def settle_facts(work: Work) -> Done:
    """Bring up to date what the night's windows may read, and every earlier day that late facts have touched since."""
    log = open_log()
    span = settling_span(log, days_of(work.run))
    if span is None:
        return Done()
    known_from = ComputedDay.objects.filter(shard=work.shard).aggregate(first=Min("on"))["first"]
    before = span[0] - timedelta(days=1)
    late: list[date] = []
    if known_from is not None and known_from <= before:
        late = dirty_days(work.shard, known_from, before, as_of=work.run.as_of)
    return settle_spans(work, [*_together(late), span])


def measure_windows(work: Work) -> Done:
    """Compute the windows of every day of the run for one shard, a file a day."""
    log, run = open_log(), work.run
    folder = work.folder()
    roster = roster_of_shard(run, work.shard)
    days, done = days_of(run), 0
    for number, (policy, standard, mine) in enumerate(spans_of(days)):
        judge = judge_of(policy)
        for window in _windows(work, log, judge, standard, mine, number):
            work.report(Progress("windows", done, len(days), window.on.isoformat()))
            write_window(folder, window, sum_peers(window, roster, judge.shop_columns))
            done += 1
    work.report(Progress("windows", len(days), len(days)))
    return Done({"windows": done}, work.output)


def _windows(
    work: Work, log: ChatLog, judge: Judge, standard: ClockStandard, days: list[date], number: int
) -> Iterator[Window]:
    """The windows of a span; shops with few turns by the longer window, where the policy has one (at its full cost)."""
    run, as_of_ms, longer = work.run, to_ms(work.run.as_of), judge.document.longer_window

    def read(window_days: int) -> Iterator[Window]:
        basis = _basis(run.pk, str(run.started_at), number, window_days)
        return read_shard_windows(log, work.shard, days, standard, window_days, as_of_ms, basis=basis)

    windows = read(judge.document.measures_window_days)
    return windows if longer is None else lengthen_windows(windows, read(longer.days), longer.below_turns)


def roster_of_shard(run: Run, shard: int) -> Roster:
    """The shops and agents of a shard; this process looks them up once a run."""
    return _rosters(run.pk, str(run.started_at))[shard]


@lru_cache(maxsize=KEPT_ROSTERS)
def _rosters(_run_id: int, _started_at: str) -> Sequence[Roster]:
    return Roster.load().by_shard(open_log().shards)


@lru_cache(maxsize=2)
def _basis(run_id: int, _started_at: str, number: int, window_days: int) -> WindowBasis:
    """What the windows of the run's span of this number rest on, the same for every shard."""
    run = Run.objects.get(pk=run_id)
    _policy, standard, days = list(spans_of(days_of(run)))[number]
    return WindowBasis.load(days, standard, window_days, to_ms(run.as_of))


def _together(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Rising days as spans without gaps."""
    first = last = None
    for day in days:
        if first is None or last is None or (day - last).days > 1:
            if first is not None and last is not None:
                yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last
