"""The rules as versioned data."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.policy.schema import PolicyDocument


@lru_cache(maxsize=64)
def _read(text: str) -> PolicyDocument:
    return PolicyDocument.from_json(text)


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Named selections of policies."""

    def published(self) -> PolicyQuerySet:
        """Those that somebody published."""
        return self.filter(published_at__isnull=False)

    def in_force_on(self, day: date) -> Policy | None:
        """The published version that starts newest on or before `day`; of several from one day the highest version."""
        return self.published().filter(starts_on__lte=day).order_by("-starts_on", "-version").first()


class Policy(models.Model):
    """One version of the rules. Append-only: a change is a new version that takes effect on a date."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    document = models.TextField(_("document"), help_text=_("Canonical JSON of the policy document."))
    digest = models.CharField(_("digest"), max_length=64)
    source_text = models.TextField(_("as written (YAML)"), blank=True)
    starts_on = models.DateField(_("in force from"))
    drafted_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"), default=timezone.now)
    published_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                name="a_second_person_publishes",
                condition=Q(published_by=None) | Q(drafted_by=None) | ~Q(published_by=F("drafted_by")),
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a draft or its publication; a published version never changes."""
        if self.pk is not None:
            stored = Policy.objects.filter(pk=self.pk).values_list("published_at", "digest").first()
            if stored is not None and (stored[0] is not None or stored[1] != self.digest):
                raise ValueError("A policy version cannot be changed. Draft a new version with a date of its own.")
        super().save(*args, **kwargs)

    def rules(self) -> PolicyDocument:
        """The document, read; cached per process."""
        return _read(self.document)
