"""The policy document, typed. A document that this module lets through is sound: `soundness` has checked it.

YAML and its line numbers are read in `reading`, the arithmetic with a policy is `judge`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from governance.policy.problems import format_path
from governance.policy.soundness import find_flaws
from shops.chat.standard import ClockStandard, Number, Text, WholeNumber

Key = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,19}$")]
"""A name for machines, at most 20 characters."""

Weight = Annotated[Number, Field(ge=0, le=100)]
Points = Annotated[Number, Field(ge=0, le=100)]
Corner = tuple[Number, Number]
"""A value and the points (0 to 100) that it earns."""


class Section(BaseModel):
    """A part of the document: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Section):
    """A text in every language of the product."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    en: Text
    zh_hans: Text = Field(alias="zh-hans")

    def in_language(self, code: str) -> str:
        """The text for a Django language code: Chinese for zh and its variants, else English."""
        return self.zh_hans if code.lower().startswith("zh") else self.en


class AgentItem(Section):
    """One measure of an agent's part. Items of a part weigh 100 together."""

    measure: Text
    weight: Weight
    curve: tuple[Corner, ...] | None = None
    """Needed by every item that weighs anything."""
    line: Number | None = None
    """The standard (a rate). None: nobody can be below it."""
    min_sample: WholeNumber = Field(default=1, ge=1)
    """With fewer cases the item is left out and the others weigh more."""


class AgentPart(Section):
    """A share of an agent's score; each has a column of its own in the scores. Parts weigh 100 together."""

    key: Literal["speed", "quality", "resolution"]
    title: Title
    weight: Weight = Field(gt=0)
    items: tuple[AgentItem, ...] = Field(min_length=1)


class AgentRules(Section):
    """How agents are scored."""

    min_turns: WholeNumber = Field(ge=1)
    """Counted, settled turns in the window under which there is no score."""
    parts: tuple[AgentPart, ...] = Field(min_length=1)


class ShopDimension(Section):
    """One rate that shops are rated by. Dimensions weigh 100 together."""

    key: Key
    title: Title
    measure: Text
    weight: Weight
    curve: tuple[Corner, ...] | None = None
    line: Number | None = None
    target: Number | None = None
    """What a good shop reaches; shown, and what "so many more" counts up to."""
    min_sample: WholeNumber = Field(default=1, ge=1)
    """With fewer cases the shop takes the points of its peers' mean."""


class Step(Section):
    """When a grade changes: so many points beyond the line, on so many dates in a row."""

    margin_points: Points
    after_days: WholeNumber = Field(ge=1, le=366)


class ShopRules(Section):
    """How shops are rated and graded."""

    min_turns: WholeNumber = Field(ge=1)
    """Counted, settled turns in the window under which a shop gets no first grade, or keeps the one it has."""
    new_shop_days: WholeNumber = Field(ge=0, le=3_660)
    """A shop younger than this is provisional."""
    prior_strength: Number = Field(gt=0, le=10_000)
    """The m of clock.md section 6: how many cases of the peers' mean every estimate starts from."""
    dimensions: tuple[ShopDimension, ...] = Field(min_length=1)
    rise: Step
    fall: Step


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


class NotExpressed(Section):
    """A rule of the model marketplace that rests on facts Openline does not hold."""

    rule: Text
    why: Text


class PolicyDocument(Section):
    """One version of the rules, sound by construction. Equal documents have equal `digest`."""

    format: Literal[1]
    name: Text
    title: Title
    description: Title
    clock: ClockStandard
    measures_window_days: WholeNumber = Field(default=30, ge=1, le=366)
    agents: AgentRules
    shops: ShopRules
    grades: tuple[Grade, ...] = Field(min_length=1)
    """From best to worst; the last starts from 0 points."""
    provisional: Provisional
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

    def privileges_of(self, grade: str) -> GradePrivileges:
        """What a grade grants; for a grade that this policy does not know, what it grants provisionally."""
        return next((rung.privileges for rung in self.grades if rung.key == grade), self.provisional.privileges)

    def title_of(self, grade: str) -> Title:
        """The grade's name for people; for a grade that this policy does not know, the provisional one's."""
        return next((rung.title for rung in self.grades if rung.key == grade), self.provisional.title)

    def takes_privilege(self, from_grade: str, to_grade: str) -> bool:
        """True if going from one grade (or "provisional") to another makes any privilege smaller."""
        return bool(self.privileges_of(to_grade).smaller_than(self.privileges_of(from_grade)))
