"""What came in over HTTP: batches of messages, and the senders' control totals that say whether all of it did."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class IntakeBatch(models.Model):
    """One batch of messages that was answered. The messages are in the chat log; this is the receipt of it."""

    token = models.ForeignKey(
        "shops.ServiceToken", models.PROTECT, related_name="batches", verbose_name=_("service token")
    )
    received_at = models.DateTimeField(_("received at"), db_index=True)
    rows = models.PositiveIntegerField(_("rows"))
    accepted = models.PositiveIntegerField(_("accepted"))
    repeated = models.PositiveIntegerField(_("repeated"))
    rejected = models.PositiveIntegerField(_("rejected"))
    first_sent_at = models.DateTimeField(_("earliest message"), null=True, blank=True)
    last_sent_at = models.DateTimeField(_("latest message"), null=True, blank=True)
    reasons = models.JSONField(
        _("reasons"), default=list, help_text=_("The first rejected rows, each with its reason.")
    )
    seconds = models.FloatField(_("seconds"), help_text=_("From the first byte to the answer."))

    class Meta:
        verbose_name = _("intake batch")
        verbose_name_plural = _("intake batches")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.accepted}/{self.rows}"


UNMET: Final = models.Q(accepted_at__isnull=True) & ~models.Q(messages=models.F("counted"))
"""The log does not hold what the sender said (or nobody said or counted anything), and nobody accepted that."""
UNCOUNTED: Final = models.Q(counted__isnull=True)


class ControlTotalQuerySet(models.QuerySet["ControlTotal"]):
    """Named selections of control totals."""

    def unmet(self) -> ControlTotalQuerySet:
        """Those whose date is not final for the shop where the clock standard asks for totals."""
        return self.filter(UNMET)

    def uncounted(self) -> ControlTotalQuerySet:
        """Those for which nobody looked into the log yet."""
        return self.filter(UNCOUNTED)


class ControlTotal(models.Model):
    """How many messages the sender says that a shop had on a local date, and how many the chat log holds.

    A later statement replaces an earlier one. Where the clock standard asks for totals, a date without a matching one
    is not final for the shop, unless a person accepted it as it is. A row without `messages` says that the sender owes
    the shop's total of that date.
    """

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="control_totals", verbose_name=_("shop"))
    on = models.DateField(_("on"))
    messages = models.PositiveIntegerField(_("messages"), null=True, blank=True, help_text=_("By the sender."))
    stated_at = models.DateTimeField(_("stated at"), null=True, blank=True)
    counted = models.PositiveIntegerField(_("in the chat log"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_why = models.CharField(_("why it was accepted"), max_length=500, blank=True, db_default="")

    objects = ControlTotalQuerySet.as_manager()

    class Meta:
        verbose_name = _("control total")
        verbose_name_plural = _("control totals")
        ordering = ["-on", "shop"]
        constraints = [models.UniqueConstraint(fields=["shop", "on"], name="one_control_total_per_shop_and_day")]
        indexes = [
            models.Index(fields=["on"], name="control_total_by_day"),
            models.Index(fields=["on", "shop"], name="control_total_unmet", condition=UNMET),
            models.Index(fields=["on", "shop"], name="control_total_uncounted", condition=UNCOUNTED),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.on}: {self.counted}/{self.messages}"

    def is_met(self) -> bool:
        """True if the log holds what the sender said, or a person accepted the difference."""
        return self.accepted_at is not None or (self.messages is not None and self.messages == self.counted)
