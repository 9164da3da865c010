"""Decisions: what was judged about an agent or a shop, by which clause and facts, and what follows from it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _


def new_code() -> str:
    """A public reference: unique, in no order, with nothing about anybody in it."""
    return f"D-{uuid.uuid4().hex[:16]}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Named selections of decisions."""

    def held(self) -> DecisionQuerySet:
        """Those that wait for a second person; they have no effect."""
        return self.filter(is_held=True, review="")

    def settled(self) -> DecisionQuerySet:
        """Those that took effect: at once, or when a second person released them."""
        return self.filter(effective_at__isnull=False)

    def newest_of_chain(self) -> DecisionQuerySet:
        """Those that no later decision in effect overrides: the present truth, whatever its dates."""
        return self.filter(~Exists(Decision.objects.settled().filter(overrides=OuterRef("pk"))))

    def in_force_at(self, instant: datetime) -> DecisionQuerySet:
        """Those with a consequence from effective_at (included) to ends_at (excluded), overridden ones left out."""
        later = Decision.objects.filter(overrides=OuterRef("pk"), effective_at__lte=instant)
        return self.filter(~Exists(later), Q(ends_at=None) | Q(ends_at__gt=instant), effective_at__lte=instant).exclude(
            kind__in=Decision.ENDINGS
        )


