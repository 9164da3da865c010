"""The shop: whose service is measured and who holds privileges."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shops.models.user import User


def check_timezone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone that this machine knows."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(
            _("%(name)s is no time zone. Use an IANA name such as Asia/Shanghai."), params={"name": name}
        ) from error


class ShopQuerySet(models.QuerySet["Shop"]):
    """Named selections of shops; permissions live here."""

    def visible_to(self, user: User | AnonymousUser) -> ShopQuerySet:
        """The shops whose pages this user may open: all for staff, one's own for members, none for others."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self if user.has_perm("shops.view_shop") else self.none()
        return self.filter(members__user=user).distinct()


class Shop(models.Model):
    """One shop of the marketplace, known there by its code."""

    code = models.CharField(_("shop id"), max_length=128, unique=True, help_text=_("The shop's id on the marketplace."))
    name = models.CharField(_("name"), max_length=200)
    category = models.CharField(
        _("category"), max_length=100, blank=True, db_index=True, help_text=_("Shops of a category are peers.")
    )
    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai", validators=[check_timezone])
    opened_on = models.DateField(_("opened on"), null=True, blank=True)

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        permissions = [("read_conversation", "Can read buyers' conversations (each reading is recorded)")]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code
