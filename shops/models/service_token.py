"""Tokens with which the marketplace's other systems call the API."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ServiceTokenQuerySet(models.QuerySet["ServiceToken"]):
    """Named selections of tokens."""

    def usable_at(self, instant: datetime) -> ServiceTokenQuerySet:
        """Those that were neither revoked nor had expired."""
        return self.filter(Q(revoked_at=None) | Q(revoked_at__gt=instant), expires_at__gt=instant)


class ServiceToken(models.Model):
    """One key of one system. Only a hash of its secret is kept; rotating it makes a new row that names the old one."""

    class Scope(models.TextChoices):
        """What a token may do."""

        CHAT = "chat:write", _("send chat messages and control totals")
        FACTS = "facts:write", _("send cases, outages and feedback")
        LINKS = "links:write", _("make buyers' links")
        PRIVILEGES = "privileges:read", _("read privileges and their changes")
        SCORECARD = "scorecard:read", _("read scorecards")
        NOTICES = "notices:read", _("read the notices to shops")
        METRICS = "metrics:read", _("read metrics")

    name = models.CharField(_("name"), max_length=100, help_text=_("The system that holds it."))
    key = models.CharField(_("key"), max_length=16, unique=True, help_text=_("Its public part, to look it up by."))
    secret_hash = models.CharField(_("hash of the secret"), max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    shop = models.ForeignKey(
        "shops.Shop",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="service_tokens",
        verbose_name=_("shop"),
        help_text=_("Only for a shop's own system: it sees this shop alone."),
    )
    requests_per_minute = models.PositiveIntegerField(_("requests a minute"), default=600)
    rows_per_minute = models.PositiveIntegerField(_("rows a minute"), default=3_000_000)
    created_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    objects = ServiceTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")
        ordering = ["name", "-created_at"]
        permissions = [("manage_servicetoken", "Can make, rotate and revoke service tokens")]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"

    @staticmethod
    def hash_of(secret: str) -> str:
        """SHA-256 of a secret, in hexadecimal: secrets are long and random, a slow hash would add nothing."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def scopes_in_words(cls, scopes: list[str]) -> str:
        """Scopes as people read them."""
        return ", ".join(str(label) for value, label in cls.Scope.choices if value in scopes)

    def is_usable_at(self, instant: datetime) -> bool:
        """True while it is neither revoked nor expired."""
        return instant < self.expires_at and (self.revoked_at is None or instant < self.revoked_at)

    def may(self, scope: str) -> bool:
        """True if the token has a scope."""
        return scope in self.scopes
