"""Checks that several sections share: weights, names that repeat, measures with their curves and lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import isclose
from typing import Final

from governance.formulas.curves import find_flaw
from governance.policy.catalogue import MEASURES, Measure, PointsMeasure
from governance.policy.problems import Flaw, Path, suggest
from governance.policy.sections.agents import AgentItem
from governance.policy.sections.shops import ShopDimension

WHOLE: Final = 100
"""What weights add up to."""


def flaws_of_measured(entry: AgentItem | ShopDimension, path: Path) -> Iterator[Flaw]:
    """The flaws of what items and dimensions share: measure, weight, curve and line."""
    measure = MEASURES.get(entry.measure)
    if measure is None:
        yield Flaw((*path, "measure"), f'"{entry.measure}" is not a known measure.', suggest(entry.measure, MEASURES))
        return
    if isinstance(measure, PointsMeasure) and isinstance(entry, AgentItem):
        yield Flaw(
            (*path, "measure"),
            f'"{measure.name}" are the shop\'s, and no agent is scored by them.',
            "Use it in a dimension of shops, and another measure here.",
        )
        return
    if measure.shown_only_because and entry.weight:
        yield Flaw(
            (*path, "weight"),
            f'"{measure.name}" cannot weigh anything: {measure.shown_only_because}.',
            "Set its weight to 0; it is then shown without moving a score.",
        )
    if entry.line is not None:
        yield from _line(entry.line, measure, (*path, "line"))
    if entry.curve is None:
        if entry.weight and not measure.shown_only_because:
            yield Flaw(
                path,
                f"It weighs {entry.weight:g} but has no curve.",
                "Add a curve: a list of [value, points] by value.",
            )
        return
    yield from _curve(entry.curve, measure, (*path, "curve"))


def _line(line: float, measure: Measure, path: Path) -> Iterator[Flaw]:
    if isinstance(measure, PointsMeasure):
        return
    if not measure.is_rate:
        yield Flaw(
            path,
            f'"{measure.name}" is in seconds and cannot have a line: a mean has no interval, so that nobody could be '
            "proven below it.",
            "Set the line to null, or put it on a rate such as on_time_rate.",
        )
    elif measure.shown_only_because:
        yield Flaw(path, f'"{measure.name}" cannot have a line: {measure.shown_only_because}.', "Set the line to null.")
    else:
        yield from flaw_of_rate(line, path, "line")


def flaw_of_rate(value: float | None, path: Path, name: str) -> Iterator[Flaw]:
    """The flaw of a value that is no share of 1, if any."""
    if value is not None and not 0 <= value <= 1:
        yield Flaw(path, f"The {name} {value:g} is not a rate.", _as_rate(value))


def _as_rate(value: float) -> str:
    if 1 < value <= 100:
        return f"Write it as a share of 1: {value / 100:g} for {value:g} %."
    return "Write a number between 0 and 1."


def _curve(corners: Sequence[tuple[float, float]], measure: Measure, path: Path) -> Iterator[Flaw]:
    for number, (value, _) in enumerate(corners):
        if measure.is_rate and not 0 <= value <= 1:
            yield Flaw((*path, number), f"The value {value:g} is not a rate.", _as_rate(value))
            return
        if value < 0 and isinstance(measure, PointsMeasure):
            yield Flaw((*path, number), f"{value:g} violation points cannot be.", "Write numbers from 0 up.")
            return
        if value < 0:
            yield Flaw((*path, number), f"The value {value:g} is a negative time.", "Write seconds from 0 up.")
            return
    flaw = find_flaw(corners)
    if flaw:
        yield Flaw(path, flaw, "List the corners as [value, points] by rising value, with points that only go one way.")
    elif (corners[-1][1] > corners[0][1]) != measure.higher_is_better:
        better, way = ("more", "rise") if measure.higher_is_better else ("less", "fall")
        yield Flaw(
            path,
            f'The curve goes the wrong way: of "{measure.name}" {better} is better.',
            f"Let the points {way} with the value.",
        )


def weights_that_do_not_add_up(weights: Sequence[tuple[str, float]], path: Path, whose: str) -> Iterator[Flaw]:
    """The flaw of weights that do not come to 100, if any."""
    total = sum(weight for _, weight in weights)
    if not isclose(total, WHOLE, abs_tol=1e-6):
        listed = ", ".join(f"{name} {weight:g}" for name, weight in weights)
        way = "Raise" if total < WHOLE else "Lower"
        yield Flaw(
            path,
            f"The weights of the {whose} add up to {total:g}, not to 100 ({listed}).",
            f"{way} them by {abs(WHOLE - total):g} in all.",
        )


def repeats_in(names: Iterable[str], path: Path, field: str) -> Iterator[Flaw]:
    """A flaw for each name that is written more than once."""
    for name, count in Counter(names).items():
        if count > 1:
            yield Flaw(path, f'The {field} "{name}" appears {count} times.', "Keep one of them, or rename the others.")
