"""Evidence: files of every side, and the conversation as the chat log had it. Stored under their hash."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Evidence(models.Model):
    """One file of a complaint. Its content lies in the evidence store under `sha256`, the same content once."""

    class Kind(models.TextChoices):
        """What it is."""

        IMAGE = "image", _("picture")
        PDF = "pdf", _("PDF")
        AUDIO = "audio", _("recording")
        CONVERSATION = "conversation", _("conversation")
        AUTHORITY = "authority", _("authority to act for the buyer")

    class Side(models.TextChoices):
        """Whose it is."""

        BUYER = "buyer", _("complainant")
        SHOP = "shop", _("shop")
        STAFF = "staff", _("platform")

    complaint = models.ForeignKey(
        "complaints.Complaint", models.PROTECT, related_name="evidence", verbose_name=_("complaint")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    name = models.CharField(_("name"), max_length=200, help_text=_("As uploaded; never used as a path."))
    media_type = models.CharField(_("media type"), max_length=100, help_text=_("By content, not by name."))
    size_bytes = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("Of what is stored, in hexadecimal."))
    received_sha256 = models.CharField(
        _("SHA-256 as received"), max_length=64, help_text=_("Before a picture was written anew without metadata.")
    )
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )
    scanned_by = models.CharField(
        _("scanned by"), max_length=100, blank=True, help_text=_("Empty: no scanner is set up.")
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "side", "sha256"], condition=Q(erased_at=None), name="the_same_file_once_per_side"
            )
        ]
        indexes = [models.Index(fields=["sha256"], name="evidence_by_hash")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.name}"

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the row is kept, the content can be erased."""
        raise ValueError("Evidence cannot be deleted. Erase its content instead.")
