"""Evidence files that buyers downloaded: their digests, so that anybody can check one they were shown."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class EvidenceFile(models.Model):
    """One archive of a complaint as it was handed out: what it holds is not kept, its digest is."""

    complaint = models.ForeignKey(
        "complaints.Complaint", models.PROTECT, related_name="evidence_files", verbose_name=_("complaint")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField(_("bytes"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.sha256
