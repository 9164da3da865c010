"""How shops are rated, and when their grade changes."""

from __future__ import annotations

from pydantic import Field

from governance.policy.sections.base import Corner, Key, Points, Section, Title, Weight
from shops.chat.standard import Number, Text, WholeNumber


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
