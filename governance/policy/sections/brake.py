"""The brake: when a night takes so much from so many that a person must look first."""

from __future__ import annotations

from pydantic import Field

from governance.policy.sections.base import Section
from shops.chat.standard import Number, WholeNumber


class Brake(Section):
    """A day that would take privileges from more shops than this is held: the night when a feed was lost looks so."""

    max_share_losing: Number = Field(default=0.05, ge=0, le=1)
    """Of the shops that hold privileges. 1 never holds anything."""
    at_least_shops: WholeNumber = Field(default=5, ge=1, le=1_000_000)
    """Fewer losing shops than this hold nothing, whatever share they are."""

    def holds(self, losing: int, holding: int) -> bool:
        """True if a day on which so many of so many shops would lose something waits for a person."""
        return losing >= self.at_least_shops and losing > self.max_share_losing * holding
