"""Matters: complaints about one rule, one agent or one event, decided together."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


def new_matter_code() -> str:
    """A reference: unique, in no order, with nothing about anybody in it."""
    return f"M-{uuid.uuid4().hex[:16]}"


class Matter(models.Model):
    """A group of complaints with one cause. What is decided about it, and its remedy, goes to all of them."""

    code = models.CharField(_("reference"), max_length=20, unique=True, default=new_matter_code)
    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="matters", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.PROTECT, null=True, blank=True, related_name="matters", verbose_name=_("agent")
    )
    subject = models.CharField(
        _("subject"), max_length=150, blank=True, help_text=_("The rule or event; empty for one about an agent.")
    )
    title = models.CharField(_("title"), max_length=200)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("opened by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                "shop",
                Coalesce("agent", 0),  # SQLite knows no NULLS NOT DISTINCT
                "subject",
                condition=Q(decided_at=None),
                name="one_open_matter_per_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def is_open(self) -> bool:
        """True until it was decided; complaints can join it until then."""
        return self.decided_at is None
