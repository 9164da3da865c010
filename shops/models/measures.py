"""The stored measures (clock.md section 5): rates as numerators and denominators, so that counts add up over days.

`MeasureColumns` is also what a score or a rating keeps as its inputs, for the window it was judged by.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


def count(label: Any) -> models.PositiveIntegerField[int, int]:
    """A column that counts something."""
    return models.PositiveIntegerField(label, default=0)


def seconds(label: Any) -> models.FloatField[float | None, float | None]:
    """A column of service-clock seconds; None means that nothing could be measured, never 0."""
    return models.FloatField(label, null=True, blank=True)


FINAL = _("Every turn of the date has settled, and its control totals are met where policy asks for them.")


class MeasureColumns(models.Model):
    """Counts and response times of one agent or shop over a span of local dates.

    turns = answered + unanswered + bot_served + pending (these four counted) + off_hours + stoppage + closed_soon.
    """

    turns = count(_("turns"))
    answered = count(_("answered"))
    unanswered = count(_("unanswered"))
    bot_served = count(_("served by a bot"))
    pending = count(_("pending"))
    off_hours = count(_("off hours"))
    stoppage = count(_("in a stoppage"))
    closed_soon = count(_("closed soon after"))
    settled = count(_("answered or unanswered"))
    on_time = count(_("answered on time"))
    effective_on_time = count(_("really answered on time"))
    brushed_off = count(_("brushed off"))
    off_hours_settled = count(_("off hours, settled"))
    off_hours_on_time = count(_("off hours, answered soon after opening"))
    contacts = count(_("contacts"))
    contacts_settled = count(_("contacts settled"))
    contacts_resolved = count(_("contacts resolved"))
    contacts_escalated = count(_("contacts escalated"))
    stars_count = count(_("ratings by buyers"))
    stars_sum = count(_("sum of stars"))
    stars_low = count(_("ratings of 1 to 3 stars"))
    late_buyers = count(_("buyers answered late or never"))
    unanswered_buyers = count(_("buyers never answered"))
    ineffective_buyers = count(_("buyers not really answered on time"))
    brushed_off_buyers = count(_("buyers brushed off"))
    unresolved_buyers = count(_("buyers left unresolved"))
    low_star_buyers = count(_("buyers who gave 1 to 3 stars"))
    off_hours_late_buyers = count(_("buyers answered late or never off hours"))
    response_mean = seconds(_("mean response (s)"))
    response_p50 = seconds(_("median response (s)"))
    response_p90 = seconds(_("90 % answered within (s)"))
    priced_response_mean = seconds(_("priced mean response (s)"))
    first_response_mean = seconds(_("mean first response (s)"))
    first_response_p50 = seconds(_("median first response (s)"))
    first_response_p90 = seconds(_("90 % first answered within (s)"))
    effective_mean = seconds(_("mean real response (s)"))
    effective_p50 = seconds(_("median real response (s)"))
    effective_p90 = seconds(_("90 % really answered within (s)"))
    effective_priced_mean = seconds(_("priced mean real response (s)"))

    class Meta:
        abstract = True


MEASURE_COLUMNS: tuple[str, ...] = tuple(field.name for field in MeasureColumns._meta.local_fields)
"""The names of the stored measures, in the order of the table."""


class ShopDay(MeasureColumns):
    """The measures of one shop on one local date. Recomputed until the date is final."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="days", verbose_name=_("shop"))
    on = models.DateField(_("on"))
    is_final = models.BooleanField(_("final"), default=False, help_text=FINAL)

    class Meta:
        verbose_name = _("shop's day")
        verbose_name_plural = _("shops' days")
        ordering = ["-on", "shop"]
        constraints = [models.UniqueConstraint(fields=["shop", "on"], name="one_row_per_shop_and_day")]
        indexes = [
            models.Index(fields=["on"], name="shop_day_by_day"),
            models.Index(fields=["on"], name="shop_day_not_final", condition=models.Q(is_final=False)),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.on}"


class AgentDay(MeasureColumns):
    """The measures of one agent on one local date of the agent's shop. Recomputed until the date is final."""

    agent = models.ForeignKey("shops.Agent", models.CASCADE, related_name="days", verbose_name=_("agent"))
    on = models.DateField(_("on"))
    is_final = models.BooleanField(_("final"), default=False, help_text=FINAL)

    class Meta:
        verbose_name = _("agent's day")
        verbose_name_plural = _("agents' days")
        ordering = ["-on", "agent"]
        constraints = [models.UniqueConstraint(fields=["agent", "on"], name="one_row_per_agent_and_day")]
        indexes = [
            models.Index(fields=["on"], name="agent_day_by_day"),
            models.Index(fields=["on"], name="agent_day_not_final", condition=models.Q(is_final=False)),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.on}"
