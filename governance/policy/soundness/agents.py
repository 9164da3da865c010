"""What types cannot say about how agents are scored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.policy.problems import Flaw, Path
from governance.policy.soundness.measured import flaws_of_measured, repeats_in, weights_that_do_not_add_up

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument


def flaws_of_agents(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the parts and items of the score."""
    parts = document.agents.parts
    yield from repeats_in([part.key for part in parts], ("agents", "parts"), "key")
    yield from weights_that_do_not_add_up([(part.key, part.weight) for part in parts], ("agents", "parts"), "parts")
    for number, part in enumerate(parts):
        path: Path = ("agents", "parts", number, "items")
        yield from repeats_in([item.measure for item in part.items], path, "measure")
        yield from weights_that_do_not_add_up(
            [(item.measure, item.weight) for item in part.items], path, f'items of "{part.key}"'
        )
        for position, item in enumerate(part.items):
            yield from flaws_of_measured(item, (*path, position))
