"""The jobs of complaints, as Celery tasks: each calls one action."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from complaints.actions.mail_entries import mail_entries
from complaints.actions.personal_data import retain_complaints
from complaints.actions.sweeping import sweep_complaints


@shared_task(ignore_result=True, acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def sweep() -> None:
    """Move on complaints whose time has come, and mail their news. Each minute; safe to run twice, and at once."""
    now = timezone.now()
    sweep_complaints(now)
    mail_entries(now)


@shared_task(ignore_result=True, acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def retain() -> None:
    """Erase what is personal in complaints that ended long ago. Each night; safe to run twice."""
    retain_complaints(timezone.now())
