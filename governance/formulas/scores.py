"""The score of an agent: weighted parts of weighted measures, with a standing that only proof can make bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from governance.formulas.curves import Curve
from governance.formulas.intervals import wilson
from governance.formulas.samples import Sample, rounded
from governance.formulas.standing import AT, BELOW, NO_SAMPLE, NOT_PROVEN, Standing, judge_standing

DECIMALS = 2
"""Scores are rounded to what people see, so that a score shown as 80.00 is also judged as 80.00."""


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One measure of a part: its share of the part (0 to 100), its curve, and the line that is its standard."""

    measure: str
    weight: float
    curve: Curve | None
    """None only for an item of weight 0, which is shown and earns nothing."""
    line: float | None
    higher_is_better: bool
    min_sample: int = 1


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A named share (0 to 100) of the whole score."""

    key: str
    weight: float
    items: tuple[ScoreItem, ...]


@dataclass(frozen=True, slots=True)
class ScoreScheme:
    """How agents are scored: compiled once per policy. `min_turns` counted, settled turns make a sample."""

    parts: tuple[ScorePart, ...]
    min_turns: int


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one item showed and earned. `weight` is its share of the total after the left-out items gave theirs up."""

    part: str
    measure: str
    value: float | None
    numerator: int | None
    denominator: int | None
    interval: tuple[float, float] | None
    line: float | None
    points: float | None
    """0 to 100 by the item's curve; None where it was left out."""
    weight: float
    standing: Standing | None
    """None for an item without a line."""

    def to_data(self) -> dict[str, Any]:
        """The line as JSON types, for storing: values to 6 decimals, points to 4."""
        return {
            "part": self.part,
            "measure": self.measure,
            "value": rounded(self.value, 6),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "interval": self.interval and [round(bound, 6) for bound in self.interval],
            "line": self.line,
            "points": rounded(self.points, 4),
            "weight": round(self.weight, 4),
            "standing": self.standing,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """An agent's score: points (0 to 100) in all and by part, None where nothing could be measured."""

    points: float | None
    parts: dict[str, float | None]
    standing: Standing
    lines: tuple[ScoreLine, ...]


def score_agent(scheme: ScoreScheme, samples: Sequence[Sample], turns: int) -> Score:
    """Score one agent from `samples`, one per item in the order of the scheme, and the number of settled turns.

    An item without a sample is left out and the weights of the rest of its part are scaled up; a part without items
    likewise. Under `min_turns` nothing is scored: the lines then only show the figures. The standing is `below` where
    any item is proven below its line, `at` where every measured item with a line is at it, else `not_proven`.
    Source: clock.md sections 5 and 6.
    """
    is_scored = turns >= scheme.min_turns
    parts: dict[str, float | None] = {}
    earned: list[float | None] = []
    weighed: list[float] = []
    measured_weight = total = 0.0
    position = 0
    for part in scheme.parts:
        part_weight = part_total = 0.0
        for item in part.items:
            points = _points_of(item, samples[position]) if is_scored else None
            if points is not None:
                part_weight += item.weight
                part_total += item.weight * points
            earned.append(points)
            position += 1
        weighed.append(part_weight)
        if part_weight:
            measured_weight += part.weight
            total += part.weight * part_total / part_weight
            parts[part.key] = round(part_total / part_weight, DECIMALS)
        else:
            parts[part.key] = None

    lines: list[ScoreLine] = []
    for part, part_weight in zip(scheme.parts, weighed, strict=True):
        scale = 100 * part.weight / measured_weight / part_weight if part_weight else 0.0
        for item in part.items:
            position = len(lines)
            lines.append(
                _line_of(part.key, item, samples[position], points=earned[position], scale=scale, is_scored=is_scored)
            )
    points = round(total / measured_weight, DECIMALS) if measured_weight else None
    return Score(points, parts, _overall(lines) if is_scored else NO_SAMPLE, tuple(lines))


def _is_measured(item: ScoreItem, sample: Sample) -> bool:
    """True where the sample has a value from enough cases; a mean whose count is not stored has enough."""
    return sample.value is not None and (sample.denominator is None or sample.denominator >= item.min_sample)


def _points_of(item: ScoreItem, sample: Sample) -> float | None:
    if item.curve is None or sample.value is None or not _is_measured(item, sample):
        return None
    return item.curve.points_at(sample.value)


def _line_of(
    part: str, item: ScoreItem, sample: Sample, *, points: float | None, scale: float, is_scored: bool
) -> ScoreLine:
    value, numerator, denominator, affected_buyers = sample
    interval = None if numerator is None or denominator is None else wilson(numerator, denominator)
    standing: Standing | None = None
    if item.line is not None:
        standing = (
            judge_standing(interval, item.line, higher_is_better=item.higher_is_better, affected_buyers=affected_buyers)
            if is_scored and _is_measured(item, sample)
            else NO_SAMPLE
        )
    return ScoreLine(
        part=part,
        measure=item.measure,
        value=value,
        numerator=numerator,
        denominator=denominator,
        interval=interval,
        line=item.line,
        points=points,
        weight=0.0 if points is None else item.weight * scale,
        standing=standing,
    )


def _overall(lines: Sequence[ScoreLine]) -> Standing:
    """The standing that follows from the items' standings."""
    standings = {line.standing for line in lines}
    if BELOW in standings:
        return BELOW
    if AT in standings and NOT_PROVEN not in standings:
        return AT
    return NOT_PROVEN
