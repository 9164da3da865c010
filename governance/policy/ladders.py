"""The policy's ladders as formulas take them."""

from __future__ import annotations

from governance.formulas.ladders import Ladder
from governance.policy.sections.violations import PenaltyRule, PointLadder


def compile_ladder(rules: PointLadder) -> Ladder:
    """The arithmetic of a ladder."""
    carry = rules.carry_over
    return Ladder(
        nodes=tuple(node.at for node in rules.nodes),
        calendar=rules.period.calendar,
        rolling_days=rules.period.rolling_days,
        carry_at_least=carry.at_least if carry else None,
        carried=carry.carried if carry else None,
        repeat_every=rules.repeat_every,
        only_highest=rules.crossed_at_once == "highest",
    )


def penalties_at(rules: PointLadder, place: int) -> tuple[PenaltyRule, ...]:
    """What the node at a place brings."""
    return rules.nodes[place].penalties
