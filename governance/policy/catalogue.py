"""The measures that a policy may use, and how each reads from the stored columns (shops.models.measures).

A rate keeps its numerator and denominator; its affected buyers are those of its failing cases (clock.md section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from governance.formulas.samples import Sample, rate_sample


@dataclass(frozen=True, slots=True)
class RateMeasure:
    """A share (0 to 1) of counted cases."""

    name: str
    numerator: str
    denominator: str
    affected: str | None
    """Column of the distinct buyers among the failing cases; None where nobody may be judged by the rate."""
    higher_is_better: bool = True
    numerator_counts_failures: bool = False
    """True: the column counts the failing cases of a rate of good ones, and the rate is the rest."""
    shown_only_because: str | None = None
    """Why the measure may be shown but carries neither weight nor line; None for an ordinary one."""

    @property
    def is_rate(self) -> bool:
        """True: it has an interval, so that something can be proven by it."""
        return True

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored columns that it reads."""
        return tuple(column for column in (self.numerator, self.denominator, self.affected) if column)

    def sample(self, row: Mapping[str, Any]) -> Sample:
        """The sample in a row of stored measures."""
        numerator, denominator = row[self.numerator], row[self.denominator]
        if self.numerator_counts_failures:
            numerator = denominator - numerator
        return rate_sample(numerator, denominator, row[self.affected] if self.affected else 0)


@dataclass(frozen=True, slots=True)
class SecondsMeasure:
    """A mean or quantile of waits in service-clock seconds; lower is better. It has no interval, so proves nothing."""

    name: str
    value: str
    count: str | None = None
    """Column of the number of waits; None where it is not stored."""

    @property
    def is_rate(self) -> bool:
        """False: no interval follows from a mean alone."""
        return False

    @property
    def higher_is_better(self) -> bool:
        """False: nobody likes to wait."""
        return False

    @property
    def shown_only_because(self) -> str | None:
        """None: it may carry weight."""
        return None

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored columns that it reads."""
        return tuple(column for column in (self.value, self.count) if column)

    def sample(self, row: Mapping[str, Any]) -> Sample:
        """The sample in a row of stored measures."""
        return Sample(row[self.value], None, row[self.count] if self.count else None)


@dataclass(frozen=True, slots=True)
class PointsMeasure:
    """A shop's violation points in force on the rated day, all ladders together; fewer is better. Never an agent's.

    Each point was decided by a person who gave reasons, so that the sum is proven by itself: it has no interval, does
    not lean on the peers, and needs no sample. It is no stored measure: whoever rates adds it to the row by its name.
    """

    name: str

    @property
    def is_rate(self) -> bool:
        """False: it is no share of anything."""
        return False

    @property
    def higher_is_better(self) -> bool:
        """False: each point is there for a violation."""
        return False

    @property
    def shown_only_because(self) -> str | None:
        """None: it may carry weight and a line."""
        return None

    @property
    def columns(self) -> tuple[str, ...]:
        """None: it is in no stored column."""
        return ()

    def sample(self, row: Mapping[str, Any]) -> Sample:
        """The sample in a row to which the points were added; without a value in one of peers, who have none."""
        return Sample(row.get(self.name))


Measure = RateMeasure | SecondsMeasure | PointsMeasure

VIOLATION_POINTS: Final = "violation_points"

_MEASURES: Final[tuple[Measure, ...]] = (
    RateMeasure("answer_rate", "answered", "settled", "unanswered_buyers"),
    RateMeasure("on_time_rate", "on_time", "settled", "late_buyers"),
    RateMeasure("effective_on_time_rate", "effective_on_time", "settled", "ineffective_buyers"),
    RateMeasure("brush_off_rate", "brushed_off", "answered", "brushed_off_buyers", higher_is_better=False),
    RateMeasure("off_hours_answer_rate", "off_hours_on_time", "off_hours_settled", "off_hours_late_buyers"),
    RateMeasure("resolved_rate", "contacts_resolved", "contacts_settled", "unresolved_buyers"),
    RateMeasure("satisfied_rate", "stars_low", "stars_count", "low_star_buyers", numerator_counts_failures=True),
    RateMeasure(
        "escalation_rate",
        "contacts_escalated",
        "contacts_settled",
        None,
        higher_is_better=False,
        shown_only_because="an escalation is a complaint or case that nobody has decided yet, and only a decision may "
        "move a score (clock.md section 5)",
    ),
    SecondsMeasure("priced_response_seconds", "priced_response_mean", "settled"),
    SecondsMeasure("effective_priced_response_seconds", "effective_priced_mean", "settled"),
    SecondsMeasure("response_seconds_mean", "response_mean", "answered"),
    SecondsMeasure("response_seconds_p50", "response_p50", "answered"),
    SecondsMeasure("response_seconds_p90", "response_p90", "answered"),
    SecondsMeasure("first_response_seconds_mean", "first_response_mean"),
    SecondsMeasure("first_response_seconds_p50", "first_response_p50"),
    SecondsMeasure("first_response_seconds_p90", "first_response_p90"),
    SecondsMeasure("effective_response_seconds_mean", "effective_mean"),
    SecondsMeasure("effective_response_seconds_p50", "effective_p50"),
    SecondsMeasure("effective_response_seconds_p90", "effective_p90"),
    PointsMeasure(VIOLATION_POINTS),
)

MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({measure.name: measure for measure in _MEASURES})
"""Every measure by its name."""


def columns_of(measures: Iterable[Measure]) -> tuple[str, ...]:
    """The stored columns that these measures read, sorted, each once."""
    return tuple(sorted({column for measure in measures for column in measure.columns}))
