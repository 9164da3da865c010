"""What types cannot say about the consequences for agents: an order, a gate for severe ones, facts that can exist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from governance.policy.problems import Flaw, Path
from governance.policy.sections.consequences import HELD_KINDS, MILD_TO_SEVERE, Consequence
from governance.policy.soundness.measured import repeats_in

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

PLACE: Path = ("agents", "consequences")


def flaws_of_consequences(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the list and of each consequence in it."""
    consequences = document.agents.consequences
    yield from repeats_in([consequence.key for consequence in consequences], PLACE, "key")
    for number, (milder, severer) in enumerate(pairwise(consequences), start=1):
        if MILD_TO_SEVERE.index(severer.kind) < MILD_TO_SEVERE.index(milder.kind):
            yield Flaw(
                (*PLACE, number, "kind"),
                f'"{severer.key}" ({severer.kind}) is milder than "{milder.key}" ({milder.kind}) before it, but of '
                "several that apply the last one is taken.",
                f"List the consequences from mild to severe: {', '.join(MILD_TO_SEVERE)}.",
            )
    kinds = {consequence.kind for consequence in consequences}
    for number, consequence in enumerate(consequences):
        path: Path = (*PLACE, number)
        if consequence.automatic and consequence.kind in HELD_KINDS:
            yield Flaw(
                (*path, "automatic"),
                f'"{consequence.key}" would put people {consequence.kind.replace("_", " ")} without anybody having '
                "looked at it.",
                "Set it to false: a person then releases each one.",
            )
        yield from _in_grounds(document, consequence, path)
        after = consequence.when.after
        if after is not None and after.kind not in kinds:
            yield Flaw(
                (*path, "when", "after", "kind"),
                f'"{consequence.key}" follows a {after.kind}, but no consequence of this policy is one.',
                f"Add a consequence of the kind {after.kind}, or follow one of: {', '.join(sorted(kinds))}.",
            )


def _in_grounds(document: PolicyDocument, consequence: Consequence, path: Path) -> Iterator[Flaw]:
    grounds = consequence.when
    if grounds.below_days > grounds.within_days:
        yield Flaw(
            (*path, "when", "below_days"),
            f"{grounds.below_days} days cannot lie within {grounds.within_days} days.",
            "Lower below_days or raise within_days.",
        )
    parts = {part.key: part for part in document.agents.parts}
    part = parts.get(grounds.part) if grounds.part else None
    if grounds.part and (part is None or all(item.line is None for item in part.items)):
        yield Flaw(
            (*path, "when", "part"),
            f'Nobody can be below standard in "{grounds.part}": the score has no line there.',
            "Name a part with a line, or leave `part` out.",
        )
    after = grounds.after
    needed = document.measures_window_days + grounds.below_days
    if after is not None and after.within_days < needed:
        yield Flaw(
            (*path, "when", "after", "within_days"),
            f"{after.within_days} days are too few for anybody to be judged by: a turn counts once, so that a whole "
            f"window of {document.measures_window_days} days and {grounds.below_days} scored days have to pass first.",
            f"Write at least {needed}.",
        )
