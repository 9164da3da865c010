"""News of a complaint mailed to complainants who asked for it: a sweep over what was not mailed yet."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any, Final

from django.core import mail
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from complaints.models import Complaint, Entry

logger = logging.getLogger(__name__)

AT_ONCE: Final = 500
"""Entries that one sweep sends at most; the next goes on from there."""
FRESH: Final = timedelta(days=7)
"""Older news is read on the complaint's own page only."""
FAILURES_IN_A_ROW: Final = 3
"""After so many the mail server is taken to be down, and the rest waits for the next sweep."""


def mail_entries(at: datetime) -> dict[str, int]:
    """Mail the steps that complainants wait for, each in the complaint's language; return how many went and failed.

    The mail says what happened and names the complaint; neither words of any side nor the link are in it, since mail is
    read by others. Safe to run twice and by two at once: each is marked in the transaction that sends it.
    """
    counts = {"mailed": 0, "failed": 0}
    waiting = Entry.objects.filter(mailed_at=None).order_by("pk")
    waiting.filter(at__lt=at - FRESH).update(mailed_at=at)
    connection = mail.get_connection()
    failures = 0
    for entry in waiting.select_related("complaint__shop")[:AT_ONCE]:
        sent = _mail(entry, connection, at)
        failures = 0 if sent else failures + 1
        counts["mailed" if sent else "failed"] += 1
        if failures == FAILURES_IN_A_ROW:
            break
    return counts


def _mail(entry: Entry, connection: Any, at: datetime) -> bool:
    """Send one unless another sweep did; False where the mail server could not be reached."""
    try:
        with transaction.atomic():
            claimed = Entry.objects.filter(pk=entry.pk, mailed_at=None).update(mailed_at=at)
            if claimed and entry.complaint.email:
                try:
                    _message(entry, entry.complaint, connection).send()
                except SMTPRecipientsRefused:
                    logger.warning("The address of complaint %s was refused", entry.complaint.code)
    except OSError as error:  # what smtplib raises is one too
        logger.warning(
            "News of complaint %s was not mailed, the next sweep tries again: %s", entry.complaint.code, error
        )
        return False
    return True


def _message(entry: Entry, complaint: Complaint, connection: Any) -> mail.EmailMessage:
    with translation.override(complaint.language):
        subject = _("Your complaint %(code)s: %(what)s") % {"code": complaint.code, "what": entry.get_kind_display()}
        body = _(
            "There is news of your complaint %(code)s about %(shop)s: %(what)s.\n\n"
            "Open the link that you were given when you filed it to read everything and to answer."
        ) % {"code": complaint.code, "shop": complaint.shop.name, "what": entry.get_kind_display()}
    return mail.EmailMessage(" ".join(subject.split()), body, to=[complaint.email], connection=connection)
