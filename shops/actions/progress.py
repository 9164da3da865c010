"""How a long action tells what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long action: its name, how much is done of how much, and a word about the present piece."""

    step: str
    done: int
    total: int
    detail: str = ""


Report = Callable[[Progress], None]
"""Called often; must return quickly."""


def keep_quiet(progress: Progress) -> None:
    """A report that tells nobody."""
