"""What types cannot say about how shops are rated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.policy.catalogue import MEASURES, PointsMeasure
from governance.policy.problems import Flaw, Path
from governance.policy.sections.shops import ShopDimension
from governance.policy.soundness.measured import flaw_of_rate, flaws_of_measured, repeats_in, weights_that_do_not_add_up

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument


def flaws_of_shops(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the dimensions of the rating."""
    dimensions = document.shops.dimensions
    path: Path = ("shops", "dimensions")
    yield from repeats_in([dimension.key for dimension in dimensions], path, "key")
    yield from weights_that_do_not_add_up(
        [(dimension.key, dimension.weight) for dimension in dimensions], path, "dimensions"
    )
    for number, dimension in enumerate(dimensions):
        yield from _dimension(dimension, (*path, number))
    evaluation = document.shops.evaluation
    if evaluation is not None and (evaluation.weekday is None) == (evaluation.day_of_month is None):
        yield Flaw(
            ("shops", "evaluation"),
            "It must say either on which weekday or on which day of the month grades change.",
            "Write weekday: monday, or day_of_month: 20; for every day remove the section.",
        )
    window = document.longer_window
    if window is not None and window.days <= document.measures_window_days:
        yield Flaw(
            ("longer_window", "days"),
            f"The longer window has {window.days} days, not more than the ordinary one "
            f"({document.measures_window_days}).",
            "Write more days, or remove the section.",
        )


def _dimension(dimension: ShopDimension, path: Path) -> Iterator[Flaw]:
    measure = MEASURES.get(dimension.measure)
    if isinstance(measure, PointsMeasure):
        yield from _points(dimension, path)
        return
    if measure is not None and not measure.is_rate:
        rates = ", ".join(name for name, known in MEASURES.items() if known.is_rate and not known.shown_only_because)
        yield Flaw(
            (*path, "measure"),
            f'"{measure.name}" is in seconds, but a shop is rated by rates only: a mean has no interval, so that '
            "nothing could be proven by it, and it cannot be shrunk to its peers.",
            f"Use one of: {rates}.",
        )
        return
    yield from flaws_of_measured(dimension, path)
    if dimension.small_sample is not None and dimension.curve is None:
        yield Flaw(
            (*path, "small_sample"),
            "Few cases would earn points although the dimension has no curve, so that many would earn none.",
            "Add a curve, or remove the section.",
        )
    if measure is None:
        return
    yield from flaw_of_rate(dimension.target, (*path, "target"), "target")
    line, target = dimension.line, dimension.target
    if line is not None and target is not None and (target < line if measure.higher_is_better else target > line):
        yield Flaw(
            (*path, "target"),
            f"The target {target:g} is worse than the line {line:g}, below which a shop is substandard.",
            "Set a target at least as good as the line.",
        )


def _points(dimension: ShopDimension, path: Path) -> Iterator[Flaw]:
    """The flaws of a dimension of violation points: they are whole numbers from 0 up, and fewer are better."""
    yield from flaws_of_measured(dimension, path)
    if dimension.small_sample is not None:
        yield Flaw(
            (*path, "small_sample"), "Violation points are decided, not sampled: there are no few cases.", "Remove it."
        )
    line, target = dimension.line, dimension.target
    for name, value in (("line", line), ("target", target)):
        if value is not None and value < 0:
            yield Flaw((*path, name), f"{value:g} violation points cannot be.", "Write a number from 0 up.")
    if line is not None and target is not None and target > line:
        yield Flaw(
            (*path, "target"),
            f"The target {target:g} is worse than the line {line:g}, above which a shop is substandard.",
            "Set a target at least as good as the line.",
        )
