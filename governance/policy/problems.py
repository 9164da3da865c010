"""What is wrong with a policy document: where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Where something stands in the document: keys and list positions (from 0) from the top down."""


class Flaw(NamedTuple):
    """Something unsound in a document, before anybody knows on which line it was written."""

    path: Path
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One flaw as an author reads it. `line` counts from 1 and is None where the document was not a text."""

    path: Path
    line: int | None
    what: str
    remedy: str

    @property
    def where(self) -> str:
        """For example `shops.dimensions[2].weight (line 41)`."""
        place = format_path(self.path) or "the document"
        return place if self.line is None else f"{place} (line {self.line})"

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


class PolicyError(ValueError):
    """A document that is no policy, with every problem found in it."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{source}: {count}.", *(f"- {problem}" for problem in self.problems)]))


def format_path(path: Path) -> str:
    """For example `shops.dimensions[2].weight`; empty for the document itself."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def suggest(name: str, known: Iterable[str]) -> str:
    """A remedy for a name nobody knows: the one that was probably meant, else all of them."""
    names = sorted(known)
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    return f"Use one of: {', '.join(names)}."
