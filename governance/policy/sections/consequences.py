"""What follows for an agent who is proven below standard, from mild to severe."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field, StrictBool

from governance.policy.sections.base import Key, Section, Title
from shops.chat.standard import WholeNumber

ConsequenceKind = Literal["coaching_notice", "training_required", "off_duty"]
MILD_TO_SEVERE: Final[tuple[ConsequenceKind, ...]] = get_args(ConsequenceKind)
HELD_KINDS: Final[tuple[ConsequenceKind, ...]] = ("off_duty",)
"""So severe that a second person releases them, whoever or whatever decided."""

PartKey = Literal["speed", "quality", "resolution"]


class Earlier(Section):
    """An earlier consequence that this one follows: one that took effect and was not withdrawn."""

    kind: ConsequenceKind
    within_days: WholeNumber = Field(ge=1, le=1_830)
    """At most so many days between the last days of the two facts."""


class Grounds(Section):
    """The facts that a consequence takes: so many scored days proven below standard.

    Only scores whose whole window lies after the facts of every earlier decision about the agent count, so that no turn
    is ever held against anybody twice.
    """

    below_days: WholeNumber = Field(ge=1, le=366)
    within_days: WholeNumber = Field(ge=1, le=366)
    """Counted back from the judged day, included. The agent must be below standard on that day, too."""
    in_a_row: StrictBool = False
    """True: the newest so many scored days, without a better one between them."""
    part: PartKey | None = None
    """None: below any line. Else below a line of this part of the score."""
    after: Earlier | None = None


class Consequence(Section):
    """One consequence, which is also the clause that a decision names."""

    key: Key
    kind: ConsequenceKind
    title: Title
    when: Grounds
    automatic: StrictBool
    """False: held, without any effect, until a person releases it."""
    lasts_days: WholeNumber = Field(ge=1, le=366)
    """From the day it takes effect: how long off duty, until when training is due, how long a notice stays current."""
    cooldown_days: WholeNumber = Field(default=0, ge=0, le=366)
    """Days after the facts of the newest earlier decision that do not count, beside those whose turns it counted."""
