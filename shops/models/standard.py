"""What facts must obey, written down by governance when a policy is published."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class StandardQuerySet(models.QuerySet["Standard"]):
    """Named selections of standards."""

    def in_force_on(self, day: date, section: str) -> Standard | None:
        """The newest row, up to `day`, of the newest version that started on or before it; None where there is none."""
        mine = Standard.objects.filter(section=section, policy_version=models.OuterRef("policy_version"))
        began = models.Subquery(mine.order_by("starts_on").values("starts_on")[:1])
        rows = self.filter(section=section, starts_on__lte=day).annotate(policy_starts_on=began)
        return rows.order_by("-policy_starts_on", "-policy_version", "-starts_on").first()


class Standard(models.Model):
    """One typed section of a policy (for now: the clock), in force from a date until a row with a later one.

    A version has a row for its first day and one for each day on which its peak calendar changes something. From the
    day that another version starts, no row of an earlier one counts any more. Append-only.
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
            models.UniqueConstraint(
                fields=["section", "policy_version", "starts_on"], name="one_standard_per_section_policy_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} v{self.policy_version} ({self.starts_on})"