class Decision(models.Model):
    """One judgement with its reasons. Append-only: a later decision overrides it, the newest link is the truth.

    A held one has no effect, whatever its dates, until a second person releases it: that is recorded once, in `review`
    and the columns after it, and only then are `effective_at`, `ends_at` and `due_on` known.
    """

    class Kind(models.TextChoices):
        """What follows; the last two end what an earlier decision began."""

        COACHING_NOTICE = "coaching_notice", _("coaching notice")
        TRAINING_REQUIRED = "training_required", _("training required")
        OFF_DUTY = "off_duty", _("off duty")
        VIOLATION = "violation", _("violation")
        NO_VIOLATION = "no_violation", _("no violation")
        FULFILMENT = "fulfilment", _("training completed")
        WITHDRAWAL = "withdrawal", _("withdrawn")

    class Source(models.TextChoices):
        """Who decided."""

        AUTOMATION = "automation", _("automation")
        PERSON = "person", _("person")

    class Automation(models.TextChoices):
        """How far no person took part in the decision (DSA transparency database: automated_decision)."""

        FULLY = "fully", _("fully automated")
        PARTIALLY = "partially", _("proposed by automation, released by a person")
        NOT = "not", _("not automated")

    class Review(models.TextChoices):
        """What the second person did with a held decision."""

        RELEASED = "released", _("released")
        DISMISSED = "dismissed", _("dismissed")

    ENDINGS = (Kind.FULFILMENT, Kind.WITHDRAWAL)
    ABOUT_SHOPS = (Kind.VIOLATION, Kind.NO_VIOLATION)

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_code)
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="decisions", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name=_("agent")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    clause = models.CharField(
        _("clause"), max_length=20, blank=True, help_text=_("Key of the policy's consequence or clause.")
    )
    gravity = models.CharField(_("gravity"), max_length=20, blank=True, help_text=_("Key of the clause's gravity."))
    matter = models.CharField(
        _("matter"),
        max_length=40,
        blank=True,
        db_index=True,
        help_text=_("Reference of the complaint, the matter or the finding that it decides."),
    )
    policy = models.ForeignKey("governance.Policy", models.PROTECT, related_name="+", verbose_name=_("policy"))

    facts_first_on = models.DateField(_("first day of the facts"))
    facts_last_on = models.DateField(_("last day of the facts"))
    window_first_on = models.DateField(_("first date of the window"), null=True, blank=True)
    window_last_on = models.DateField(_("last date of the window"), null=True, blank=True)
    below_days = models.PositiveIntegerField(_("days below standard"), default=0)
    scored_days = models.PositiveIntegerField(_("scored days"), default=0)
    measure = models.CharField(_("measure"), max_length=50, blank=True)
    numerator = models.PositiveIntegerField(_("numerator"), null=True, blank=True)
    denominator = models.PositiveIntegerField(_("denominator"), null=True, blank=True)
    interval_low = models.FloatField(_("interval from"), null=True, blank=True)
    interval_high = models.FloatField(_("interval to"), null=True, blank=True)
    line = models.FloatField(_("line"), null=True, blank=True)
    affected_buyers = models.PositiveIntegerField(_("buyers affected"), null=True, blank=True)
    sample = models.JSONField(
        _("sample"), default=dict, help_text=_("Counts by day, lines below standard, ids of turns that went badly.")
    )

    facts_en = models.TextField(_("facts (English)"), max_length=5_000, blank=True)
    facts_zh_hans = models.TextField(_("facts (Chinese)"), max_length=5_000, blank=True)
    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        help_text=_("What it relies on: an entry each with kind, reference and, of files, sha256."),
    )
    reasons_en = models.TextField(_("statement of reasons (English)"))
    reasons_zh_hans = models.TextField(_("statement of reasons (Chinese)"))
    private_note = models.TextField(_("private note"), blank=True, help_text=_("Only staff read it."))

    source = models.CharField(_("source"), max_length=12, choices=Source.choices)
    automated_detection = models.BooleanField(_("found by automation"))
    automated_decision = models.CharField(_("automated decision"), max_length=10, choices=Automation.choices)
    decided_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), db_index=True)
    lasts_days = models.PositiveIntegerField(_("lasts (days)"), null=True, blank=True)
    overrides = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="overridden_by", verbose_name=_("overrides")
    )

    is_held = models.BooleanField(
        _("needs a second person"), default=False, help_text=_("Without effect until that person releases it.")
    )
    review = models.CharField(_("review"), max_length=10, choices=Review.choices, blank=True)
    reviewed_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    review_reason = models.TextField(_("reason of the review"), blank=True)
    effective_at = models.DateTimeField(_("in effect from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    due_on = models.DateField(_("training due on"), null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-id"]
        permissions = [("review_decision", _("Can release and dismiss held decisions"))]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "clause", "facts_last_on"],
                condition=Q(source="automation"),
                name="one_automatic_decision_per_agent_clause_and_facts",
            ),
            models.UniqueConstraint(
                fields=["overrides"], condition=~Q(review="dismissed"), name="one_override_per_decision"
            ),
            models.CheckConstraint(
                name="held_decisions_have_no_effect_before_release",
                condition=Q(is_held=False, review="", effective_at__isnull=False)
                | Q(is_held=True, review="released", effective_at__isnull=False)
                | Q(is_held=True, review__in=["", "dismissed"], effective_at=None, ends_at=None, due_on=None),
            ),
            models.CheckConstraint(
                name="violations_name_their_clause_and_gravity",
                condition=~Q(kind="violation") | (~Q(clause="") & ~Q(gravity="")),
            ),
            models.CheckConstraint(name="severe_decisions_are_held", condition=~Q(kind="off_duty") | Q(is_held=True)),
            models.CheckConstraint(
                name="a_second_person_reviews",
                condition=Q(reviewed_by=None) | Q(decided_by=None) | ~Q(reviewed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="reviews_say_who_when_and_why",
                condition=Q(review="", reviewed_by=None, reviewed_at=None)
                | (~Q(review="") & ~Q(review_reason="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="people_decide_by_name",
                condition=Q(source="person", decided_by__isnull=False) | Q(source="automation", decided_by=None),
            ),
        ]
        indexes = [
            models.Index(fields=["review", "is_held", "decided_at"], name="decision_queue"),
            models.Index(fields=["agent", "facts_last_on"], name="decision_by_agent_and_facts"),
            models.Index(fields=["shop", "-id"], name="decision_by_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the decision; one that is there can never be changed."""
        if not self._state.adding:
            raise ValueError("A decision cannot be changed. Override it by a later one that says why.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: decisions are kept."""
        raise ValueError("A decision cannot be deleted. Override it by a later one that says why.")

    def reasons_in(self, language: str) -> str:
        """The statement of reasons for a Django language code: Chinese for zh and its variants, else English."""
        return self.reasons_zh_hans if language.lower().startswith("zh") else self.reasons_en

    def waits(self) -> bool:
        """True while a second person has neither released nor dismissed it."""
        return self.is_held and not self.review

    def ends_another(self) -> bool:
        """True for what only ends an earlier decision and has no consequence of its own."""
        return self.kind in self.ENDINGS


class ChangedFacts(models.Model):
    """That the figures a decision rests on are other ones today: late messages, or an outage declared afterwards.

    Rewritten while the figures move, gone when they are as they were. It flags; only a person overrides the decision.
    """

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="changed_facts", verbose_name=_("decision"))
    noticed_at = models.DateTimeField(_("noticed at"))
    numerator = models.PositiveIntegerField(_("numerator now"))
    denominator = models.PositiveIntegerField(_("denominator now"))
    is_still_proven = models.BooleanField(_("still proven below the line"))

    class Meta:
        verbose_name = _("changed facts of a decision")
        verbose_name_plural = _("changed facts of decisions")
        ordering = ["-noticed_at"]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.numerator}/{self.denominator}"
