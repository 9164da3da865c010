"""The reference agrees with every hand-written case of the clock table."""

from __future__ import annotations

import pytest

from shops.chat.clock import ServiceClock
from tests.reference.cases import ALL_CASES, START, Case, log
from tests.reference.cases.building import HOUR, LATER, RULES, buyer, handoff
from tests.reference.clock_table import turns


@pytest.mark.parametrize(
    "case",
    ALL_CASES,
    ids=lambda case: case.fact,
)
def test_clock_table(case: Case) -> None:
    found = turns(log(case.rows), case.rules, START + case.as_of, {"s": case.clock})

    shown = [{name: getattr(turn, name) for name in wanted} for turn, wanted in zip(found, case.turns, strict=True)]
    assert shown == list(case.turns)


def test_turn_belongs_to_the_local_date_of_its_hand_off() -> None:
    # 10:00 UTC is 18:00 in Shanghai: the day ends there after 6 h.
    shanghai = ServiceClock("Asia/Shanghai", {day: [("00:00", "24:00")] for day in range(7)})
    for at, day in ((6 * HOUR - 1, "2026-03-02"), (6 * HOUR, "2026-03-03")):
        (turn,) = turns(log((buyer(0), handoff(at))), RULES, START + LATER, {"s": shanghai})
        assert turn.local_date == day
