"""How shops are rated, and when their grade changes."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from pydantic import Field

from governance.policy.sections.base import Corner, Key, Points, Section, Title, Weight
from shops.chat.standard import Number, Text, WholeNumber

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class SmallSample(Section):
    """What a dimension earns while it has few cases, instead of the points of its curve."""

    below_cases: WholeNumber = Field(ge=1, le=1_000_000)
    """It applies to fewer cases than this, to none as well."""
    bad_at_most: WholeNumber | None = Field(default=None, ge=0, le=1_000_000)
    """It applies only with at most so many failing cases. None: with any number."""
    points: Points
    """Out of 100, as on a curve."""
    points_lost_per_bad: Points = 0
    """Taken off for each failing case, down to 0."""


class FewTurns(Section):
    """The points of a shop that is too quiet to be rated by what it did."""

    below_turns: WholeNumber = Field(ge=1, le=1_000_000)
    """Counted, settled turns in the window under which it applies."""
    points: Points


class Evaluation(Section):
    """The only days on which grades and gates change; points are rated every day. One of the two is given."""

    weekday: Weekday | None = None
    day_of_month: WholeNumber | None = Field(default=None, ge=1, le=28)

    def falls_on(self, day: date) -> bool:
        """True if grades and gates may change on this day."""
        if self.day_of_month is not None:
            return day.day == self.day_of_month
        return day.weekday() == get_args(Weekday).index(self.weekday)


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
    small_sample: SmallSample | None = None
    """Points of their own for few cases. None: few cases lean on the peers."""


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
    few_turns: FewTurns | None = None
    """Flat points for quiet shops. None: what is not measured leans on the peers."""
    evaluation: Evaluation | None = None
    """None: grades and gates may change every day."""
    rise: Step
    fall: Step
