"""Spans in which the platform itself failed: nothing counts against a shop then."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Outage(models.Model):
    """One platform outage, [starts_at, ends_at). Without an end it is still going on; without shops it hit them all."""

    code = models.CharField(_("outage id"), max_length=128, unique=True)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Empty: still going on."))
    hits_all_shops = models.BooleanField(_("hits all shops"), default=True)
    shops = models.ManyToManyField(
        "shops.Shop", related_name="outages", blank=True, verbose_name=_("shops, where it did not hit all")
    )
    note = models.TextField(_("note"), blank=True)
    changed_at = models.DateTimeField(_("stated at"), auto_now=True, null=True, db_index=True)

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                name="outage_ends_after_its_start", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return self.code
