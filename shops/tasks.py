"""The jobs of the facts, as Celery tasks: each calls one action."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError

from shops.actions.webhooks import sweep


@shared_task(ignore_result=True, acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def deliver_webhooks() -> None:
    """Send the webhooks that are due. Safe to run twice, and beside another one; each minute."""
    sweep.deliver_webhooks()
