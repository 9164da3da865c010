"""The policy document, typed: its sections put together. What this module lets through is sound (`soundness`).

A section lives in a file of its own in `sections`, its checks in a file of the same name in `soundness`. YAML and its
line numbers are read in `reading`, the arithmetic with a policy is `judge`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from governance.policy.problems import format_path
from governance.policy.sections.agents import AgentRules
from governance.policy.sections.base import NotExpressed, Section, Title
from governance.policy.sections.brake import Brake
from governance.policy.sections.gates import Gate
from governance.policy.sections.grades import Grade, GradePrivileges, Provisional
from governance.policy.sections.peaks import Peak
from governance.policy.sections.redress import RedressRules
from governance.policy.sections.shops import ShopRules
from governance.policy.sections.violations import Clause, PointLadder, ViolationRules
from governance.policy.sections.windows import LongerWindow
from governance.policy.soundness import find_flaws
from shops.chat.standard import ClockStandard, Text, WholeNumber

__all__ = ["GradePrivileges", "PolicyDocument", "Title"]


class PolicyDocument(Section):
    """One version of the rules, sound by construction. Equal documents have equal `digest`."""

    format: Literal[1]
    name: Text
    title: Title
    description: Title
    notice_days: WholeNumber = Field(default=7, ge=0, le=365)
    """Days between the publication of the next version by a person and the day that it starts."""
    clock: ClockStandard
    peaks: tuple[Peak, ...] = Field(default=(), max_length=200)
    measures_window_days: WholeNumber = Field(default=30, ge=1, le=366)
    longer_window: LongerWindow | None = None
    """None: one window for everybody."""
    agents: AgentRules
    shops: ShopRules
    grades: tuple[Grade, ...] = Field(min_length=1)
    """From best to worst; the last starts from 0 points."""
    provisional: Provisional
    gates: tuple[Gate, ...] = Field(default=(), max_length=50)
    brake: Brake = Brake()
    violations: ViolationRules = ViolationRules()
    redress: RedressRules = RedressRules()
    not_expressed: tuple[NotExpressed, ...] = ()
    references: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        flaws = find_flaws(self)
        if flaws:
            summary = "; ".join(f"{format_path(flaw.path)}: {flaw.what}" for flaw in flaws)
            raise PydanticCustomError("unsound_document", "{summary}", {"summary": summary, "flaws": flaws})
        return self

    @classmethod
    def from_json(cls, document: str | bytes | Mapping[str, Any]) -> Self:
        """The document from its JSON, as text or already loaded. Raises pydantic.ValidationError for an unsound one.

        What a person wrote is read by `reading.read_policy`, whose messages say what to do.
        """
        return cls.model_validate(json.loads(document) if isinstance(document, str | bytes) else document)

    def to_data(self) -> dict[str, Any]:
        """The document as JSON types, every default written out."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """The canonical JSON text: keys sorted, no spare white space, so that equal documents are equal texts."""
        return json.dumps(self.to_data(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal (64 characters)."""
        return sha256(self.to_json().encode()).hexdigest()

    @property
    def longest_window_days(self) -> int:
        """The most final dates that a shop may be rated by."""
        return max(self.measures_window_days, self.longer_window.days if self.longer_window else 0)

    def privileges_of(self, grade: str, gates: Mapping[str, bool] = MappingProxyType({})) -> GradePrivileges:
        """What a grade grants, widened by the open `gates` and narrowed by the closed ones (is_open by key).

        A grade that this policy does not know grants what is granted provisionally. What one gate takes no other gives.
        """
        granted = next((rung.privileges for rung in self.grades if rung.key == grade), self.provisional.privileges)
        values = granted.model_dump()
        for gate in self.gates:
            if gates.get(gate.key) is True:
                values |= {name: max(values[name], value) for name, value in gate.while_open.named().items()}
        for gate in self.gates:
            if gates.get(gate.key) is False:
                values |= {name: min(values[name], value) for name, value in gate.while_closed.named().items()}
        return GradePrivileges.model_construct(**values)

    def clause(self, key: str) -> Clause | None:
        """The clause of a key; None for one that this policy does not know."""
        return next((clause for clause in self.violations.clauses if clause.key == key), None)

    def ladder(self, key: str) -> PointLadder | None:
        """The ladder of a class of points; None for one that this policy does not know."""
        return next((ladder for ladder in self.violations.ladders if ladder.key == key), None)

    def title_of(self, grade: str) -> Title:
        """The grade's name for people; for a grade that this policy does not know, the provisional one's."""
        return next((rung.title for rung in self.grades if rung.key == grade), self.provisional.title)

    def takes_privilege(self, from_grade: str, to_grade: str) -> bool:
        """True if going from one grade (or "provisional") to another makes any privilege smaller."""
        return bool(self.privileges_of(to_grade).smaller_than(self.privileges_of(from_grade)))
