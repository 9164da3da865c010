"""What a shop must not do, and the ladders on which points for it add up to penalties."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from governance.policy.sections.base import Key, Section, Title
from governance.policy.sections.gates import GatePrivileges
from shops.chat.standard import Number, Text, WholeNumber

PenaltyKind = Literal["public_warning", "restriction", "closure"]
"""A warning shown to everybody, privileges reduced for a span, the shop or its account closed by other systems."""

Money = Text
"""A three-letter currency code (ISO 4217)."""


class PenaltyRule(Section):
    """One penalty that a node or a clause brings."""

    kind: PenaltyKind
    title: Title
    days: WholeNumber | None = Field(default=None, ge=1, le=3_660)
    """None: until it is reversed."""
    limits: GatePrivileges = GatePrivileges()
    """At most this, whatever the grade grants, while it is in force."""
    held: StrictBool = False
    """True: the decision that brings it has no effect until a second person releases it."""
    suspended_by_appeal: StrictBool = False
    """True: it does not apply while an appeal against its decision is open; the rest of its span follows."""


class Sum(Section):
    """An amount of money that is owed, recorded until somebody says that it was paid."""

    amount: Number = Field(gt=0, le=100_000_000, multiple_of=0.01)
    currency: Money = Field(pattern=r"^[A-Z]{3}$")
    due_days: WholeNumber = Field(default=15, ge=1, le=366)


class FirstOffence(Section):
    """A milder answer to the first violation of a clause within a span; one of `points` and `training_days`."""

    within_days: WholeNumber = Field(ge=1, le=3_660)
    """First: no violation of the same clause within so many days before, reversed ones left out."""
    points: WholeNumber | None = Field(default=None, ge=0, le=1_000)
    """At most so many points."""
    training_days: WholeNumber | None = Field(default=None, ge=1, le=366)
    """Training within so many days instead of points; the points fall due where it is not completed by then."""


class Gravity(Section):
    """How grave a violation was, and the points that it brings."""

    key: Key
    title: Title
    ladder: Key
    """The class whose points these are."""
    points: WholeNumber = Field(ge=0, le=1_000)
    penalties: tuple[PenaltyRule, ...] = Field(default=(), max_length=10)
    """Brought by the violation itself, whatever the balance of points."""
    compensation: Sum | None = None
    """Owed to the buyer."""
    fine: Sum | None = None
    """Owed to the platform."""


class Clause(Section):
    """One thing a shop must not do."""

    key: Key
    title: Title
    rule: Title
    """The rule in plain words, as shops and buyers read it."""
    category: Text = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    """The category of the DSA transparency database that statements of reasons name."""
    gravities: tuple[Gravity, ...] = Field(min_length=1, max_length=10)
    """From mild to severe."""
    first_offence: FirstOffence | None = None
    exemptions: tuple[Title, ...] = Field(default=(), max_length=20)
    """Circumstances in which it is no violation; whoever decides names the one that holds."""


class Period(Section):
    """How long points count. Exactly one of the three is given."""

    calendar: Literal["year", "quarter", "month"] | None = None
    """Points fall away together when the calendar period ends, in the platform's time zone."""
    rolling_days: WholeNumber | None = Field(default=None, ge=1, le=3_660)
    """Each entry falls away so many days after the day it fell on."""
    never: StrictBool | None = None
    """True: points stay."""


class CarryOver(Section):
    """What of a calendar period's balance the next one starts with."""

    at_least: WholeNumber = Field(ge=1, le=10_000)
    """Under this balance nothing is carried."""
    carried: WholeNumber | None = Field(default=None, ge=1, le=10_000)
    """So many points are carried; None: the whole balance."""


class Node(Section):
    """A balance of points that brings penalties when it is reached."""

    at: WholeNumber = Field(ge=1, le=10_000)
    penalties: tuple[PenaltyRule, ...] = Field(min_length=1, max_length=10)


class PointLadder(Section):
    """One class of points with its nodes. Classes are counted and executed apart from each other."""

    key: Key
    title: Title
    period: Period
    carry_over: CarryOver | None = None
    nodes: tuple[Node, ...] = Field(min_length=1, max_length=50)
    """By rising points."""
    repeat_every: WholeNumber | None = Field(default=None, ge=1, le=10_000)
    """Above the last node, every so many points bring the last node's penalties again. None: only once."""
    crossed_at_once: Literal["all", "highest"] = "highest"
    """Which of several nodes that one decision crosses bring their penalties."""
    while_running: Literal["extend", "beside"] = "beside"
    """A penalty brought while one of this ladder still runs starts at that one's end, or at once beside it."""
    needs_correction: StrictBool = False
    """True: its restrictions last until their days are over and the shop has shown that it put things right."""


class ViolationRules(Section):
    """The clauses and the ladders. Empty: this policy penalises no shop."""

    clauses: tuple[Clause, ...] = Field(default=(), max_length=200)
    ladders: tuple[PointLadder, ...] = Field(default=(), max_length=20)
