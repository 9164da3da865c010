"""The ledger of violation points. What it adds up to on a day is arithmetic (formulas.ladders), never stored here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PointEntryQuerySet(models.QuerySet["PointEntry"]):
    """Named selections of entries."""

    def of_shops(self, keys: Iterable[int]) -> PointEntryQuerySet:
        """Those of shops by primary key, in the order of the days they fell on, then as entered."""
        return self.filter(shop__in=keys).order_by("shop_id", "fell_on", "pk")


class PointEntry(models.Model):
    """Points of one class, for or against a shop, that fell on one day. Append-only; a reversal is an entry as well.

    A reversal falls on the day of the entry that it takes back, so that every balance since is as if that had never
    been: also what was carried over from the period in which it fell.
    """

    class Kind(models.TextChoices):
        """Why the entry is there."""

        INCURRED = "incurred", _("incurred")
        MISSED_TRAINING = "missed_training", _("training was not completed")
        REVERSED = "reversed", _("reversed")

    shop = models.ForeignKey("shops.Shop", models.PROTECT, related_name="point_entries", verbose_name=_("shop"))
    decision = models.ForeignKey(
        "governance.Decision", models.PROTECT, related_name="point_entries", verbose_name=_("decision")
    )
    ladder = models.CharField(_("class"), max_length=20)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    points = models.IntegerField(_("points"), help_text=_("Negative where they are taken back."))
    fell_on = models.DateField(_("fell on"), help_text=_("In the platform's time zone; decides the period."))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    entered_at = models.DateTimeField(_("entered at"))

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points ledger")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="reversals_and_only_they_name_what_they_reverse",
                condition=Q(kind="reversed", reverses__isnull=False, points__lt=0)
                | (~Q(kind="reversed") & Q(reverses=None, points__gt=0)),
            )
        ]
        indexes = [models.Index(fields=["shop", "ladder", "fell_on"], name="points_by_shop_and_class")]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.ladder} {self.points:+d} ({self.fell_on})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry; one that is there can never be changed."""
        if not self._state.adding:
            raise ValueError("An entry of points cannot be changed. Reverse it by another one.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the ledger is kept."""
        raise ValueError("An entry of points cannot be deleted. Reverse it by another one.")
