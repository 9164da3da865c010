"""Buyers' stars."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Feedback(models.Model):
    """One to five stars that a buyer gave for a conversation."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="feedback", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.SET_NULL, related_name="feedback", null=True, blank=True, verbose_name=_("agent")
    )
    conversation_id = models.CharField(_("conversation id"), max_length=128)
    buyer_id = models.CharField(_("buyer id"), max_length=128)
    rated_at = models.DateTimeField(_("rated at"), db_index=True)
    stars = models.PositiveSmallIntegerField(_("stars"))

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-rated_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "conversation_id", "buyer_id", "rated_at"], name="one_feedback_per_buyer_and_time"
            ),
            models.CheckConstraint(name="stars_from_1_to_5", condition=Q(stars__gte=1, stars__lte=5)),
        ]

    def __str__(self) -> str:
        return f"{self.stars} ★ {self.conversation_id}"
