"""The clock section of a policy: what the facts of the chat log obey, typed.

Governance publishes it, `shops.Standard` keeps it with its date, the turns and the measures read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shops.chat.clock import parse_hours
from shops.chat.hours import MINUTES_A_DAY, Weekly, minutes_of
from shops.chat.text import text_key

MS_PER_SECOND = 1_000
MS_PER_MINUTE = 60 * MS_PER_SECOND
MS_PER_HOUR = 60 * MS_PER_MINUTE
HOURS_PER_WEEK = 168
SECONDS_PER_HOUR = 3_600

WholeNumber = Annotated[int, Field(strict=True)]
"""An integer; texts, fractions and yes/no are refused."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; texts and yes/no are refused."""

Text = Annotated[str, Field(strict=True, min_length=1, max_length=500)]


def _unsound(what: str, remedy: str, field: str | None = None) -> PydanticCustomError:
    """An error that carries its remedy, and the field it is about where a whole section was checked."""
    return PydanticCustomError("unsound", "{what}", {"what": what, "remedy": remedy, "field": field})


def _text_keys(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The keys by which the texts are compared (clock.md section 1): sorted, each once."""
    keys = {text_key(text) or "" for text in texts}
    if "" in keys:
        raise _unsound("One of the texts is nothing but white space or punctuation.", "Remove it from the list.")
    return tuple(sorted(keys))


def _readable_hours(text: str) -> str:
    try:
        weekly = parse_hours(text)
    except ValueError as error:
        raise _unsound(str(error), 'Write for example "mon-fri 09:00-21:00; sat-sun 10:00-18:00".') from error
    if not weekly:
        raise _unsound("The hours are empty.", 'Write for example "mon-sun 08:00-23:00".')
    return text


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _unsound(
            f'"{name}" is not a known time zone.', 'Write an IANA name such as "Asia/Shanghai" or "UTC".'
        ) from error
    return name


Texts = Annotated[tuple[Text, ...], Field(max_length=5_000), AfterValidator(_text_keys)]
"""Texts as their text_keys, so that SQL compares plain strings."""

Hours = Annotated[str, Field(strict=True, max_length=500), AfterValidator(_readable_hours)]
Timezone = Annotated[str, Field(strict=True, max_length=64), AfterValidator(_known_timezone)]


class RepeatedReply(BaseModel):
    """When the same short reply, sent to many, is a brush-off (clock.md section 2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_conversations: WholeNumber = Field(ge=2, le=100_000)
    """Distinct conversations of one UTC day in which the agent sent it."""
    max_chars: WholeNumber = Field(ge=1, le=10_000)
    """Only a reply whose text_key is shorter than this counts."""


class ClockStandard(BaseModel):
    """How waiting is measured. Every number carries its unit; the meanings are those of clock.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer_window_hours: WholeNumber = Field(default=24, ge=1, le=720)
    """W: wall time after the opening buyer message in which an answer counts at all."""
    target_seconds: WholeNumber = Field(default=180, ge=1)
    """A counted wait of at most this is on time."""
    cap_seconds: WholeNumber = Field(default=600, ge=1)
    """What an unanswered turn costs, and the most that a late answer costs, in the priced mean."""
    ignore_replies_under_seconds: Number = Field(default=1, ge=0, le=60)
    """An agent's message sooner than this after the buyer's is an automatic one."""
    off_hours_answer_seconds: WholeNumber = Field(default=600, ge=1)
    """Counted seconds after the next opening in which an off-hours turn wants its answer."""
    resolution_hours: WholeNumber = Field(default=72, ge=1, le=720)
    """Wall time after a contact in which the buyer must not come back, for it to be resolved."""
    default_timezone: Timezone = "UTC"
    """Time zone of shops that were created without one."""
    default_hours: Hours = "mon-sun 08:00-23:00"
    """Hours of shops that have none of their own."""
    minimum_hours_per_week: WholeNumber = Field(default=0, ge=0, le=HOURS_PER_WEEK)
    """The fewest hours that a shop may promise."""
    courtesies: Texts = ()
    """Closing courtesies of buyers: they ask for no answer."""
    holding_phrases: Texts = ()
    """Phrases of agents that answer nothing."""
    repeated_reply: RepeatedReply | None = None
    """None: a reply sent to many is no brush-off."""
    count_bot_served_as: Literal["excluded", "unanswered"] = "excluded"
    """Whether turns that ended with a bot stay outside the rates or count as unanswered."""
    control_totals: Literal["ignored", "where_given", "required"] = "where_given"
    """Whether a date is final for a shop only once the log holds as many messages as the sender says it had."""
    future_tolerance_minutes: WholeNumber = Field(default=10, ge=0, le=1_440)
    """A message from further in the future than this is rejected."""
    timings_retention_days: WholeNumber = Field(default=1_830, ge=30, le=36_500)
    """How long messages are kept without their text; older ones are rejected."""
    text_retention_days: WholeNumber = Field(default=400, ge=1, le=36_500)
    """How long their text is kept."""

    @property
    def answer_window_ms(self) -> int:
        """W in milliseconds."""
        return self.answer_window_hours * MS_PER_HOUR

    @property
    def target_ms(self) -> int:
        """The target in milliseconds."""
        return self.target_seconds * MS_PER_SECOND

    @property
    def cap_ms(self) -> int:
        """The cap in milliseconds."""
        return self.cap_seconds * MS_PER_SECOND

    @property
    def ignore_replies_under_ms(self) -> int:
        """The shortest credible reply time in milliseconds, rounded to whole ones."""
        return round(self.ignore_replies_under_seconds * MS_PER_SECOND)

    @property
    def off_hours_answer_ms(self) -> int:
        """The off-hours target in milliseconds."""
        return self.off_hours_answer_seconds * MS_PER_SECOND

    @property
    def resolution_ms(self) -> int:
        """The resolution window in milliseconds."""
        return self.resolution_hours * MS_PER_HOUR

    @property
    def future_tolerance_ms(self) -> int:
        """The tolerance for clocks that run ahead in milliseconds."""
        return self.future_tolerance_minutes * MS_PER_MINUTE

    @property
    def default_weekly(self) -> Weekly:
        """The default hours as weekly blocks."""
        return parse_hours(self.default_hours) or {}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.cap_seconds < self.target_seconds:
            raise _unsound(
                f"The cap of {self.cap_seconds} s is below the target of {self.target_seconds} s, so that no answer at "
                "all would cost less than a punctual one.",
                "Raise cap_seconds or lower target_seconds.",
                "cap_seconds",
            )
        if self.cap_seconds > self.answer_window_hours * SECONDS_PER_HOUR:
            raise _unsound(
                f"The cap of {self.cap_seconds} s is longer than the answer window of {self.answer_window_hours} h "
                f"({self.answer_window_hours * SECONDS_PER_HOUR} s), so that no unanswered turn could ever count.",
                "Lower cap_seconds or raise answer_window_hours.",
                "cap_seconds",
            )
        if self.resolution_hours < self.answer_window_hours:
            raise _unsound(
                f"A contact would settle after {self.resolution_hours} h, before its last turn can "
                f"({self.answer_window_hours} h).",
                "Raise resolution_hours to at least answer_window_hours.",
                "resolution_hours",
            )
        if self.text_retention_days > self.timings_retention_days:
            raise _unsound(
                f"Texts would be kept for {self.text_retention_days} days, longer than the messages they belong to "
                f"({self.timings_retention_days} days).",
                "Lower text_retention_days or raise timings_retention_days.",
                "text_retention_days",
            )
        if self.minimum_hours_per_week and (hours := hours_per_week(self.default_weekly)) < self.minimum_hours_per_week:
            raise _unsound(
                f"The default hours come to {hours:g} a week, fewer than the minimum of {self.minimum_hours_per_week}.",
                "Extend default_hours or lower minimum_hours_per_week.",
                "default_hours",
            )
        return self


def hours_per_week(weekly: Weekly) -> float:
    """The open hours of an ordinary week, overlapping blocks counted once, blocks across midnight included."""
    week_minutes = 7 * MINUTES_A_DAY
    open_minutes: set[int] = set()
    for day, blocks in weekly.items():
        for start, end in minutes_of(blocks, f"on weekday {day}"):
            begin = day * MINUTES_A_DAY
            open_minutes.update(minute % week_minutes for minute in range(begin + start, begin + end))
    return len(open_minutes) / 60


def read_clock_standard(document: Mapping[str, object]) -> ClockStandard:
    """The stored section, typed. Raises pydantic.ValidationError for one that is unsound."""
    return ClockStandard.model_validate(document)
