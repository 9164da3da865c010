"""What types cannot say about complaints and appeals: clauses that exist, nothing twice, hours that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from governance.policy.problems import Flaw, Path, suggest
from governance.policy.soundness.measured import repeats_in
from shops.chat.clock import parse_hours

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

PLACE: Path = ("redress",)


def flaws_of_redress(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of the complaints, of the desk's hours and of the rights to appeal."""
    redress = document.redress
    path: Path = (*PLACE, "complaints")
    yield from repeats_in([rules.kind for rules in redress.complaints], path, "kind")
    known = [clause.key for clause in document.violations.clauses]
    for number, rules in enumerate(redress.complaints):
        yield from repeats_in(rules.clauses, (*path, number, "clauses"), "clause")
        for position, key in enumerate(rules.clauses):
            if key not in known:
                yield Flaw(
                    (*path, number, "clauses", position),
                    f'"{key}" is no clause of this policy.',
                    suggest(key, known) if known else "Remove it, or add the clause under violations.clauses.",
                )
        if redress.escalate_before_hours >= rules.decide_within_hours:
            yield Flaw(
                (*path, number, "decide_within_hours"),
                f"Every complaint of this kind would be urgent from the start: it is decided within "
                f"{rules.decide_within_hours} hours and goes up {redress.escalate_before_hours} hours before.",
                "Raise it, or lower escalate_before_hours.",
            )
    yield from _desk_hours(redress.desk_hours)
    rights = Counter((right.who, right.against) for right in redress.appeals)
    for (who, against), count in rights.items():
        if count > 1:
            yield Flaw(
                (*PLACE, "appeals"),
                f"The right of the {who} to appeal against {against} appears {count} times.",
                "Keep one of them.",
            )


def _desk_hours(text: str) -> Iterator[Flaw]:
    path: Path = (*PLACE, "desk_hours")
    try:
        weekly = parse_hours(text)
    except ValueError as error:
        yield Flaw(path, str(error), 'Write for example "mon-fri 09:00-18:00".')
        return
    if not any((weekly or {}).values()):
        yield Flaw(path, "The desk is never open, so that nothing would ever be due.",
                   'Write for example "mon-fri 09:00-18:00".')  # fmt: skip
