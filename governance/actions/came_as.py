"""In what state a shop came into a rating day, as its rating keeps it: what replaying it must not look up anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState


@dataclass(frozen=True, slots=True)
class CameAs:
    """The grade of the rating before (None: there was none), its gates, and since when the shop is said to be open."""

    state: GradeState | None
    gates: Sequence[GateState]
    opened_on: date | None

    def to_json(self) -> str:
        """As the rating's row keeps it; of the gates only what the next day follows from, however they were come by."""
        state = self.state and {
            "grade": self.state.grade,
            "since_on": self.state.since_on.isoformat(),
            "candidate": self.state.candidate,
            "candidate_since_on": _iso(self.state.candidate_since_on),
            "reason": self.state.reason,
        }
        gates = [{name: value for name, value in gate.to_data().items() if name != "needs"} for gate in self.gates]
        return json.dumps({"state": state, "gates": gates, "opened_on": _iso(self.opened_on)})

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CameAs:
        """As read from the rating's row."""
        kept = data["state"]
        state = kept and GradeState(
            kept["grade"],
            date.fromisoformat(kept["since_on"]),
            kept["candidate"],
            _date(kept["candidate_since_on"]),
            kept["reason"],
        )
        return cls(state or None, tuple(map(GateState.from_data, data["gates"])), _date(data["opened_on"]))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
