"""Piecewise-linear curves from a measured value to points."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise


class Curve:
    """Points (0 to 100) by value: straight lines between the given corners, flat outside them.

    Compiled once per policy, then asked once per agent and measure. Source: the score bands of published-rules.md
    (Taobao's experience score, Douyin's 0-100), drawn without steps so that one message never costs a whole band.
    """

    __slots__ = ("_slopes", "is_rising", "points", "values")

    def __init__(self, corners: Sequence[tuple[float, float]]) -> None:
        """Compile `corners`, (value, points) by rising value. Raises ValueError unless `find_flaw` finds none."""
        flaw = find_flaw(corners)
        if flaw:
            raise ValueError(flaw)
        self.values = tuple(float(value) for value, _ in corners)
        self.points = tuple(float(points) for _, points in corners)
        self.is_rising = self.points[-1] > self.points[0]
        self._slopes = tuple(
            (self.points[i + 1] - self.points[i]) / (self.values[i + 1] - self.values[i])
            for i in range(len(self.values) - 1)
        )

    def points_at(self, value: float) -> float:
        """The points of `value`, clamped to the first and last corner."""
        index = bisect_right(self.values, value)
        if index == 0:
            return self.points[0]
        if index == len(self.values):
            return self.points[-1]
        points = self.points[index - 1] + (value - self.values[index - 1]) * self._slopes[index - 1]
        # Rounding must not carry the points past the next corner.
        return min(points, self.points[index]) if self.is_rising else max(points, self.points[index])

    def value_reaching(self, points: float) -> float | None:
        """The worst value that still earns `points`: the smallest on a rising curve, the largest on a falling one.

        -inf or inf where every value earns them; None where no value does.
        """
        corners = range(len(self.values)) if self.is_rising else range(len(self.values) - 1, -1, -1)
        before: int | None = None
        for index in corners:
            if self.points[index] >= points:
                if before is None:
                    return float("-inf") if self.is_rising else float("inf")
                share = (points - self.points[before]) / (self.points[index] - self.points[before])
                return self.values[before] + share * (self.values[index] - self.values[before])
            before = index
        return None


def find_flaw(corners: Sequence[tuple[float, float]]) -> str | None:
    """What keeps `corners` from being a curve, as one sentence; None for a sound one."""
    if len(corners) < 2:
        return "A curve needs at least two corners."
    for (value, _), (following, _) in pairwise(corners):
        if following <= value:
            return f"The values are not in rising order: {following:g} comes after {value:g}."
    for value, points in corners:
        if not 0 <= points <= 100:
            return f"The points {points:g} of the value {value:g} do not lie between 0 and 100."
    first, last = corners[0][1], corners[-1][1]
    if first == last:
        return f"The points are {first:g} at both ends: they must rise or fall all the way."
    for (_, points), (value, following) in pairwise(corners):
        if (following < points) if last > first else (following > points):
            turn, way = ("fall", "rises") if last > first else ("rise", "falls")
            return (
                f"The points {turn} from {points:g} to {following:g} at the value {value:g}, but the whole curve {way}."
            )
    return None
