"""Obligations: what a decision makes a shop do or pay, followed until done."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ObligationQuerySet(models.QuerySet["Obligation"]):
    """Named selections of obligations."""

    def open(self) -> ObligationQuerySet:
        """Those that are neither met nor waived nor reversed."""
        return self.filter(met_at=None, waived_at=None, reversed_at=None)

    def overdue_at(self, instant: datetime) -> ObligationQuerySet:
        """Those open although their time has come."""
        return self.open().filter(due_at__lte=instant)


class Obligation(models.Model):
    """One thing that a shop owes by one decision. A fine is recorded here, collected elsewhere."""

    class Kind(models.TextChoices):
        """What it is."""

        FINE = "fine", _("fine")
        TRAINING = "training", _("training")
        CORRECTION = "correction", _("putting things right")

    decision = models.ForeignKey(
        "governance.Decision", models.PROTECT, related_name="obligations", verbose_name=_("decision")
    )
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="obligations", verbose_name=_("shop"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    ladder = models.CharField(_("class"), max_length=20, blank=True)
    points = models.PositiveIntegerField(
        _("points if missed"), default=0, help_text=_("What falls due where training is not completed in time.")
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    waived_at = models.DateTimeField(_("waived at"), null=True, blank=True)
    noted_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noted by")
    )
    note = models.TextField(_("note"), blank=True)
    missed_at = models.DateTimeField(
        _("noted as missed at"), null=True, blank=True, help_text=_("When what follows from missing it followed, once.")
    )
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind"], name="one_obligation_of_a_kind_per_decision"),
            models.CheckConstraint(
                name="fines_and_only_they_have_an_amount",
                condition=Q(kind="fine", amount__gt=0) & ~Q(currency="")
                | (~Q(kind="fine") & Q(amount=None, currency="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(met_at=None, waived_at=None, reversed_at=None),
                name="obligation_open_by_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.kind}"

    def is_open(self) -> bool:
        """True while it is owed."""
        return self.met_at is None and self.waived_at is None and self.reversed_at is None
