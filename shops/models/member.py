"""Who may see a shop's pages, and as what."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Member(models.Model):
    """A user's role at a shop. An agent sees only the own record; the other roles see the whole shop."""

    class Role(models.TextChoices):
        """What a member is at the shop."""

        OWNER = "owner", _("owner")
        MANAGER = "manager", _("manager")
        AGENT = "agent", _("agent")
        VIEWER = "viewer", _("viewer")

    user = models.ForeignKey("shops.User", models.CASCADE, related_name="memberships", verbose_name=_("user"))
    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="members", verbose_name=_("shop"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    agent = models.ForeignKey(
        "shops.Agent",
        models.CASCADE,
        related_name="members",
        null=True,
        blank=True,
        verbose_name=_("agent"),
        help_text=_("Only for the role of agent: whose record this member is."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["shop", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "shop"], name="one_membership_per_user_and_shop"),
            models.CheckConstraint(
                name="agents_and_only_agents_name_their_agent",
                condition=models.Q(role="agent", agent__isnull=False)
                | (~models.Q(role="agent") & models.Q(agent=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    def clean(self) -> None:
        """Refuse an agent of another shop, and a role that does not fit."""
        if (self.role == self.Role.AGENT) != (self.agent_id is not None):
            raise ValidationError(_("The role of agent needs the agent it stands for, and no other role has one."))
        if self.agent is not None and self.agent.shop_id != self.shop_id:
            raise ValidationError({"agent": _("This agent works at another shop. Choose one of this shop.")})
