"""Requests to forget what a buyer wrote."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One buyer's texts, taken out of the chat log. The timings stay: no figure may change by it.

    Kept so that a batch sent again cannot bring the texts back: messages of that buyer sent before `requested_at` are
    stored without text from then on.
    """

    buyer_id = models.CharField(_("buyer id"), max_length=128, db_index=True)
    shop = models.ForeignKey(
        "shops.Shop",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="erasures",
        verbose_name=_("shop"),
        help_text=_("Empty: at every shop."),
    )
    reason = models.CharField(_("reason"), max_length=500)
    requested_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    rewritten_at = models.DateTimeField(
        _("texts taken out at"),
        null=True,
        blank=True,
        help_text=_("From then on nobody reads them; the files that held them go a little later."),
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    messages = models.PositiveIntegerField(_("messages without text now"), default=0)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]
        permissions = [("erase_buyer", "Can have a buyer's texts erased")]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.requested_at:%Y-%m-%d}"
