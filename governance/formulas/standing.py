"""Where a rate stands against a line, so that a small sample never costs anybody anything."""

from __future__ import annotations

from typing import Final, Literal

Standing = Literal["below", "at", "not_proven", "no_sample"]

BELOW: Final = "below"
AT: Final = "at"
NOT_PROVEN: Final = "not_proven"
NO_SAMPLE: Final = "no_sample"

AFFECTED_BUYERS_TO_PROVE: Final = 3
"""Distinct buyers who must be affected before anybody is below standard: one angry buyer proves nothing."""


def judge_standing(
    interval: tuple[float, float] | None, line: float, *, higher_is_better: bool, affected_buyers: int
) -> Literal["below", "at", "not_proven"]:
    """Where a rate with this Wilson interval stands against `line`.

    `below` only when proven: the whole interval lies on the wrong side of the line and at least 3 distinct buyers are
    affected. `at` when the whole interval lies on the right side, the line included. Else `not_proven`, which costs
    nothing; so does no interval. Source: clock.md section 6.
    """
    if interval is None:
        return NOT_PROVEN
    low, high = interval
    if higher_is_better:
        is_below, is_at = high < line, low >= line
    else:
        is_below, is_at = low > line, high <= line
    if is_at:
        return AT
    if is_below and affected_buyers >= AFFECTED_BUYERS_TO_PROVE:
        return BELOW
    return NOT_PROVEN
