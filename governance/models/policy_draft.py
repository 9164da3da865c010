"""Rules that somebody is still writing."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PolicyDraft(models.Model):
    """The text of rules to come: its author changes it, a second person publishes it as a version, or it is withdrawn.

    Never deleted; what was published or withdrawn never changes again.
    """

    title = models.CharField(
        _("working title"), max_length=100, help_text=_("For colleagues; shops see the title inside the text.")
    )
    source_text = models.TextField(_("as written (YAML)"))
    note = models.TextField(_("why"), blank=True, max_length=5_000, help_text=_("For whoever publishes it."))
    drafted_by = models.ForeignKey(
        "shops.User", models.PROTECT, related_name="policy_drafts", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    withdrawn_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("withdrawn by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    published_as = models.OneToOneField(
        "governance.Policy", models.PROTECT, null=True, blank=True, related_name="draft", verbose_name=_("published as")
    )

    class Meta:
        verbose_name = _("policy draft")
        verbose_name_plural = _("policy drafts")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("draft_policy", "Can draft policies"), ("publish_policy", "Can publish policies")]
        constraints = [
            models.CheckConstraint(
                name="a_draft_is_published_or_withdrawn",
                condition=Q(published_as=None) | Q(withdrawn_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self) -> bool:
        """True while it was neither published nor withdrawn."""
        return self.published_as_id is None and self.withdrawn_at is None

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: drafts are kept."""
        raise ValueError("A draft cannot be deleted. Withdraw it: it stays readable, and nobody can publish it.")
