"""The days of a run: which policy and clock each obeys, and which days of facts they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone

from governance.actions.window_measures import LONGEST_SETTLING_DAYS
from governance.models import Policy, ShopRating
from governance.policy.judge import Judge
from shops.actions.standards import clock_standards
from shops.chat.log import ChatLog
from shops.chat.standard import ClockStandard
from shops.models import Run

EARLIER_DAYS = 2
"""Parts of these many UTC days before the log's first can hold no local date of any time zone."""


class NoPolicyError(Exception):
    """No policy is in force on a day of the run; the message says what to do."""


def days_of(run: Run) -> list[date]:
    """The days that a run judges, rising."""
    assert run.first_on is not None
    assert run.last_on is not None
    return [run.first_on + timedelta(days=n) for n in range((run.last_on - run.first_on).days + 1)]


def due_days(now: datetime) -> tuple[date, date]:
    """The days for a night: those since the last one that was judged, at least yesterday, in the platform's time zone.

    A day that somebody dismissed counts as judged. Three queries.
    """
    yesterday = timezone.localdate(now) - timedelta(days=1)
    ended = Run.objects.filter(kind=Run.Kind.NIGHTLY, last_on__lte=yesterday)
    judged = [
        ended.filter(state=Run.State.SUCCEEDED).order_by("-last_on").values_list("last_on", flat=True).first(),
        ended.filter(state=Run.State.DISMISSED).order_by("-phase_on").values_list("phase_on", flat=True).first(),
    ]
    known = [day for day in judged if day is not None]
    if not known:
        rated = ShopRating.objects.filter(on__lt=yesterday).order_by("-on").values_list("on", flat=True).first()
        known = [rated] if rated is not None else []
    first = max(known) + timedelta(days=1) if known else yesterday
    return min(first, yesterday), yesterday


def policy_on(day: date) -> Policy:
    """The policy that a day is judged by. Raises NoPolicyError where there is none."""
    policy = Policy.objects.in_force_on(day)
    if policy is None:
        raise NoPolicyError(
            f"No policy is in force on {day}. Publish one first: manage.py publish_policy default --from {day}"
        )
    return policy


def judge_of(policy: Policy) -> Judge:
    """The compiled policy; this process compiles a version once."""
    return _judge(policy.pk, policy.digest)


@lru_cache(maxsize=4)
def _judge(policy_id: int, _digest: str) -> Judge:
    return Judge(Policy.objects.get(pk=policy_id).rules())


def spans_of(days: list[date]) -> Iterator[tuple[Policy, ClockStandard, list[date]]]:
    """Days (rising, without gaps), cut where another policy or another clock comes into force."""
    for policy, mine in _days_by_policy(days):
        for starts_on, ends_on, standard in clock_standards(mine[0], mine[-1]):
            yield policy, standard, [day for day in mine if starts_on <= day <= ends_on]


def settling_span(log: ChatLog, days: list[date]) -> tuple[date, date] | None:
    """The days (both included) whose facts the judgement of `days` may read; None where the log has none of them."""
    held = log.days()
    if not held:
        return None
    longest = max(judge_of(policy).document.longest_window_days for policy, _ in _days_by_policy(days))
    earliest = days[0] - timedelta(days=longest + LONGEST_SETTLING_DAYS)
    first = max(earliest, held[0] - timedelta(days=EARLIER_DAYS))
    return (first, days[-1]) if first <= days[-1] else None


def _days_by_policy(days: list[date]) -> list[tuple[Policy, list[date]]]:
    first, last = days[0], days[-1]
    later = Policy.objects.published().filter(starts_on__gt=first, starts_on__lte=last)
    starts = sorted({first, *later.values_list("starts_on", flat=True)})
    ends = [*(day - timedelta(days=1) for day in starts[1:]), last]
    return [
        (policy_on(begins), [day for day in days if begins <= day <= end])
        for begins, end in zip(starts, ends, strict=True)
    ]
