"""Who may still appeal against a decision, and until when: the policy's matrix read for one party."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from governance.models import Appeal, Decision
from governance.policy.sections.redress import AppealRight, DecisionGroup


class AppealError(Exception):
    """The appeal cannot be filed, drawn, answered or withdrawn so; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class AppealStanding:
    """Whether a party may appeal against a decision at an instant."""

    may: bool
    until: datetime | None
    """The first instant that is too late; None where the party has no right at all, or the decision no effect."""
    times_left: int
    """How often the party may still appeal, were it in time."""
    why_not: str
    """For people, in the language of the request; empty where it may."""


GROUPS: dict[str, DecisionGroup] = {
    Decision.Kind.VIOLATION: "violation",
    Decision.Kind.NO_VIOLATION: "no_violation",
    Decision.Kind.COACHING_NOTICE: "agent_consequence",
    Decision.Kind.TRAINING_REQUIRED: "agent_consequence",
    Decision.Kind.OFF_DUTY: "agent_consequence",
}
"""By the kind of a decision the group that rights of appeal are about; what only ends another one has none."""


def right_against(decision: Decision, who: str) -> AppealRight | None:
    """The right of a party by the policy version that the decision was taken by; None where it has none."""
    group = GROUPS.get(decision.kind)
    return None if group is None else decision.policy.rules().redress.right_of(who, group)


def appeal_until(decision: Decision, right: AppealRight) -> datetime | None:
    """The midnight, in the platform's time zone, that ends the last day; None while the decision has no effect."""
    if decision.effective_at is None:
        return None
    zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
    last_on = decision.effective_at.astimezone(zone).date() + timedelta(days=right.within_days)
    return datetime.combine(last_on + timedelta(days=1), time(), tzinfo=zone)


def appeal_right(decision: Decision, who: str, *, at: datetime, complaint: str = "") -> AppealStanding:
    """Whether "shop", "agent" or "buyer" may appeal against a decision at an instant. At most three queries.

    A party's appeals are counted together, a buyer's by complaint (its reference); withdrawn ones count as well, since
    each had its effect. The decision's own policy version says what is allowed, whatever is in force today.
    """
    right = right_against(decision, who)
    if right is None:
        return AppealStanding(False, None, 0, _("The rules of this decision give you no appeal against it."))
    until = appeal_until(decision, right)
    if until is None:
        return AppealStanding(
            False, None, right.times, _("This decision has no effect, so there is nothing to appeal against.")
        )
    mine = list(Appeal.objects.filter(decision=decision, who=who, complaint=complaint).values_list("state", flat=True))
    left = max(0, right.times - len(mine))
    why_not = _why_not(decision, who, complaint, is_open=Appeal.State.OPEN in mine, left=left, is_late=at >= until)
    return AppealStanding(not why_not, until, left, why_not)


def _why_not(decision: Decision, who: str, complaint: str, *, is_open: bool, left: int, is_late: bool) -> str:
    """The first thing that stands in the way; empty where nothing does."""
    is_overridden = Decision.objects.settled().filter(overrides=decision).exists()
    obstacles = (
        (
            who == Appeal.Who.AGENT and decision.agent_id is None,
            _("This decision is about the shop as a whole. The shop may appeal."),
        ),
        (
            who == Appeal.Who.BUYER and not complaint,
            _("An appeal of a buyer belongs to a complaint. Open the complaint's page and appeal there."),
        ),
        (is_overridden, _("A later decision took this one back or replaced it. Look at that one.")),
        (is_open, _("Your appeal against this decision is open. Wait for its answer.")),
        (not left, _("You have appealed as often as the rules allow. The answer that you got is final here.")),
        (is_late, _("The time to appeal against this decision is over.")),
    )
    return next((words for stands_in_the_way, words in obstacles if stands_in_the_way), "")
