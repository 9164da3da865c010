"""Buyers whom no rule may stop, written down by whoever opens a case or a complaint. The gate reads nothing else."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ProtectionQuerySet(models.QuerySet["Protection"]):
    """Named selections of protections."""

    def in_force_at(self, instant: datetime) -> ProtectionQuerySet:
        """Those from starts_at (included) to ends_at (excluded)."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=instant), starts_at__lte=instant)


class Protection(models.Model):
    """One buyer is protected at one shop for a span of time, because of one case or complaint."""

    class Source(models.TextChoices):
        """What protects the buyer."""

        CASE = "case", _("after-sales case")
        COMPLAINT = "complaint", _("complaint")

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="protections", verbose_name=_("shop"))
    buyer_id = models.CharField(_("buyer id"), max_length=128)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    reference = models.CharField(_("reference"), max_length=128)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Empty: while it is open."))

    objects = ProtectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("protection")
        verbose_name_plural = _("protections")
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="one_protection_per_reference"),
            models.CheckConstraint(
                name="protections_do_not_end_before_they_start",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
            ),
        ]
        indexes = [models.Index(fields=["shop", "buyer_id"], name="protection_by_shop_and_buyer")]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"
