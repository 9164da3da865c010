"""Corrections of published ratings: what they would have been without a decision that was taken back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RatingCorrection(models.Model):
    """What one published rating is replaced by. The published row stays as it was; the newest correction counts."""

    rating = models.ForeignKey(
        "governance.ShopRating", models.CASCADE, related_name="corrections", verbose_name=_("rating")
    )
    decision = models.ForeignKey(
        "governance.Decision",
        models.PROTECT,
        related_name="corrections",
        verbose_name=_("decision"),
        help_text=_("The decision by which another one was taken back."),
    )
    points = models.FloatField(_("points"), null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=20)
    since_on = models.DateField(_("grade since"))
    candidate = models.CharField(_("grade by points"), max_length=20, blank=True)
    candidate_since_on = models.DateField(_("by points since"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    lines = models.JSONField(_("lines"), default=list)
    gates = models.JSONField(_("gates"), default=list)
    corrected_at = models.DateTimeField(_("corrected at"))

    class Meta:
        verbose_name = _("correction of a rating")
        verbose_name_plural = _("corrections of ratings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rating", "decision"], name="one_correction_per_rating_and_decision")
        ]

    def __str__(self) -> str:
        return f"{self.rating_id}: {self.grade}"
