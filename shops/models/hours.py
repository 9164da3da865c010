"""When a shop promises to answer. Hours are dated: a change never touches the past."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from shops.chat.clock import parse_hours
from shops.chat.standard import hours_per_week, read_clock_standard
from shops.models.standard import Standard


def check_hours(text: str) -> None:
    """Raise ValidationError unless `text` reads as weekly hours (interfaces.md, shops)."""
    try:
        parse_hours(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def check_hours_suffice(text: str, minimum: int) -> None:
    """Raise ValidationError where weekly hours come to fewer than `minimum`; what is no hours is not judged here."""
    try:
        hours = hours_per_week(parse_hours(text) or {})
    except ValueError:
        return
    if hours < minimum:
        raise ValidationError(
            _("These hours come to %(hours)g a week; the policy asks for %(minimum)d at least. Extend them."),
            params={"hours": hours, "minimum": minimum},
        )


def check_blocks(text: str) -> None:
    """Raise ValidationError unless `text` is empty (closed) or a comma-separated list of HH:MM-HH:MM."""
    if not text.strip():
        return
    if any(letter.isalpha() or letter == ";" for letter in text):
        raise ValidationError(_("Write blocks as HH:MM-HH:MM, separated by commas; leave empty for a closed day."))
    check_hours(text)


class ServiceHours(models.Model):
    """The weekly hours of a shop from a date on, until a row with a later date."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="hours", verbose_name=_("shop"))
    starts_on = models.DateField(_("in force from"), default=date(2000, 1, 1))
    weekly = models.CharField(
        _("weekly hours"),
        max_length=500,
        validators=[check_hours],
        help_text=_("For example: mon-fri 09:00-21:00; sat-sun 10:00-18:00"),
    )

    class Meta:
        verbose_name = _("service hours")
        verbose_name_plural = _("service hours")
        ordering = ["shop", "starts_on"]
        constraints = [models.UniqueConstraint(fields=["shop", "starts_on"], name="one_row_of_hours_per_start")]

    def __str__(self) -> str:
        return f"{self.weekly} ({self.starts_on})"

    def clean(self) -> None:
        """Refuse hours shorter than the policy in force on their first day allows. One query."""
        standard = Standard.objects.in_force_on(self.starts_on, Standard.Section.CLOCK)
        minimum = read_clock_standard(standard.document).minimum_hours_per_week if standard else 0
        try:
            check_hours_suffice(self.weekly, minimum)
        except ValidationError as error:
            raise ValidationError({"weekly": error.messages}) from error


class HoursOverride(models.Model):
    """The hours of one shop on one date, instead of its weekly ones."""

    shop = models.ForeignKey("shops.Shop", models.CASCADE, related_name="hours_overrides", verbose_name=_("shop"))
    date = models.DateField(_("date"))
    blocks = models.CharField(
        _("hours"), max_length=200, blank=True, validators=[check_blocks], help_text=_("Empty: closed all day.")
    )

    class Meta:
        verbose_name = _("exception to the hours")
        verbose_name_plural = _("exceptions to the hours")
        ordering = ["shop", "date"]
        constraints = [models.UniqueConstraint(fields=["shop", "date"], name="one_override_per_shop_and_date")]

    def __str__(self) -> str:
        return f"{self.date}: {self.blocks or _('closed')}"

    def clean(self) -> None:
        """Check the blocks, also where a form left the field's own validators out."""
        try:
            check_blocks(self.blocks)
        except ValidationError as error:
            raise ValidationError({"blocks": error.messages}) from error
