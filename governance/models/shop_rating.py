"""The credit rating of a shop."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.models.measures import MeasureColumns


class ShopRatingQuerySet(models.QuerySet["ShopRating"]):
    """Named selections of ratings."""

    def newest_per_shop(self, before: date | None = None) -> ShopRatingQuerySet:
        """Each shop's newest rating, or its newest before a day. One correlated look-up per shop, by index."""
        mine = ShopRating.objects.filter(shop=models.OuterRef("shop"))
        if before is not None:
            mine = mine.filter(on__lt=before)
        return self.filter(on=models.Subquery(mine.order_by("-on").values("on")[:1]))


class ShopRating(MeasureColumns):
    """One shop's rating as of one day, with the window's measures it was judged by. Never rewritten."""

    PROVISIONAL = "provisional"

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="ratings", verbose_name=_("shop"))
    on = models.DateField(_("on"))
    policy = models.ForeignKey("governance.Policy", models.PROTECT, related_name="+", verbose_name=_("policy"))
    window_first_on = models.DateField(_("first date of the window"))
    window_last_on = models.DateField(_("last date of the window"))
    points = models.FloatField(_("points"), null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=20)
    since_on = models.DateField(_("grade since"))
    candidate = models.CharField(_("grade by points"), max_length=20, blank=True)
    candidate_since_on = models.DateField(_("by points since"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    lines = models.JSONField(_("lines"), default=list, help_text=_("One entry per dimension of the policy."))
    peers = models.JSONField(
        _("peers"), default=dict, help_text=_("The category's means by dimension: what estimates shrink to.")
    )

    gates = models.JSONField(
        _("gates"), default=list, help_text=_("One entry per gate of the policy: open or closed, and by which needs.")
    )
    as_of = models.DateTimeField(
        _("as of"), null=True, blank=True, help_text=_("Later facts are no part of it. Empty before release 0.3.")
    )
    left_out = models.JSONField(
        _("dates left out"),
        default=list,
        blank=True,
        help_text=_(
            "Dates from the window's first on that were not final for the shop: their control totals were not met."
        ),
    )
    came_as = models.JSONField(
        _("came as"),
        null=True,
        blank=True,
        help_text=_("The grade, the gates and the opening date with which the shop came into the day."),
    )

    objects = ShopRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop rating")
        verbose_name_plural = _("shop ratings")
        ordering = ["-on", "shop"]
        constraints = [models.UniqueConstraint(fields=["shop", "on"], name="one_rating_per_shop_and_day")]
        indexes = [models.Index(fields=["on", "grade", "points"], name="rating_by_grade_and_points")]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.on}: {self.grade}"

    def is_provisional(self) -> bool:
        """True for a shop that is too new or too quiet to have had a grade yet."""
        return self.grade == self.PROVISIONAL
