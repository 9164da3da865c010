"""What other systems are told: events in one gapless order, and their deliveries to the webhooks that want them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EventCounter(models.Model):
    """The position of the newest event. Its only row is locked until the transaction that adds events ends.

    So positions are committed in their order and without gaps: whoever has read up to one has missed nothing before it.
    """

    position = models.PositiveBigIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("event counter")
        verbose_name_plural = _("event counters")

    def __str__(self) -> str:
        return str(self.position)


class Event(models.Model):
    """One thing that happened and that other systems may want to know. Rows are only ever added."""

    class Type(models.TextChoices):
        """What happened."""

        PRIVILEGES_CHANGED = "privileges.changed", _("privileges changed")
        DECISION_TAKEN = "decision.taken", _("decision taken")

    position = models.PositiveBigIntegerField(_("position"), unique=True)
    code = models.CharField(_("event id"), max_length=40, unique=True, help_text=_("The same in every delivery."))
    type = models.CharField(_("type"), max_length=40, choices=Type.choices)
    shop = models.ForeignKey(
        "shops.Shop", models.CASCADE, null=True, blank=True, related_name="events", verbose_name=_("shop")
    )
    happened_at = models.DateTimeField(_("happened at"), default=timezone.now)
    data = models.JSONField(_("data"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-position"]
        indexes = [models.Index(fields=["type", "position"], name="event_by_type_and_position")]

    def __str__(self) -> str:
        return f"{self.position} {self.type}"


class WebhookEndpoint(models.Model):
    """An address of another system that is told of events, in their order for each shop (Standard Webhooks)."""

    name = models.CharField(_("name"), max_length=100)
    url = models.URLField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=100, help_text=_("Signs each delivery; shown once."))
    event_types = models.JSONField(_("events"), default=list, help_text=_("Empty: all."))
    is_active = models.BooleanField(_("active"), default=True)
    first_position = models.PositiveBigIntegerField(
        _("after position"), default=0, help_text=_("Events up to this one are not delivered.")
    )
    created_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    class State(models.TextChoices):
        """Where it is."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given_up", _("given up")

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("webhook endpoint")
    )
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    last_status = models.PositiveIntegerField(_("last status"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event")
        ]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="delivery_by_state_and_time")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.event_id}: {self.state}"
