"""Which days have been computed from the chat log, and from what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ComputedDay(models.Model):
    """A local date of a shop shard whose measures are stored here. The fingerprint is that of the day's files."""

    on = models.DateField(_("on"))
    shard = models.PositiveIntegerField(_("shard"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    as_of = models.DateTimeField(_("as of"))
    is_final = models.BooleanField(_("final"), help_text=_("Every turn of the date has settled."))
    turns = models.PositiveIntegerField(_("turns"))

    class Meta:
        verbose_name = _("computed day")
        verbose_name_plural = _("computed days")
        ordering = ["-on", "shard"]
        constraints = [models.UniqueConstraint(fields=["on", "shard"], name="one_computed_day_per_date_and_shard")]

    def __str__(self) -> str:
        return f"{self.on} / {self.shard}"
