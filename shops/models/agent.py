"""The customer-service agent of a shop."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.member import Member

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shops.models.user import User


class AgentQuerySet(models.QuerySet["Agent"]):
    """Named selections of agents; permissions live here."""

    def visible_to(self, user: User | AnonymousUser) -> AgentQuerySet:
        """Staff see all; owners, managers and viewers those of their shops; an agent only the own record."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self if user.has_perm("shops.view_agent") else self.none()
        mine = Member.objects.filter(user=user)
        whole_shops = mine.exclude(role=Member.Role.AGENT).values("shop")
        own_records = mine.filter(agent__isnull=False).values("agent")
        return self.filter(models.Q(shop__in=whole_shops) | models.Q(pk__in=own_records))


class Agent(models.Model):
    """One agent at one shop: a person at two shops is two agents (clock.md section 1).

    Off duty and training are written by governance, from the decisions in force; the marketplace's router reads them.
    """

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="agents", verbose_name=_("shop"))
    code = models.CharField(_("agent id"), max_length=128)
    name = models.CharField(_("name"), max_length=200, blank=True)
    off_duty_until = models.DateTimeField(
        _("off duty until"), null=True, blank=True, editable=False, help_text=_("Buyers are not routed here before.")
    )
    training_due_on = models.DateField(_("training due on"), null=True, blank=True, editable=False)

    objects = AgentQuerySet.as_manager()

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["shop", "code"]
        constraints = [models.UniqueConstraint(fields=["shop", "code"], name="one_agent_per_shop_and_code")]

    def __str__(self) -> str:
        return self.name or self.code

    def is_off_duty_at(self, instant: datetime) -> bool:
        """True until off_duty_until (excluded)."""
        return self.off_duty_until is not None and instant < self.off_duty_until
