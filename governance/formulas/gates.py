"""Gates: whether a shop has what it takes for a programme, and the slow steps of opening and closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from governance.formulas.intervals import wilson
from governance.formulas.samples import Sample, rounded
from governance.formulas.standing import AFFECTED_BUYERS_TO_PROVE, BELOW, judge_standing

GateReason = Literal["met", "missed", "unknown", "opening", "closing", "not_proven", "between_evaluations"]

MET: Final = "met"
MISSED: Final = "missed"
UNKNOWN: Final = "unknown"
OPENING: Final = "opening"
CLOSING: Final = "closing"
NOT_PROVEN: Final = "not_proven"
BETWEEN_EVALUATIONS: Final = "between_evaluations"


@dataclass(frozen=True, slots=True)
class NeedRule:
    """One condition, compiled. `of` is "points", "turns", "age_days" or a measure."""

    of: str
    at_least: float | None = None
    at_most: float | None = None
    mean_of_days: int = 1
    buyers_at_most: int | None = None
    or_buyers_at_most: int | None = None
    few_cases: tuple[int, int] | None = None
    """(below so many cases, at most so many of them may fail)."""
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class GateRules:
    """When a gate opens and closes. Waits are dates in a row, the first and last included."""

    key: str
    needs: tuple[NeedRule, ...]
    opens_after_days: int = 1
    closes_after_days: int = 1
    needs_proof: bool = True
    narrows: bool = False
    """True: it takes privileges away while closed, so a shop that nothing is proven against starts with it open."""

    @property
    def days_kept(self) -> int:
        """Of how many dates the points are needed."""
        return max((need.mean_of_days for need in self.needs), default=1)


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known of a shop on a day."""

    points: float | None
    """None also where the shop has too few turns to be judged by them."""
    turns: int
    age_days: int | None
    """None: unknown, old enough."""
    samples: Mapping[str, Sample]
    """By measure."""
    is_proven_below: bool
    """Whether any dimension of the rating is proven below its line."""


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What one condition found."""

    of: str
    value: float | None
    numerator: int | None
    denominator: int | None
    affected_buyers: int | None
    is_met: bool | None
    """None: there was nothing to tell it by."""
    is_proven: bool
    """True: it is missed beyond doubt (clock.md section 6)."""

    def to_data(self) -> dict[str, Any]:
        """The line as JSON types; the value to 6 decimals."""
        return {
            "of": self.of,
            "value": rounded(self.value, 6),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "affected_buyers": self.affected_buyers,
            "is_met": self.is_met,
            "is_proven": self.is_proven,
        }


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate of a shop on a day, with what is waiting to happen to it."""

    key: str
    is_open: bool
    since_on: date
    waiting_since_on: date | None
    """The first date of the wait to open or close; None where nothing is waiting."""
    reason: GateReason
    needs: tuple[NeedLine, ...] = ()
    recent: tuple[tuple[date, float], ...] = ()
    """The points of the dates that means over days still need."""

    def to_data(self) -> dict[str, Any]:
        """The state as JSON types, for storing."""
        return {
            "key": self.key,
            "is_open": self.is_open,
            "since_on": self.since_on.isoformat(),
            "waiting_since_on": self.waiting_since_on and self.waiting_since_on.isoformat(),
            "reason": self.reason,
            "needs": [need.to_data() for need in self.needs],
            "recent": [[day.isoformat(), points] for day, points in self.recent],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> GateState:
        """The state as it was stored; the lines of its needs, which nothing follows from, are left out."""
        waiting = data["waiting_since_on"]
        return cls(
            key=data["key"],
            is_open=data["is_open"],
            since_on=date.fromisoformat(data["since_on"]),
            waiting_since_on=waiting and date.fromisoformat(waiting),
            reason=data["reason"],
            recent=tuple((date.fromisoformat(day), points) for day, points in data["recent"]),
        )


def next_gate(
    previous: GateState | None, rules: GateRules, facts: GateFacts, *, on: date, is_evaluation_day: bool = True
) -> GateState:
    """The gate on `on`, given its state at the rating before (None: it is new).

    - Opens when every need was met on opens_after_days dates in a row; closes when one was missed on closes_after_days.
      A date on which nothing can be told interrupts both and changes nothing.
    - Closing takes something away, so that it waits for proof where the gate asks for it, with the reason `not_proven`.
    - A new gate takes effect at once. One that narrows and asks for proof starts open unless the miss is proven.
    - Where policy has evaluation days, a gate that is not new changes on them only.

    Raises ValueError where `on` lies before the previous state. Sources: clock.md section 6; published-rules.md (Douyin
    gates, eBay Top Rated).
    """
    if previous is not None and on < (previous.waiting_since_on or previous.since_on):
        raise ValueError(f"The gate of {on} cannot follow from a later state, of {previous.since_on}.")
    recent = _recent(previous, rules, facts, on)
    needs = tuple(_judge(need, facts, recent, on) for need in rules.needs)
    verdict = _verdict(needs)
    is_proven = any(need.is_met is False and need.is_proven for need in needs)
    if previous is None:
        is_open = verdict == MET or (rules.narrows and rules.needs_proof and not (verdict == MISSED and is_proven))
        reason: GateReason = NOT_PROVEN if is_open and verdict == MISSED else verdict
        return GateState(rules.key, is_open, on, None, reason, needs, recent)

    is_open, since_on, waiting_since_on, reason = previous.is_open, previous.since_on, None, verdict
    if verdict == (MISSED if is_open else MET):
        waiting_since_on = previous.waiting_since_on or on
        days = rules.closes_after_days if is_open else rules.opens_after_days
        if (on - waiting_since_on).days + 1 < days:
            reason = CLOSING if is_open else OPENING
        elif not is_evaluation_day:
            reason = BETWEEN_EVALUATIONS
            if days == 1:
                waiting_since_on = None
        elif is_open and rules.needs_proof and not is_proven:
            reason = NOT_PROVEN
        else:
            is_open, since_on, waiting_since_on = not is_open, on, None
    return GateState(rules.key, is_open, since_on, waiting_since_on, reason, needs, recent)


def _recent(previous: GateState | None, rules: GateRules, facts: GateFacts, on: date) -> tuple[tuple[date, float], ...]:
    kept = rules.days_kept
    if kept == 1:
        return ()
    before = previous.recent if previous is not None else ()
    today = () if facts.points is None else ((on, facts.points),)
    return (*((day, points) for day, points in before if on - timedelta(days=kept) < day < on), *today)


def _verdict(needs: Sequence[NeedLine]) -> Literal["met", "missed", "unknown"]:
    if any(need.is_met is False for need in needs):
        return MISSED
    return MET if all(need.is_met for need in needs) else UNKNOWN


def _judge(need: NeedRule, facts: GateFacts, recent: Sequence[tuple[date, float]], on: date) -> NeedLine:
    if need.of == "turns":
        return NeedLine(need.of, facts.turns, None, None, None, _within(need, facts.turns), is_proven=False)
    if need.of == "age_days":
        met = True if facts.age_days is None else _within(need, facts.age_days)
        return NeedLine(need.of, facts.age_days, None, None, None, met, is_proven=False)
    if need.of == "points":
        value = facts.points
        if need.mean_of_days > 1:
            mine = [points for day, points in recent if day > on - timedelta(days=need.mean_of_days)]
            value = sum(mine) / len(mine) if mine and facts.points is not None else None
        met_ = None if value is None else _within(need, round(value, 2))
        return NeedLine(need.of, value, None, None, None, met_, is_proven=facts.is_proven_below)
    return _judge_measure(need, facts.samples[need.of])


def _judge_measure(need: NeedRule, sample: Sample) -> NeedLine:
    value, numerator, denominator, affected = sample
    is_rate = numerator is not None and denominator is not None
    is_met: bool | None = None
    is_proven = False
    if is_rate and value is not None:
        assert numerator is not None
        assert denominator is not None
        is_met = _is_rate_met(need, value, denominator - numerator if need.higher_is_better else numerator, denominator)
        if is_met is False and need.or_buyers_at_most is not None and affected <= need.or_buyers_at_most:
            is_met = True
        bound = need.at_least if need.at_least is not None else need.at_most
        if is_met is False and bound is not None:
            interval = wilson(numerator, denominator)
            standing = judge_standing(interval, bound, higher_is_better=need.higher_is_better, affected_buyers=affected)
            is_proven = standing == BELOW
        if need.buyers_at_most is not None and affected > need.buyers_at_most:
            is_met = False
            is_proven = is_proven or affected >= AFFECTED_BUYERS_TO_PROVE
    elif value is not None:
        is_met = _within(need, value)
    return NeedLine(need.of, value, numerator, denominator, affected if is_rate else None, is_met, is_proven=is_proven)


def _is_rate_met(need: NeedRule, value: float, bad: int, cases: int) -> bool:
    if need.few_cases is not None and cases < need.few_cases[0]:
        return bad <= need.few_cases[1]
    return _within(need, value)


def _within(need: NeedRule, value: float) -> bool:
    return (need.at_least is None or value >= need.at_least) and (need.at_most is None or value <= need.at_most)
