"""Links with which a buyer looks into why one shop did not answer; no account is needed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DEFAULT_DAYS = 14
LONGEST_DAYS = 90
"""How long a link works unless its maker says otherwise, and at most."""


class BuyerLink(models.Model):
    """One link for one buyer and one shop, about a message or a conversation where it names one."""

    code = models.CharField(_("code"), max_length=32, unique=True, help_text=_("Random; the link carries it signed."))
    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="buyer_links", verbose_name=_("shop"))
    buyer_id = models.CharField(_("buyer id"), max_length=128)
    conversation_id = models.CharField(_("conversation id"), max_length=128, blank=True)
    message_id = models.CharField(_("message id"), max_length=128, blank=True)
    made_by = models.ForeignKey(
        "shops.ServiceToken", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_opened_at = models.DateTimeField(_("last opened at"), null=True, blank=True)

    class Meta:
        verbose_name = _("buyer's link")
        verbose_name_plural = _("buyers' links")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.code}"

    def is_usable_at(self, instant: datetime) -> bool:
        """True while it is neither revoked nor expired."""
        return instant < self.expires_at and (self.revoked_at is None or instant < self.revoked_at)
