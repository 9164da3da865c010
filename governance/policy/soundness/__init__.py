"""What types cannot say about a policy: weights that add up, curves, known measures, ladders in order.

A file a section, as in `sections`. Every check returns flaws with their path, so that an author sees all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from governance.policy.problems import Flaw
from governance.policy.soundness.agents import flaws_of_agents
from governance.policy.soundness.consequences import flaws_of_consequences
from governance.policy.soundness.gates import flaws_of_gates
from governance.policy.soundness.grades import flaws_of_grades
from governance.policy.soundness.peaks import flaws_of_peaks
from governance.policy.soundness.redress import flaws_of_redress
from governance.policy.soundness.shops import flaws_of_shops
from governance.policy.soundness.violations import flaws_of_violations

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

CHECKS: Final[tuple[Callable[[PolicyDocument], Iterator[Flaw]], ...]] = (
    flaws_of_peaks,
    flaws_of_agents,
    flaws_of_consequences,
    flaws_of_shops,
    flaws_of_grades,
    flaws_of_gates,
    flaws_of_violations,
    flaws_of_redress,
)
"""One check per section, in the order of the document."""


def find_flaws(document: PolicyDocument) -> list[Flaw]:
    """Everything unsound in a document whose types are right, in the order of the document."""
    return [flaw for check in CHECKS for flaw in check(document)]
