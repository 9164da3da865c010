"""What a shop may do now: the row that every other system of the marketplace reads, and its history."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PrivilegeColumns(models.Model):
    """The privileges themselves, the same columns wherever they are kept."""

    keyword_limit = models.PositiveIntegerField(_("keyword limit"), default=0)
    blocked_buyer_limit = models.PositiveIntegerField(_("blocked buyer limit"), default=0)
    may_join_campaigns = models.BooleanField(_("may join campaigns"), default=False)
    search_weight = models.DecimalField(_("search weight"), max_digits=4, decimal_places=2, default=1)
    may_list = models.BooleanField(_("may list goods"), default=True)

    class Meta:
        abstract = True


class BaseColumns(models.Model):
    """What the grade grants, before penalties reduce it: the same privileges under names of their own."""

    base_keyword_limit = models.PositiveIntegerField(_("keyword limit by grade"), default=0)
    base_blocked_buyer_limit = models.PositiveIntegerField(_("blocked buyer limit by grade"), default=0)
    base_may_join_campaigns = models.BooleanField(_("may join campaigns by grade"), default=False)
    base_search_weight = models.DecimalField(_("search weight by grade"), max_digits=4, decimal_places=2, default=1)
    base_may_list = models.BooleanField(_("may list goods by grade"), default=True)

    class Meta:
        abstract = True


class Privileges(PrivilegeColumns, BaseColumns):
    """The present privileges of a shop: a projection that governance writes, never edited by hand.

    The base that the grade grants, reduced by every penalty in force.
    """

    shop = models.OneToOneField("shops.Shop", models.CASCADE, related_name="privileges", verbose_name=_("shop"))
    grade = models.CharField(_("grade"), max_length=20, blank=True)
    in_force_on = models.DateField(_("as of"), help_text=_("The day of the rating that these follow from."))
    policy_version = models.PositiveIntegerField(
        _("policy version"), null=True, blank=True, help_text=_("Empty where it was not kept yet.")
    )
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("privileges")
        verbose_name_plural = _("privileges")
        ordering = ["shop"]

    def __str__(self) -> str:
        return f"{self.shop_id}: {self.grade}"


class PrivilegesChange(PrivilegeColumns):
    """One change of a shop's privileges: what they became, on which day and why. Ids rise in the order of change."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="privileges_changes", verbose_name=_("shop"))
    on = models.DateField(_("on"))
    grade = models.CharField(_("grade"), max_length=20, blank=True)
    previous_grade = models.CharField(_("previous grade"), max_length=20, blank=True)
    taken = models.JSONField(_("taken away"), default=list, help_text=_("Names of the privileges that became smaller."))
    granted = models.JSONField(_("granted"), default=list, help_text=_("Names of the privileges that became larger."))
    reason = models.CharField(_("reason"), max_length=100)
    cause = models.CharField(
        _("cause"), max_length=40, blank=True, help_text=_("Reference of the penalty or decision; empty for the grade.")
    )
    policy_version = models.PositiveIntegerField(_("policy version"))
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of privileges")
        verbose_name_plural = _("changes of privileges")
        ordering = ["-on", "-id"]
        indexes = [
            models.Index(fields=["on"], name="privileges_change_by_day"),
            models.Index(fields=["shop", "-id"], name="privileges_change_by_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.on}: {self.previous_grade} → {self.grade}"
