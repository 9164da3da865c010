"""What other systems are told: events in one gapless order, and their deliveries to the webhooks that want them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

RETRY_AFTER: Final = tuple(
    timedelta(**delay)
    for delay in (
        {"seconds": 5},
        {"minutes": 5},
        {"minutes": 30},
        {"hours": 2},
        {"hours": 5},
        {"hours": 10},
        {"hours": 14},
        {"hours": 20},
        {"hours": 24},
    )
)
"""How long after each failed attempt the next is due, as Standard Webhooks suggests: ten attempts in three days."""


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
        PENALTY_CHANGED = "penalty.changed", _("penalty changed")
        APPEAL_CHANGED = "appeal.changed", _("appeal changed")
        COMPLAINT_CHANGED = "complaint.changed", _("complaint changed")
        TEST = "webhook.test", _("test of a webhook")

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
    """An address of another system that is told of events, in their order for each shop (Standard Webhooks).

    Not active is one that staff paused, or that was disabled since it did not take what it was sent; what happens
    meanwhile waits for it.
    """

    name = models.CharField(_("name"), max_length=100, help_text=_("The system that receives."))
    url = models.URLField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=100, help_text=_("Signs each delivery; shown once."))
    previous_secret = models.CharField(_("previous secret"), max_length=100, blank=True)
    previous_secret_until = models.DateTimeField(
        _("previous secret until"), null=True, blank=True, help_text=_("Until then both secrets sign.")
    )
    event_types = models.JSONField(_("events"), default=list, help_text=_("Empty: all."))
    is_active = models.BooleanField(_("active"), default=True)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True)
    disabled_reason = models.CharField(_("why disabled"), max_length=500, blank=True)
    given_up_in_a_row = models.PositiveIntegerField(_("given up in a row"), default=0)
    first_position = models.PositiveBigIntegerField(
        _("after position"), default=0, help_text=_("Events up to this one are not delivered.")
    )
    queued_position = models.PositiveBigIntegerField(
        _("queued up to"), default=0, help_text=_("Events up to this one have their deliveries.")
    )
    created_by = models.ForeignKey(
        "shops.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["name"]
        permissions = [("manage_webhookendpoint", "Can make, change, pause and test webhook endpoints")]

    def __str__(self) -> str:
        return self.name

    def secrets_at(self, instant: datetime) -> list[str]:
        """The secrets that sign a delivery, the newest first."""
        is_changing = self.previous_secret and self.previous_secret_until and instant < self.previous_secret_until
        return [self.secret, self.previous_secret] if is_changing else [self.secret]

    def wants(self, event_type: str) -> bool:
        """True for the types that were asked for; for all where none was."""
        return not self.event_types or event_type in self.event_types


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Named selections of deliveries."""

    def due_at(self, instant: datetime) -> DeliveryQuerySet:
        """What may be sent: waiting, nobody at it, and nothing earlier of the same shop waiting for the endpoint.

        Deliveries without a shop wait for nobody.
        """
        # A look-up for each row, and not "none exists that is earlier": PostgreSQL makes a join of that, which on a
        # table that was filled a moment ago compares every row with every other.
        first = Delivery.objects.filter(
            endpoint=OuterRef("endpoint"), shop=OuterRef("shop"), state=Delivery.State.WAITING
        ).order_by("position")
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lte=instant),
            Q(shop=None) | Q(position=Subquery(first.values("position")[:1])),
            state=Delivery.State.WAITING,
            next_attempt_at__lte=instant,
        )


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    class State(models.TextChoices):
        """Where it is."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given_up", _("given up")
        SKIPPED = "skipped", _("skipped")

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("webhook endpoint")
    )
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    shop = models.ForeignKey(
        "shops.Shop", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("shop"), db_index=False
    )
    position = models.PositiveBigIntegerField(_("position"), default=0, help_text=_("Of its event."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    last_attempt_at = models.DateTimeField(_("last attempt at"), null=True, blank=True)
    last_status = models.PositiveIntegerField(_("last status"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event")
        ]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_by_state_and_time"),
            models.Index(
                fields=["endpoint", "shop", "position"], condition=Q(state="waiting"), name="delivery_waiting_by_shop"
            ),
            models.Index(
                fields=["endpoint", "next_attempt_at", "position"],
                condition=Q(state="waiting"),
                name="delivery_waiting_by_time",
            ),
            models.Index(fields=["shop"], name="delivery_by_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.event_id}: {self.state}"
