"""Which days have been counted against the senders' control totals, and from what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CountedDay(models.Model):
    """A local date of a shop shard whose control totals were compared with the chat log.

    The fingerprint is that of the parts and of the shops' time zones: while it is the same, so is every count.
    """

    on = models.DateField(_("on"))
    shard = models.PositiveIntegerField(_("shard"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    shops = models.PositiveIntegerField(
        _("shops"), help_text=_("How many shops of the shard were known, the oldest ones.")
    )

    class Meta:
        verbose_name = _("counted day")
        verbose_name_plural = _("counted days")
        ordering = ["-on", "shard"]
        constraints = [models.UniqueConstraint(fields=["on", "shard"], name="one_counted_day_per_date_and_shard")]

    def __str__(self) -> str:
        return f"{self.on} / {self.shard}"
