"""Which consequence, if any, an agent's scored days lead to. Nobody is judged twice by the same turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """One consequence of the policy. Lists of rules go from mild to severe."""

    key: str
    kind: str
    below_days: int
    within_days: int
    in_a_row: bool = False
    part: str = ""
    """Empty: below any line."""
    after_kind: str = ""
    """Empty: it follows nothing."""
    after_within_days: int = 0
    cooldown_days: int = 0


@dataclass(frozen=True, slots=True)
class ScoredDay:
    """One score: its day, the dates (included) of the turns it counts, and whether it is proven below standard."""

    on: date
    window_first_on: date
    window_last_on: date
    is_below: bool
    below_parts: frozenset[str] = frozenset()
    """The parts of the score with a line that it is proven below; only read by rules for a part."""

    def is_below_in(self, part: str) -> bool:
        """True where the score is proven below standard in a part; empty: in any."""
        return part in self.below_parts if part else self.is_below


@dataclass(frozen=True, slots=True)
class Judged:
    """An earlier decision about the agent. Its turns never count again, even where it was dismissed or withdrawn."""

    code: str
    kind: str
    facts_last_on: date
    window_last_on: date
    stands: bool
    """True where it took effect and was not withdrawn: only then can another one follow it."""
    is_waiting: bool = False
    """True while nobody has released or dismissed it."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a rule applies: so many of the scored days that count were below; `after` is what it follows."""

    rule: Rule
    first_on: date
    last_on: date
    below_days: int
    scored_days: int
    after: Judged | None = None


def choose_consequence(
    rules: Sequence[Rule], days: Sequence[ScoredDay], earlier: Sequence[Judged], on: date
) -> Grounds | None:
    """The last (most severe) rule that applies on `on`, from the agent's scored days up to it, oldest first.

    None while another decision waits for a person, and where the day itself is not below standard: who has got better
    by now is left in peace. A day counts only if its whole window lies after the turns of every earlier decision, and
    it lies after the rule's cooldown.
    """
    if any(decision.is_waiting for decision in earlier):
        return None
    turns_judged_to = max((decision.window_last_on for decision in earlier), default=date.min)
    facts_judged_to = max((decision.facts_last_on for decision in earlier), default=date.min)
    fresh = [day for day in days if day.on <= on and day.window_first_on > turns_judged_to]
    if not fresh or fresh[-1].on != on:
        return None
    for rule in reversed(rules):
        cooled = _later(facts_judged_to, rule.cooldown_days)
        from_on = on - timedelta(days=rule.within_days - 1)
        counted = [day for day in fresh if day.on >= from_on and day.on > cooled]
        grounds = _grounds(rule, counted, earlier, on)
        if grounds is not None:
            return grounds
    return None


def _grounds(rule: Rule, counted: Sequence[ScoredDay], earlier: Sequence[Judged], on: date) -> Grounds | None:
    if rule.in_a_row:
        counted = counted[-rule.below_days :]
    below = [day.on for day in counted if day.is_below_in(rule.part)]
    if len(below) < rule.below_days or below[-1] != on:
        return None
    after = None
    if rule.after_kind:
        found = [
            decision
            for decision in earlier
            if decision.stands
            and decision.kind == rule.after_kind
            and (on - decision.facts_last_on).days <= rule.after_within_days
        ]
        if not found:
            return None
        after = max(found, key=lambda decision: decision.facts_last_on)
    return Grounds(rule, below[0], on, len(below), len(counted), after)


def _later(day: date, days: int) -> date:
    return day if day == date.min else day + timedelta(days=days)
