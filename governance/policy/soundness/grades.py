"""What types cannot say about the ladder of grades."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from governance.formulas.grades import PROVISIONAL
from governance.policy.problems import Flaw, Path
from governance.policy.sections.grades import Grade
from governance.policy.soundness.measured import WHOLE, repeats_in

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument


def flaws_of_grades(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the ladder and of what its rungs grant."""
    grades = document.grades
    yield from repeats_in([grade.key for grade in grades], ("grades",), "key")
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
            f'The worse grade "{worse.key}" grants more ({shown(getattr(worse.privileges, name))}) than the better '
            f'"{better.key}" ({shown(getattr(better.privileges, name))}), so that a rise would take something away.',
            "Grant at most what the better grade grants.",
        )


def shown(privilege: bool | float) -> str:
    """A privilege as it would be written."""
    return str(privilege).lower() if isinstance(privilege, bool) else f"{privilege:g}"
