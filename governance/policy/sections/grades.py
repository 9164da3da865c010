"""The grades of shops and what each grants."""

from __future__ import annotations

from pydantic import Field, StrictBool

from governance.policy.sections.base import Key, Points, Section, Title
from shops.chat.standard import Number, WholeNumber


class GradePrivileges(Section):
    """What a shop may do."""

    keyword_limit: WholeNumber = Field(ge=0, le=1_000_000)
    blocked_buyer_limit: WholeNumber = Field(ge=0, le=1_000_000)
    may_join_campaigns: StrictBool
    search_weight: Number = Field(ge=0, lt=100, multiple_of=0.01)
    """1 is neutral; two decimals."""
    may_list: StrictBool

    def smaller_than(self, other: GradePrivileges) -> tuple[str, ...]:
        """The names of the privileges that are less here than in `other`, in the order of this class."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) < getattr(other, name))


class Grade(Section):
    """A rung of the ladder."""

    key: Key
    title: Title
    from_points: Points
    privileges: GradePrivileges


class Provisional(Section):
    """The grade of shops that are too new or too quiet for one."""

    title: Title
    privileges: GradePrivileges
