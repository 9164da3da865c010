"""The second half of a night, day after day: drafts judged, the brake, publication, conclusions about agents."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, timedelta
from typing import Any

from governance.actions.judge_agents import judge_agents
from governance.actions.marketplace import Marketplace, Standpoint
from governance.actions.nightly.facts import roster_of_shard
from governance.actions.nightly.files import outputs_of, read_draft, read_sums, read_window, write_draft
from governance.actions.nightly.losses import find_losses
from governance.actions.nightly.spans import days_of, judge_of, policy_on
from governance.actions.publish_day import grants_of, publish_day
from governance.actions.rate_day import judge_day
from governance.models import ShopRating
from shops.actions.progress import Progress
from shops.actions.runs.jobs import Done, HoldRunError, Work
from shops.models import Run, RunStep

JUDGE, PUBLISH, WINDOWS = "judge", "publish", "windows"
MOST_LISTED = 2_000
"""Losing shops that a held run lists; they are counted without a limit."""
MOST_CARRIED = 64

_carried: OrderedDict[str, dict[int, Standpoint]] = OrderedDict()
"""By the draft that led there the states of a shard's shops, so that a day need not look up what the last one left."""


def judge_shard(work: Work) -> Done:
    """Score and rate one shard's day, as a draft; find who would lose what by it."""
    run, on = work.run, work.on
    days = days_of(run)
    work.report(Progress("rate", (on - days[0]).days, len(days), on.isoformat()))
    folders = outputs_of(run, WINDOWS)
    window = read_window(folders[work.shard], on) if work.shard in folders else None
    is_counted = work.shard == 0
    if window is None:
        return Done({"days_without_window": int(is_counted)})
    policy = policy_on(on)
    judge = judge_of(policy)
    market = _market(run, on, work.shard)
    sums = read_sums(folders.values(), on)
    draft = judge_day(window, policy, judge, market, as_of=run.as_of, sums=sums)
    losses = find_losses(on, grants_of(draft.ratings, policy), market.roster)
    write_draft(work.folder(), draft)
    _carry(run, work.output, market.standpoints)
    counts: dict[str, Any] = {"days": int(is_counted), "holding": losses.holding, "losing": len(losses.losers)}
    if losses.losers:
        counts["losers"] = [loser.to_data() for loser in losses.losers[:MOST_LISTED]]
    return Done(counts, work.output)


def brake(work: Work) -> Done:
    """Hold the run where the day would take privileges from too many shops. Raises HoldRunError then.

    A first rating of days is never held: nobody had been granted anything before it.
    """
    run, on = work.run, work.on
    steps = RunStep.objects.filter(run=run, phase=JUDGE, on=on).order_by("shard")
    counts = list(steps.values_list("counts", flat=True))
    losing = sum(each.get("losing", 0) for each in counts)
    holding = sum(each.get("holding", 0) for each in counts)
    rules = judge_of(policy_on(on)).document.brake
    if rules.holds(losing, holding) and ShopRating.objects.filter(on__lt=days_of(run)[0]).exists():
        losers = [loser for each in counts for loser in each.get("losers", ())]
        raise HoldRunError(
            {
                "on": on.isoformat(),
                "losing": losing,
                "holding": holding,
                "max_share_losing": rules.max_share_losing,
                "at_least_shops": rules.at_least_shops,
                "losers": losers[:MOST_LISTED],
            }
        )
    return Done({"losing": losing})


def publish_shard(work: Work) -> Done:
    """Publish one shard's day and grant what follows. Called inside the transaction that marks the step done."""
    folder = outputs_of(work.run, JUDGE, work.on).get(work.shard)
    if folder is None:
        return Done()
    policy = policy_on(work.on)
    rated = publish_day(read_draft(folder, work.on, policy.pk), policy)
    return Done(
        {
            "ratings": rated.ratings,
            "scores": rated.scores,
            "privileges_changed": rated.privileges_changed,
            "privileges_lost": rated.privileges_lost,
        }
    )


def conclude_shard(work: Work) -> Done:
    """Draw the conclusions about the agents of one shard from the scores of a day."""
    counts = judge_agents(work.on, shard=work.shard)
    return Done({f"agents_{name}": count for name, count in counts.items()})


def _market(run: Run, on: date, shard: int) -> Marketplace:
    """The shops of a shard in the state in which they come into a day."""
    roster = roster_of_shard(run, shard)
    before = RunStep.objects.filter(run=run, phase=JUDGE, on=on - timedelta(days=1), shard=shard)
    output = before.values_list("output", flat=True).first()
    carried = _carried.pop(f"{run.pk} {output}", None) if output else None
    return Marketplace(roster, carried) if carried is not None else Marketplace.load(on, roster)


def _carry(run: Run, output: str, standpoints: dict[int, Standpoint]) -> None:
    _carried[f"{run.pk} {output}"] = standpoints
    while len(_carried) > MOST_CARRIED:
        _carried.popitem(last=False)
