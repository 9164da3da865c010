"""What shops and agents are told, on their own pages."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One message of the platform to a shop, or to one agent of it, in both languages."""

    class Kind(models.TextChoices):
        """What it is about."""

        PRIVILEGES = "privileges", _("privileges")
        DECISION = "decision", _("decision")

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="notices", verbose_name=_("shop"))
    agent = models.ForeignKey(
        "shops.Agent", models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("agent")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    reference = models.CharField(
        _("reference"), max_length=100, help_text=_("What it is about; one notice of a kind to each reader of it.")
    )
    title_en = models.CharField(_("title (English)"), max_length=200)
    title_zh_hans = models.CharField(_("title (Chinese)"), max_length=200)
    text_en = models.TextField(_("text (English)"))
    text_zh_hans = models.TextField(_("text (Chinese)"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("read by")
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "kind", "reference"],
                condition=models.Q(agent=None),
                name="one_notice_per_shop_and_matter",
            ),
            models.UniqueConstraint(fields=["agent", "kind", "reference"], name="one_notice_per_agent_and_matter"),
        ]

    def __str__(self) -> str:
        return self.title_en

    def title_in(self, language: str) -> str:
        """The title for a Django language code: Chinese for zh and its variants, else English."""
        return self.title_zh_hans if language.lower().startswith("zh") else self.title_en

    def text_in(self, language: str) -> str:
        """The text for a Django language code."""
        return self.text_zh_hans if language.lower().startswith("zh") else self.text_en
