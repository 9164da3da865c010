"""What types cannot say about a policy: weights that add up, curves, known measures, a ladder that goes down.

Every check returns flaws with their path, so that an author sees all of them at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import isclose
from typing import TYPE_CHECKING

from governance.formulas.curves import find_flaw
from governance.formulas.grades import PROVISIONAL
from governance.policy.catalogue import MEASURES, Measure
from governance.policy.problems import Flaw, Path, suggest

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import AgentItem, Grade, PolicyDocument, ShopDimension

WHOLE = 100
"""What weights add up to."""


def find_flaws(document: PolicyDocument) -> list[Flaw]:
    """Everything unsound in a document whose types are right, in the order of the document."""
    return [*_in_agents(document), *_in_shops(document), *_in_grades(document)]


def _in_agents(document: PolicyDocument) -> Iterator[Flaw]:
    parts = document.agents.parts
    yield from _repeats([part.key for part in parts], ("agents", "parts"), "key")
    yield from _weights([(part.key, part.weight) for part in parts], ("agents", "parts"), "parts")
    for number, part in enumerate(parts):
        path: Path = ("agents", "parts", number, "items")
        yield from _repeats([item.measure for item in part.items], path, "measure")
        yield from _weights([(item.measure, item.weight) for item in part.items], path, f'items of "{part.key}"')
        for position, item in enumerate(part.items):
            yield from _measured(item, (*path, position))


def _in_shops(document: PolicyDocument) -> Iterator[Flaw]:
    dimensions = document.shops.dimensions
    path: Path = ("shops", "dimensions")
    yield from _repeats([dimension.key for dimension in dimensions], path, "key")
    yield from _weights([(dimension.key, dimension.weight) for dimension in dimensions], path, "dimensions")
    for number, dimension in enumerate(dimensions):
        yield from _dimension(dimension, (*path, number))


def _dimension(dimension: ShopDimension, path: Path) -> Iterator[Flaw]:
    measure = MEASURES.get(dimension.measure)
    if measure is not None and not measure.is_rate:
        rates = ", ".join(name for name, known in MEASURES.items() if known.is_rate and not known.shown_only_because)
        yield Flaw(
            (*path, "measure"),
            f'"{measure.name}" is in seconds, but a shop is rated by rates only: a mean has no interval, so that '
            "nothing could be proven by it, and it cannot be shrunk to its peers.",
            f"Use one of: {rates}.",
        )
        return
    yield from _measured(dimension, path)
    if measure is None:
        return
    yield from _rate(dimension.target, (*path, "target"), "target")
    line, target = dimension.line, dimension.target
    if line is not None and target is not None and (target < line if measure.higher_is_better else target > line):
        yield Flaw(
            (*path, "target"),
            f"The target {target:g} is worse than the line {line:g}, below which a shop is substandard.",
            "Set a target at least as good as the line.",
        )


def _measured(entry: AgentItem | ShopDimension, path: Path) -> Iterator[Flaw]:
    """The flaws of what items and dimensions share: measure, weight, curve and line."""
    measure = MEASURES.get(entry.measure)
    if measure is None:
        yield Flaw((*path, "measure"), f'"{entry.measure}" is not a known measure.', suggest(entry.measure, MEASURES))
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
        yield from _rate(line, path, "line")


def _rate(value: float | None, path: Path, name: str) -> Iterator[Flaw]:
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


def _in_grades(document: PolicyDocument) -> Iterator[Flaw]:
    grades = document.grades
    yield from _repeats([grade.key for grade in grades], ("grades",), "key")
    for number, grade in enumerate(grades):
        if grade.key == PROVISIONAL:
            yield Flaw(
                ("grades", number, "key"),
                f'"{PROVISIONAL}" is the grade of shops that have none yet.',
                "Choose another key; what such shops may do stands under `provisional`.",
            )
    for number, (better, worse) in enumerate(pairwise(grades), start=1):
        yield from _rungs(better, worse, ("grades", number))
    if grades[-1].from_points != 0:
        yield Flaw(
            ("grades", len(grades) - 1, "from_points"),
            f'The worst grade "{grades[-1].key}" starts from {grades[-1].from_points:g} points, so that shops with '
            "fewer would have no grade.",
            "Let it start from 0.",
        )
    margin, best = document.shops.rise.margin_points, grades[0]
    if len(grades) > 1 and best.from_points + margin > WHOLE:
        yield Flaw(
            ("shops", "rise", "margin_points"),
            f'Nobody could rise to "{best.key}": {best.from_points:g} points and a margin of {margin:g} are over 100.',
            f"Lower the margin to at most {WHOLE - best.from_points:g}, or let the grade start from fewer points.",
        )


def _rungs(better: Grade, worse: Grade, path: Path) -> Iterator[Flaw]:
    if worse.from_points >= better.from_points:
        yield Flaw(
            (*path, "from_points"),
            f'"{worse.key}" starts from {worse.from_points:g} points, not below "{better.key}" before it '
            f"({better.from_points:g}).",
            "Order the grades from best to worst, each from fewer points than the one before.",
        )
    for name in better.privileges.smaller_than(worse.privileges):
        yield Flaw(
            (*path, "privileges", name),
            f'The worse grade "{worse.key}" grants more ({_shown(getattr(worse.privileges, name))}) than the better '
            f'"{better.key}" ({_shown(getattr(better.privileges, name))}), so that a rise would take something away.',
            "Grant at most what the better grade grants.",
        )


def _shown(privilege: bool | float) -> str:
    return str(privilege).lower() if isinstance(privilege, bool) else f"{privilege:g}"


def _weights(weights: Sequence[tuple[str, float]], path: Path, whose: str) -> Iterator[Flaw]:
    total = sum(weight for _, weight in weights)
    if not isclose(total, WHOLE, abs_tol=1e-6):
        listed = ", ".join(f"{name} {weight:g}" for name, weight in weights)
        way = "Raise" if total < WHOLE else "Lower"
        yield Flaw(
            path,
            f"The weights of the {whose} add up to {total:g}, not to 100 ({listed}).",
            f"{way} them by {abs(WHOLE - total):g} in all.",
        )


def _repeats(names: Iterable[str], path: Path, field: str) -> Iterator[Flaw]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Flaw(path, f'The {field} "{name}" appears {count} times.', "Keep one of them, or rename the others.")
