"""What types cannot say about gates: what they may ask for, and that closing never gives more than opening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from governance.policy.catalogue import MEASURES, Measure, PointsMeasure, RateMeasure
from governance.policy.problems import Flaw, Path, suggest
from governance.policy.sections.gates import AGE_DAYS, POINTS, TURNS, Gate, Need
from governance.policy.soundness.grades import shown
from governance.policy.soundness.measured import WHOLE, flaw_of_rate, repeats_in

if TYPE_CHECKING:
    # The schema calls these checks, so it cannot be imported where the program runs.
    from governance.policy.schema import PolicyDocument

OF_RATES_ONLY: Final = ("buyers_at_most", "or_buyers_at_most", "few_cases")


def flaws_of_gates(document: PolicyDocument) -> Iterator[Flaw]:
    """The flaws of gates, their needs and their privileges."""
    yield from repeats_in([gate.key for gate in document.gates], ("gates",), "key")
    for number, gate in enumerate(document.gates):
        path: Path = ("gates", number)
        for position, need in enumerate(gate.needs):
            yield from _need(need, gate, (*path, "needs", position))
        yield from _privileges(gate, path)


def _need(need: Need, gate: Gate, path: Path) -> Iterator[Flaw]:
    measure = MEASURES.get(need.of)
    if measure is None and need.of not in {POINTS, TURNS, AGE_DAYS}:
        yield Flaw(
            (*path, "of"),
            f'"{need.of}" is nothing that a gate can ask about.',
            suggest(need.of, [POINTS, TURNS, AGE_DAYS, *MEASURES]),
        )
        return
    yield from _bounds(need, path)
    if need.mean_of_days > 1 and need.of != POINTS:
        yield Flaw(
            (*path, "mean_of_days"),
            f'Only points have a mean over days; "{need.of}" is measured over the whole window already.',
            "Remove it.",
        )
    if not isinstance(measure, RateMeasure) or measure.affected is None:
        for name in OF_RATES_ONLY:
            if getattr(need, name) is not None:
                yield Flaw((*path, name), f'"{need.of}" has no failing cases and no affected buyers.', "Remove it.")
    if measure is not None:
        yield from _measured(need, measure, gate, path)


def _bounds(need: Need, path: Path) -> Iterator[Flaw]:
    bounds = [bound for bound in (need.at_least, need.at_most) if bound is not None]
    if len(bounds) > 1:
        yield Flaw(path, "It has two bounds.", "Keep at_least or at_most, or write two needs.")
    elif not bounds and need.buyers_at_most is None:
        yield Flaw(path, "It asks for nothing.", "Add at_least or at_most.")
    elif not bounds and (need.few_cases or need.or_buyers_at_most is not None):
        yield Flaw(path, "There is no rate that counts could replace.", "Add at_least or at_most.")
    if need.of == POINTS and bounds and not 0 <= bounds[0] <= WHOLE:
        yield Flaw(path, f"{bounds[0]:g} are no points.", "Write a number between 0 and 100.")


def _measured(need: Need, measure: Measure, gate: Gate, path: Path) -> Iterator[Flaw]:
    if measure.shown_only_because:
        yield Flaw((*path, "of"), f'"{measure.name}" cannot open or close a gate: {measure.shown_only_because}.',
                   "Ask for another measure.")  # fmt: skip
        return
    if isinstance(measure, PointsMeasure):
        yield Flaw(
            (*path, "of"),
            f'"{measure.name}" cannot open or close a gate: points bring penalties by the nodes of their ladder.',
            "Write the limit as a penalty of a node under violations.ladders, or ask for another measure.",
        )
        return
    if not measure.is_rate and gate.needs_proof:
        yield Flaw(
            (*path, "of"),
            f'"{measure.name}" is in seconds, and nothing can be proven by a mean, so that the gate could never close.',
            "Ask for a rate such as on_time_rate, or write needs_proof: false where the published rule is a mean.",
        )
    name = "at_least" if need.at_least is not None else "at_most"
    bound = need.at_least if need.at_least is not None else need.at_most
    if bound is None:
        return
    if measure.is_rate:
        yield from flaw_of_rate(bound, (*path, name), "bound")
    elif bound < 0:
        yield Flaw((*path, name), f"The bound {bound:g} is a negative time.", "Write seconds from 0 up.")
    right = "at_least" if measure.higher_is_better else "at_most"
    if name != right:
        better = "more" if measure.higher_is_better else "less"
        yield Flaw((*path, name), f'Of "{measure.name}" {better} is better, so that this would shut good shops out.',
                   f"Write {right}.")  # fmt: skip


def _privileges(gate: Gate, path: Path) -> Iterator[Flaw]:
    opened = gate.while_open.named()
    for name, value in gate.while_closed.named().items():
        if name in opened and value > opened[name]:
            yield Flaw(
                (*path, "while_closed", name),
                f'"{gate.key}" grants more while it is closed ({shown(value)}) than while it is open '
                f"({shown(opened[name])}).",
                "Grant at most what the open gate grants.",
            )
