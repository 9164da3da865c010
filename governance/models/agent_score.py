"""The appraisal of an agent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.measures import MeasureColumns


class AgentScore(MeasureColumns):
    """One agent's score as of one day, with the window's measures it was judged by. Never rewritten."""

    class Standing(models.TextChoices):
        """Where the agent stands against policy's lines (clock.md section 6)."""

        AT = "at", _("at standard")
        BELOW = "below", _("below standard, proven")
        NOT_PROVEN = "not_proven", _("not proven either way")
        NO_SAMPLE = "no_sample", _("too few turns")

    agent = models.ForeignKey("shops.Agent", models.CASCADE, related_name="scores", verbose_name=_("agent"))
    on = models.DateField(_("on"))
    policy = models.ForeignKey("governance.Policy", models.PROTECT, related_name="+", verbose_name=_("policy"))
    window_first_on = models.DateField(_("first date of the window"))
    window_last_on = models.DateField(_("last date of the window"))
    points = models.FloatField(_("score"), null=True, blank=True)
    speed_points = models.FloatField(_("speed"), null=True, blank=True)
    quality_points = models.FloatField(_("quality"), null=True, blank=True)
    resolution_points = models.FloatField(_("resolution"), null=True, blank=True)
    standing = models.CharField(_("standing"), max_length=12, choices=Standing.choices)
    lines = models.JSONField(_("lines"), default=list, help_text=_("One entry per item of the policy."))

    class Meta:
        verbose_name = _("agent score")
        verbose_name_plural = _("agent scores")
        ordering = ["-on", "agent"]
        constraints = [models.UniqueConstraint(fields=["agent", "on"], name="one_score_per_agent_and_day")]
        indexes = [models.Index(fields=["on", "standing"], name="agent_score_by_standing")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.on}: {self.points}"
