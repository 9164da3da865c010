"""Gates: privileges and programmes by conditions of their own, beside the grade."""

from __future__ import annotations

from typing import Final

from pydantic import Field, StrictBool

from governance.policy.sections.base import Key, Section, Title
from shops.chat.standard import Number, Text, WholeNumber

POINTS: Final = "points"
TURNS: Final = "turns"
AGE_DAYS: Final = "age_days"


class FewCases(Section):
    """A count instead of a rate: with few cases it matters how many failed, not which share."""

    below_cases: WholeNumber = Field(ge=1, le=1_000_000)
    bad_at_most: WholeNumber = Field(ge=0, le=1_000_000)


class Need(Section):
    """One condition of a gate."""

    of: Text
    """`points` of the rating, settled `turns`, `age_days` of the shop, or a measure."""
    at_least: Number | None = None
    at_most: Number | None = None
    mean_of_days: WholeNumber = Field(default=1, ge=1, le=31)
    """For points: their mean over the ratings of so many dates, the day itself included."""
    buyers_at_most: WholeNumber | None = Field(default=None, ge=0, le=1_000_000)
    """For a rate: and at most so many distinct buyers among its failing cases."""
    or_buyers_at_most: WholeNumber | None = Field(default=None, ge=0, le=1_000_000)
    """For a rate: met whatever the rate, as long as at most so many distinct buyers are affected."""
    few_cases: FewCases | None = None
    """For a rate: a count instead of it while there are few cases."""


class GatePrivileges(Section):
    """Privileges that a gate speaks about; None leaves one to the grade."""

    keyword_limit: WholeNumber | None = Field(default=None, ge=0, le=1_000_000)
    blocked_buyer_limit: WholeNumber | None = Field(default=None, ge=0, le=1_000_000)
    may_join_campaigns: StrictBool | None = None
    search_weight: Number | None = Field(default=None, ge=0, lt=100, multiple_of=0.01)
    may_list: StrictBool | None = None

    def named(self) -> dict[str, bool | int | float]:
        """The privileges that it speaks about, with their values."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class Gate(Section):
    """A programme or privileges that a shop has while it meets every need. Without privileges it is a badge."""

    key: Key
    title: Title
    needs: tuple[Need, ...] = Field(min_length=1, max_length=20)
    opens_after_days: WholeNumber = Field(default=1, ge=1, le=366)
    """Dates in a row on which every need is met, before it opens."""
    closes_after_days: WholeNumber = Field(default=1, ge=1, le=366)
    """Dates in a row on which a need is missed, before it closes."""
    needs_proof: StrictBool = True
    """Closing needs proof, as a fall of the grade does (clock.md section 6). False: the published rule is plain."""
    while_open: GatePrivileges = GatePrivileges()
    """At least this, whatever the grade grants."""
    while_closed: GatePrivileges = GatePrivileges()
    """At most this, whatever the grade grants."""
