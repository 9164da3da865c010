"""The audit trail: who saw and did what. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One deed of a person or a job. `by` is None where a command or a job acted."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="audit_entries", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=50)
    target = models.CharField(_("target"), max_length=300)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; an existing one can never be changed."""
        if not self._state.adding:
            raise ValueError("An audit entry cannot be changed. Add another one that says what happened since.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the trail is kept."""
        raise ValueError("An audit entry cannot be deleted: the trail is kept.")
