"""What was measured of one agent or shop under one measure."""

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    """One measured value with the numbers behind it. `value` is None where nothing could be measured, never 0."""

    value: float | None
    """A rate (0 to 1) or seconds."""
    numerator: int | None = None
    """A rate's cases; None for seconds."""
    denominator: int | None = None
    """All cases of a rate; for seconds the number of waits, where it is stored."""
    affected_buyers: int = 0
    """Distinct buyers among a rate's failing cases (clock.md section 5)."""


def rate_sample(numerator: int, denominator: int, affected_buyers: int = 0) -> Sample:
    """The sample of a rate; its value is None for a denominator of 0."""
    value = numerator / denominator if denominator else None
    return Sample(value, numerator, denominator, affected_buyers)


def rounded(value: float | None, decimals: int) -> float | None:
    """`value` to that many decimals; None stays None."""
    return None if value is None else round(value, decimals)
