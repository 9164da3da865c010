"""What facts must obey, written down by governance when a policy is published."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class StandardQuerySet(models.QuerySet["Standard"]):
    """Named selections of standards."""

    def in_force_on(self, day: date, section: str) -> Standard | None:
        """The newest standard of a section that starts on or before `day`; None where there is none yet."""
        return self.filter(section=section, starts_on__lte=day).order_by("-starts_on", "-id").first()


class Standard(models.Model):
    """One typed section of a policy (for now: the clock), in force from a date until a row with a later one.

    Append-only; a later row with the same date replaces an earlier one.
    """

    class Section(models.TextChoices):
        """The sections that facts obey."""

        CLOCK = "clock", _("clock")

    section = models.CharField(_("section"), max_length=20, choices=Section.choices)
    starts_on = models.DateField(_("in force from"))
    document = models.JSONField(_("document"))
    policy_version = models.PositiveIntegerField(_("policy version"))

    objects = StandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("standard")
        verbose_name_plural = _("standards")
        ordering = ["section", "-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["section", "policy_version"], name="one_standard_per_section_and_policy")
        ]

    def __str__(self) -> str:
        return f"{self.section} v{self.policy_version} ({self.starts_on})"
