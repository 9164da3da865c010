"""Findings: what a detector or a report saw. They sanction nobody; a person confirms or dismisses them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


def new_finding_code() -> str:
    """A reference: unique, in no order, with nothing about anybody in it."""
    return f"F-{uuid.uuid4().hex[:16]}"


class Finding(models.Model):
    """Something that deserves a look: of a kind, in a window, with figures and a sample."""

    class Kind(models.TextChoices):
        """What was seen."""

        INTERCEPTION = "interception", _("unusual interception")
        NO_ANSWER = "no_answer", _("mass non-response")
        NARROWING = "narrowing", _("channel narrowed after a case")
        COMPLAINTS = "complaints", _("many complaints")
        REPORT = "report", _("report by a third party")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("open")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_finding_code)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="findings", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.CASCADE, null=True, blank=True, related_name="findings", verbose_name=_("agent")
    )
    subject = models.CharField(
        _("subject"), max_length=150, blank=True, help_text=_("What of the shop it is about, such as one rule.")
    )
    window_first_on = models.DateField(_("first date of the window"))
    window_last_on = models.DateField(_("last date of the window"))
    numerator = models.PositiveIntegerField(_("numerator"), default=0)
    denominator = models.PositiveIntegerField(_("denominator"), default=0)
    expected = models.FloatField(_("expected rate"), null=True, blank=True)
    confidence = models.FloatField(
        _("confidence"), null=True, blank=True, help_text=_("0 to 1: how unlikely chance alone is.")
    )
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    sample = models.JSONField(_("sample"), default=list, blank=True, help_text=_("Ids of messages or complaints."))
    found_at = models.DateTimeField(_("found at"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    reviewed_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reason = models.TextField(_("reason of the review"), blank=True)
    decision = models.ForeignKey(
        "governance.Decision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name=_("decision"),
    )

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["-id"]
        permissions = [("review_finding", _("Can confirm and dismiss findings"))]
        constraints = [
            models.UniqueConstraint(
                "kind",
                "shop",
                Coalesce("agent", 0),  # SQLite knows no NULLS NOT DISTINCT
                "subject",
                "window_last_on",
                name="one_finding_per_kind_subject_and_window",
            ),
            models.CheckConstraint(
                name="reviewed_findings_say_who_when_and_why",
                condition=Q(state="open", reviewed_by=None, decision=None)
                | (Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(state="open") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="only_confirmed_findings_lead_to_decisions", condition=Q(decision=None) | Q(state="confirmed")
            ),
        ]
        indexes = [models.Index(fields=["state", "found_at"], name="finding_queue")]

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"
