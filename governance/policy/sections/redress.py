"""The channel for complaints and appeals: what may be complained about, by when each side acts, who may appeal."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import Field

from governance.policy.sections.base import Key, Section, Title
from shops.chat.standard import Number, Text, WholeNumber

ComplaintKind = Literal[
    "interception", "no_answer", "brush_off", "narrowing", "attitude", "redirection", "goods", "other"
]
COMPLAINT_KINDS: Final[tuple[ComplaintKind, ...]] = get_args(ComplaintKind)

Party = Literal["shop", "agent", "buyer"]
DecisionGroup = Literal["violation", "no_violation", "agent_consequence"]
"""What an appeal may be against: points and penalties, a complaint without ground, coaching to off duty."""

RemedyKind = Literal["message_delivered", "answer", "apology", "compensation", "none"]


class ComplaintRules(Section):
    """How one kind of complaint is taken."""

    kind: ComplaintKind
    title: Title
    evidence: Title
    """What helps to prove it, said on the form. The conversation itself is always taken from the chat log."""
    clauses: tuple[Key, ...] = Field(default=(), max_length=20)
    """Those of the policy's clauses that it is usually about; offered first to whoever decides."""
    priority: WholeNumber = Field(default=2, ge=1, le=3)
    """1 is drawn first."""
    decide_within_hours: WholeNumber = Field(default=120, ge=1, le=2_000)
    """Of the platform's service clock, from receipt to decision, pauses left out."""


class EvidenceLimits(Section):
    """What may be uploaded."""

    max_files: WholeNumber = Field(default=20, ge=1, le=200)
    """A complaint may hold, per side."""
    max_megabytes: WholeNumber = Field(default=20, ge=1, le=500)
    """Of one file."""
    max_megapixels: WholeNumber = Field(default=50, ge=1, le=500)
    """Of one picture."""


class AppealRight(Section):
    """Who may appeal against what, within how long, how often. What is not listed cannot be appealed."""

    who: Party
    against: DecisionGroup
    within_days: WholeNumber = Field(ge=1, le=366)
    """After the decision took effect, in whole days; the last one ends at midnight in the platform's time zone."""
    times: WholeNumber = Field(default=1, ge=1, le=10)
    decided_within_hours: WholeNumber = Field(default=40, ge=1, le=2_000)
    """Of the platform's service clock."""


class RedressRules(Section):
    """Complaints and appeals."""

    complaints: tuple[ComplaintRules, ...] = Field(default=(), max_length=20)
    """Kinds that are not listed are taken with the defaults of `other`."""
    desk_hours: Text = "mon-fri 09:00-18:00"
    """The platform's service clock, in its own time zone; imported holidays of the platform are closed."""
    refuse_within_hours: WholeNumber = Field(default=63, ge=1, le=2_000)
    """Accept or refuse: seven working days of nine hours."""
    shop_reply_hours: WholeNumber = Field(default=72, ge=1, le=720)
    """Wall time in which the shop is heard; the desk's own clock is paused meanwhile."""
    buyer_reply_hours: WholeNumber = Field(default=120, ge=1, le=2_000)
    """Wall time in which a buyer who is asked something answers."""
    file_within_days: WholeNumber = Field(default=180, ge=1, le=3_660)
    """After what happened, how long one may complain (DSA Art. 20: six months)."""
    lease_minutes: WholeNumber = Field(default=30, ge=1, le=1_440)
    """How long drawn work stays with a person who does not touch it."""
    escalate_before_hours: WholeNumber = Field(default=8, ge=0, le=2_000)
    """Of the desk's clock before the deadline: the complaint goes up in the queue."""
    flood_per_day: WholeNumber = Field(default=500, ge=1, le=1_000_000)
    """More complaints of one local date than this get their due dates one desk day later for each further so many."""
    review_share: Number = Field(default=0.1, ge=0, le=1)
    """Of complaints decided without a violation: reviewed blind by a second person."""
    evidence: EvidenceLimits = EvidenceLimits()
    evidence_kept_days: WholeNumber = Field(default=1_095, ge=30, le=3_660)
    """After the last appeal can be filed (China E-Commerce Law: three years)."""
    appeals: tuple[AppealRight, ...] = Field(default=(), max_length=20)
    outside_routes: Title = Title(
        en="You may also turn to the consumer association or the market regulator where you live.",
        zh_hans="您也可以向所在地的消费者协会或市场监管部门投诉。",
    )
    """Told with every refusal and every decision that finds no violation."""

    def complaint_rules(self, kind: str) -> ComplaintRules:
        """The rules of a kind; those of `other`, or the defaults, where the policy does not list it."""
        listed = {rules.kind: rules for rules in self.complaints}
        return listed.get(kind) or listed.get("other") or DEFAULT_COMPLAINT  # type: ignore[call-overload]

    def right_of(self, who: str, against: str) -> AppealRight | None:
        """The right of a party to appeal against a group of decisions; None where it has none."""
        return next((right for right in self.appeals if (right.who, right.against) == (who, against)), None)


DEFAULT_COMPLAINT: Final = ComplaintRules(
    kind="other",
    title=Title(en="Something else", zh_hans="其他"),
    evidence=Title(en="Whatever shows what happened.", zh_hans="能说明情况的任何材料。"),
)
