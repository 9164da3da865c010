"""How agents are scored."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from governance.policy.sections.base import Corner, Section, Title, Weight
from governance.policy.sections.consequences import Consequence
from shops.chat.standard import Number, Text, WholeNumber


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
    """How agents are scored, and what follows from it."""

    min_turns: WholeNumber = Field(ge=1)
    """Counted, settled turns in the window under which there is no score."""
    parts: tuple[AgentPart, ...] = Field(min_length=1)
    consequences: tuple[Consequence, ...] = ()
    """From mild to severe; of several that apply the last one is taken. None: scores have no consequences."""
