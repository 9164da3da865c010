"""Whether what decisions rest on is still so: late messages and outages declared afterwards change measured days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import transaction

from governance.actions.decision_facts import count_days
from governance.formulas.intervals import wilson
from governance.models import ChangedFacts, Decision
from governance.policy.catalogue import MEASURES

CHECKED_DAYS = 180
"""Decisions older than this are not looked at again, unless they still wait for a person."""


@transaction.atomic
def check_facts(*, at: datetime, shops: list[int] | None = None) -> int:
    """Flag the decisions whose counts by day are other ones now, for staff to see; return how many are.

    Looked at are the newest of each chain that wait for a person or were taken within CHECKED_DAYS, of all shops or
    some (by primary key). A flag goes when the counts are as they were. Nothing is withdrawn by itself. A query for
    each window and measure that a decision rests on, however many decisions there are.
    """
    since = at - timedelta(days=CHECKED_DAYS)
    decisions = (Decision.objects.held() | Decision.objects.filter(decided_at__gte=since)).newest_of_chain()
    decisions = decisions.exclude(measure="").exclude(review=Decision.Review.DISMISSED)
    if shops is not None:
        decisions = decisions.filter(shop__in=shops)
    by_window: dict[tuple[date, date, str], list[Decision]] = defaultdict(list)
    wanted = ("agent", "measure", "window_first_on", "window_last_on", "line", "sample")
    for decision in decisions.only(*wanted).iterator(2_000):
        if decision.window_first_on is not None and decision.window_last_on is not None:
            by_window[decision.window_first_on, decision.window_last_on, decision.measure].append(decision)
    flags: list[ChangedFacts] = []
    checked: list[int] = []
    for (first_on, last_on, measure), group in by_window.items():
        measures = {decision.agent_id: measure for decision in group if decision.agent_id is not None}
        now = count_days(measures, first_on, last_on)
        for decision in group:
            assert decision.agent_id is not None  # only agents have measures here
            checked.append(decision.pk)
            flag = _flag_of(decision, {day: counts for day, *counts in now.get(decision.agent_id, [])}, at)
            if flag is not None:
                flags.append(flag)
    changed = {flag.decision_id for flag in flags}
    unchanged = set(checked) - changed
    standing = set(ChangedFacts.objects.values_list("decision_id", flat=True))
    ChangedFacts.objects.filter(decision__in=standing & unchanged).delete()
    ChangedFacts.objects.bulk_create(
        flags,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["decision"],
        update_fields=["numerator", "denominator", "is_still_proven"],
    )
    return len(flags)


def _flag_of(decision: Decision, now: dict[str, list[int]], at: datetime) -> ChangedFacts | None:
    """A flag where the dates that the decision counted have other counts now. A date without a row has none."""
    then = decision.sample.get("days", [])
    if all(now.get(day, [0, 0]) == counts for day, *counts in then):
        return None
    numerator = sum(now.get(day, [0, 0])[0] for day, *_counts in then)
    denominator = sum(now.get(day, [0, 0])[1] for day, *_counts in then)
    interval = wilson(numerator, denominator)
    assert decision.line is not None  # every measured decision has a line
    proven = interval is not None and (
        interval[1] < decision.line if MEASURES[decision.measure].higher_is_better else interval[0] > decision.line
    )
    return ChangedFacts(
        decision=decision, noticed_at=at, numerator=numerator, denominator=denominator, is_still_proven=proven
    )
