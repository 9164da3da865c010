"""Penalties: what a decision restricts a shop in, from when to when."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

LIMITS: Final = ("keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight", "may_list")
"""The columns of a penalty that privileges are reduced to; empty ones leave a privilege alone."""


def new_penalty_code() -> str:
    """A public reference: unique, in no order, with nothing about anybody in it."""
    return f"P-{uuid.uuid4().hex[:16]}"


class PenaltyQuerySet(models.QuerySet["Penalty"]):
    """Named selections of penalties."""

    def standing(self) -> PenaltyQuerySet:
        """Those that nothing reversed."""
        return self.filter(reversed_at=None)

    def in_force_at(self, instant: datetime) -> PenaltyQuerySet:
        """Those that restrict the shop at an instant: begun, not over, neither paused nor reversed."""
        running = Q(ends_at=None) | Q(ends_at__gt=instant)
        uncorrected = Q(needs_correction=True) & (Q(corrected_at=None) | Q(corrected_at__gt=instant))
        return self.standing().filter(running | uncorrected, paused_at=None, starts_at__lte=instant)


class Penalty(models.Model):
    """One penalty laid on a shop for a span of time, by one decision. Never deleted.

    Held by a person or suspended by an appeal it is paused: without effect, and what is left of its span follows when
    the last of the two ends.
    """

    class Kind(models.TextChoices):
        """What it does."""

        PUBLIC_WARNING = "public_warning", _("public warning")
        RESTRICTION = "restriction", _("restriction")
        CLOSURE = "closure", _("closure")

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_penalty_code)
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="penalties", verbose_name=_("shop"))
    decision = models.ForeignKey(
        "governance.Decision", models.PROTECT, related_name="penalties", verbose_name=_("decision")
    )
    ladder = models.CharField(
        _("class"), max_length=20, blank=True, help_text=_("Empty where the violation itself brings it.")
    )
    node = models.PositiveIntegerField(_("node"), null=True, blank=True, help_text=_("The balance that was reached."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    title_en = models.CharField(_("title (English)"), max_length=500)
    title_zh_hans = models.CharField(_("title (Chinese)"), max_length=500)

    keyword_limit = models.PositiveIntegerField(_("keyword limit at most"), null=True, blank=True)
    blocked_buyer_limit = models.PositiveIntegerField(_("blocked buyer limit at most"), null=True, blank=True)
    may_join_campaigns = models.BooleanField(_("may join campaigns"), null=True, blank=True)
    search_weight = models.DecimalField(
        _("search weight at most"), max_digits=4, decimal_places=2, null=True, blank=True
    )
    may_list = models.BooleanField(_("may list goods"), null=True, blank=True)

    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Empty: until it is reversed."))
    needs_correction = models.BooleanField(
        _("needs correction"), default=False, help_text=_("Lasts until the shop has put things right, too.")
    )
    corrected_at = models.DateTimeField(_("put right at"), null=True, blank=True)
    is_suspended_by_appeal = models.BooleanField(
        _("an appeal suspends it"), default=False, help_text=_("What the policy says of this penalty.")
    )
    held_at = models.DateTimeField(_("held since"), null=True, blank=True)
    suspended_at = models.DateTimeField(_("suspended since"), null=True, blank=True)
    paused_at = models.DateTimeField(
        _("paused since"), null=True, blank=True, help_text=_("Since the first of being held and suspended began.")
    )
    paused_seconds = models.PositiveIntegerField(
        _("seconds paused"), default=0, help_text=_("Of pauses that are over: how long it stood still.")
    )
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)
    reversed_by = models.ForeignKey(
        "governance.Decision", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reversed by")
    )
    began_at = models.DateTimeField(
        _("noted as begun at"), null=True, blank=True, help_text=_("When the start was told, once.")
    )
    over_at = models.DateTimeField(
        _("noted as over at"), null=True, blank=True, help_text=_("When the end was told, once.")
    )

    objects = PenaltyQuerySet.as_manager()

    class Meta:
        verbose_name = _("penalty")
        verbose_name_plural = _("penalties")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="penalties_end_after_they_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="paused_while_held_or_suspended",
                condition=Q(paused_at=None, held_at=None, suspended_at=None)
                | (Q(paused_at__isnull=False) & (Q(held_at__isnull=False) | Q(suspended_at__isnull=False))),
            ),
            models.CheckConstraint(
                name="reversals_name_their_decision",
                condition=Q(reversed_at=None, reversed_by=None)
                | Q(reversed_at__isnull=False, reversed_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "starts_at"], name="penalty_by_shop"),
            models.Index(fields=["starts_at"], condition=Q(began_at=None, reversed_at=None), name="penalty_to_begin"),
            models.Index(fields=["ends_at"], condition=Q(over_at=None, reversed_at=None), name="penalty_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: penalties are kept."""
        raise ValueError("A penalty cannot be deleted. Withdraw the decision that brought it.")

    def is_in_force_at(self, instant: datetime) -> bool:
        """True from starts_at (included) to its end (excluded), unless paused or reversed."""
        return (
            self.reversed_at is None
            and self.paused_at is None
            and self.starts_at <= instant
            and not self.is_over_at(instant)
        )

    def is_over_at(self, instant: datetime) -> bool:
        """True once its span is over and, where that is asked for, things were put right."""
        if self.ends_at is None or instant < self.ends_at:
            return False
        return not self.needs_correction or (self.corrected_at is not None and self.corrected_at <= instant)

    def title_in(self, language: str) -> str:
        """The title for a Django language code: Chinese for zh and its variants, else English."""
        return self.title_zh_hans if language.lower().startswith("zh") else self.title_en

    def limits(self) -> dict[str, bool | int | float]:
        """The privileges that it speaks about, and the most that it leaves of each."""
        values = {name: getattr(self, name) for name in LIMITS}
        return {
            name: float(value) if name == "search_weight" else value
            for name, value in values.items()
            if value is not None
        }
