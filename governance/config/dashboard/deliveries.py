"""Webhook deliveries on their way, and those that were given up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.config.dashboard.figures import Alert, Figure, list_url, page_url
from shops.models import Delivery, WebhookEndpoint
from shops.views.figures import count_in_words, seconds_in_words

LATE_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The section."""

    figures: list[Figure]
    endpoints_url: str
    has_endpoints: bool
    alerts: list[Alert] = field(default_factory=list)


def deliveries(now: datetime) -> Deliveries:
    """What did not arrive yet; two queries."""
    endpoints_url = list_url(WebhookEndpoint)
    endpoints = list(WebhookEndpoint.objects.only("name", "is_active", "disabled_at", "disabled_reason"))
    active = sum(endpoint.is_active for endpoint in endpoints)
    waiting, given_up = Q(state=Delivery.State.WAITING), Q(state=Delivery.State.GIVEN_UP)
    counts = Delivery.objects.filter(waiting | given_up).aggregate(
        waiting=Count("pk", filter=waiting),
        given_up=Count("pk", filter=given_up),
        oldest=Min("event__happened_at", filter=waiting),
    )
    waiting_url = list_url(Delivery, state__exact=Delivery.State.WAITING)
    given_up_url = list_url(Delivery, state__exact=Delivery.State.GIVEN_UP)
    oldest = (now - counts["oldest"]).total_seconds() // 60 * 60 if counts["oldest"] else None
    note = _("the oldest for %(span)s") % {"span": seconds_in_words(oldest)} if oldest else ""
    is_late = oldest is not None and oldest >= LATE_SECONDS
    figures = [
        Figure(
            _("Deliveries waiting"), count_in_words(counts["waiting"]), note, waiting_url, "middle" if is_late else ""
        ),
        Figure(
            _("Given up"),
            count_in_words(counts["given_up"]),
            _("repeat them once the receiver answers") if counts["given_up"] else "",
            given_up_url,
            "worst" if counts["given_up"] else "",
        ),
        Figure(_("Webhook endpoints"), count_in_words(active), _("active"), endpoints_url),
    ]
    alerts = [
        Alert(
            _("The webhook “%(name)s” was disabled: %(reason)s")
            % {"name": endpoint.name, "reason": endpoint.disabled_reason},
            page_url(endpoint),
            "worst",
        )
        for endpoint in endpoints
        if endpoint.disabled_at and not endpoint.is_active
    ]
    if counts["given_up"]:
        told = ngettext(
            "%(count)s webhook delivery was given up. Repeat it once the receiver answers.",
            "%(count)s webhook deliveries were given up. Repeat them once the receiver answers.",
            counts["given_up"],
        )
        alerts.append(Alert(told % {"count": count_in_words(counts["given_up"])}, given_up_url))
    return Deliveries(figures, endpoints_url, bool(endpoints), alerts)
