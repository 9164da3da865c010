"""Declared holidays of the platform."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.hours import check_blocks


class Holiday(models.Model):
    """A date on which nothing counts outside the given blocks, for every shop that did not opt into working."""

    date = models.DateField(_("date"), unique=True)
    blocks = models.CharField(
        _("hours that still count"),
        max_length=200,
        blank=True,
        validators=[check_blocks],
        help_text=_("HH:MM-HH:MM in each shop's own time, separated by commas. Empty: nothing counts all day."),
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    working_shops = models.ManyToManyField(
        "shops.Shop",
        related_name="working_holidays",
        blank=True,
        verbose_name=_("shops that opted to be measured"),
    )

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}".strip()
