"""Texts that the platform accepted as real answers although a shop sends them often."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.chat.text import text_key


class ReplyTemplate(models.Model):
    """An accepted template of a shop: sending it often is no brush-off unless the buyer asks again (clock.md)."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="reply_templates", verbose_name=_("shop"))
    text = models.CharField(_("text"), max_length=500)
    text_key = models.CharField(_("text key"), max_length=500, editable=False)

    class Meta:
        verbose_name = _("accepted reply template")
        verbose_name_plural = _("accepted reply templates")
        ordering = ["shop", "text"]
        constraints = [models.UniqueConstraint(fields=["shop", "text_key"], name="one_template_per_shop_and_key")]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the key that the chat log compares."""
        self.text_key = text_key(self.text) or ""
        super().save(*args, **kwargs)
