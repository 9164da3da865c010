"""Endpoints made, changed, paused, resumed and tried by staff; their secrets rotated. A secret is returned once."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from shops.actions.publish_events import NewEvent, newest_position, publish_events
from shops.actions.webhooks.addresses import AddressRefusedError, check_url
from shops.models import AuditEntry, Delivery, Event, User, WebhookEndpoint


class EndpointError(ValueError):
    """An endpoint cannot be made, changed or tried as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint with its new secret, which its receiver must know: the only time that anybody sees it."""

    endpoint: WebhookEndpoint
    text: str


@transaction.atomic
def make_endpoint(name: str, url: str, event_types: Sequence[str], *, now: datetime, by: User | None) -> NewSecret:
    """Make an endpoint that is told of what happens from now on. Raises EndpointError for an address or type refused.

    What happened before is read from the API (privileges/changes/), not sent.
    """
    _check(url, event_types)
    newest = newest_position()
    secret = _new_secret()
    endpoint = WebhookEndpoint.objects.create(
        name=name,
        url=url,
        secret=secret,
        event_types=sorted(set(event_types)),
        first_position=newest,
        queued_position=newest,
        created_by=by,
        created_at=now,
    )
    _keep("make_webhook", endpoint, by, url=url, event_types=endpoint.event_types)
    return NewSecret(endpoint, secret)


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint, *, name: str, url: str, event_types: Sequence[str], by: User | None
) -> None:
    """Change what an endpoint is called, where it is and what it is told of from now on. Raises EndpointError."""
    _check(url, event_types)
    endpoint = _locked(endpoint)
    before = {"name": endpoint.name, "url": endpoint.url, "event_types": endpoint.event_types}
    endpoint.name, endpoint.url, endpoint.event_types = name, url, sorted(set(event_types))
    endpoint.save(update_fields=["name", "url", "event_types"])
    after = {"name": name, "url": url, "event_types": endpoint.event_types}
    _keep("change_webhook", endpoint, by, before=before, after=after)


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime, overlap: timedelta, by: User | None) -> NewSecret:
    """Give an endpoint a new secret; for `overlap` deliveries are signed with both, so that its receiver can change.

    A secret before the present one ends at once: two sign, never three.
    """
    endpoint = _locked(endpoint)
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + overlap
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    _keep("rotate_webhook_secret", endpoint, by, old_signs_until=endpoint.previous_secret_until.isoformat())
    return NewSecret(endpoint, endpoint.secret)


@transaction.atomic
def pause_endpoint(endpoint: WebhookEndpoint, *, by: User | None) -> None:
    """Send it nothing until it is resumed; what happens meanwhile waits. Again changes nothing."""
    endpoint = _locked(endpoint)
    if endpoint.is_active:
        endpoint.is_active = False
        endpoint.save(update_fields=["is_active"])
        _keep("pause_webhook", endpoint, by)


@transaction.atomic
def resume_endpoint(endpoint: WebhookEndpoint, *, now: datetime, by: User | None) -> None:
    """Send to it again, at once and with all attempts before it; also after it was disabled."""
    endpoint = _locked(endpoint)
    if not endpoint.is_active:
        endpoint.is_active, endpoint.disabled_at, endpoint.disabled_reason = True, None, ""
        endpoint.given_up_in_a_row = 0
        endpoint.save(update_fields=["is_active", "disabled_at", "disabled_reason", "given_up_in_a_row"])
        endpoint.deliveries.filter(state=Delivery.State.WAITING).update(attempts=0, next_attempt_at=now)
        _keep("resume_webhook", endpoint, by)


@transaction.atomic
def send_test_event(endpoint: WebhookEndpoint, *, now: datetime, by: User | None) -> Delivery:
    """Queue an event of the type webhook.test for this endpoint alone. Raises EndpointError for one not active."""
    endpoint = _locked(endpoint)
    if not endpoint.is_active:
        raise EndpointError(_("This endpoint is not active: nothing is sent to it. Resume it first."))
    event = NewEvent(Event.Type.TEST, None, now, {"endpoint": endpoint.name})
    publish_events([event])
    stored = Event.objects.get(code=event.code)
    delivery = Delivery.objects.create(endpoint=endpoint, event=stored, position=stored.position, next_attempt_at=now)
    _keep("test_webhook", endpoint, by, event=event.code)
    return delivery


def _check(url: str, event_types: Sequence[str]) -> None:
    try:
        check_url(url)
    except AddressRefusedError as error:
        raise EndpointError(str(error)) from error
    unknown = sorted(set(event_types) - (set(Event.Type.values) - {Event.Type.TEST.value}))
    if unknown:
        raise EndpointError(_("%(types)s: there are no such events.") % {"types": ", ".join(unknown)})


def _new_secret() -> str:
    """256 random bits, as Standard Webhooks writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)


def _keep(action: str, endpoint: WebhookEndpoint, by: User | None, **detail: object) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"webhook endpoint {endpoint}"[:300], detail=detail)
