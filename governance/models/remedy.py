"""Remedies: what a decision gives the buyer, followed until done."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RemedyQuerySet(models.QuerySet["Remedy"]):
    """Named selections of remedies."""

    def open(self) -> RemedyQuerySet:
        """Those that are still owed."""
        return self.filter(done_at=None, reversed_at=None).exclude(kind=Remedy.Kind.NONE)

    def overdue_at(self, instant: datetime) -> RemedyQuerySet:
        """Those still owed although their time has come."""
        return self.open().filter(due_at__lte=instant)


class Remedy(models.Model):
    """What one buyer gets by one decision, and by when."""

    class Kind(models.TextChoices):
        """What it is."""

        MESSAGE_DELIVERED = "message_delivered", _("the message is delivered")
        ANSWER = "answer", _("an answer")
        APOLOGY = "apology", _("an apology")
        COMPENSATION = "compensation", _("compensation")
        NONE = "none", _("nothing more")

    decision = models.ForeignKey(
        "governance.Decision", models.PROTECT, related_name="remedies", verbose_name=_("decision")
    )
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="remedies", verbose_name=_("shop"))
    buyer_id = models.CharField(_("buyer id"), max_length=128, blank=True, help_text=_("Empty once erased."))
    complaint = models.CharField(_("complaint"), max_length=40, help_text=_("Its reference."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noted by")
    )
    note = models.TextField(_("note"), blank=True, help_text=_("What was done, or why it was not."))
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)

    objects = RemedyQuerySet.as_manager()

    class Meta:
        verbose_name = _("remedy")
        verbose_name_plural = _("remedies")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "complaint", "kind"], name="one_remedy_of_a_kind_per_complaint"
            ),
            models.CheckConstraint(
                name="compensation_and_only_it_has_an_amount",
                condition=Q(kind="compensation", amount__gt=0) & ~Q(currency="")
                | (~Q(kind="compensation") & Q(amount=None, currency="")),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, reversed_at=None), name="remedy_open_by_due"),
            models.Index(fields=["complaint"], name="remedy_by_complaint"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.kind}"

    def is_open(self) -> bool:
        """True while it is owed."""
        return self.kind != self.Kind.NONE and self.done_at is None and self.reversed_at is None
