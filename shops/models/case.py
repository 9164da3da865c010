"""After-sales cases, and the record that a buyer took something further."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AfterSalesCase(models.Model):
    """A refund, return or other after-sales case that a buyer opened with a shop."""

    code = models.CharField(_("case id"), max_length=128, unique=True)
    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="cases", verbose_name=_("shop"))
    buyer_id = models.CharField(_("buyer id"), max_length=128)
    kind = models.CharField(_("kind"), max_length=50)
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("after-sales case")
        verbose_name_plural = _("after-sales cases")
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["shop", "opened_at"], name="case_by_shop_and_time")]
        constraints = [
            models.CheckConstraint(
                name="case_closes_after_it_opens", condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at"))
            )
        ]

    def __str__(self) -> str:
        return self.code


class Escalation(models.Model):
    """The buyer took it further. One row per case or complaint; the measures read nothing else about either."""

    class Source(models.TextChoices):
        """What the buyer did."""

        CASE = "case", _("after-sales case")
        COMPLAINT = "complaint", _("complaint")

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="escalations", verbose_name=_("shop"))
    buyer_id = models.CharField(_("buyer id"), max_length=128)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    reference = models.CharField(_("reference"), max_length=128)
    escalated_at = models.DateTimeField(_("escalated at"), db_index=True)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["-escalated_at"]
        constraints = [models.UniqueConstraint(fields=["source", "reference"], name="one_escalation_per_reference")]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"
