"""Notices sent by mail to the people whom they are addressed to: a sweep over what nobody was mailed yet."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any, Final

from django.core import mail
from django.db import transaction
from django.db.models import Q

from shops.models import Member, Notice

logger = logging.getLogger(__name__)

AT_ONCE: Final = 500
"""Notices that one sweep sends at most; the next goes on from there."""
FRESH: Final = timedelta(days=7)
"""Older notices are read in the inbox only: nobody wants the mail of last month when mail is set up or works again."""
FAILURES_IN_A_ROW: Final = 3
"""After so many the mail server is taken to be down, and the rest waits for the next sweep."""


def mail_notices(at: datetime) -> dict[str, int]:
    """Mail what was not mailed yet: a shop's to its owners and managers, an agent's to the agent, in both languages.

    Returns how many notices were mailed, were nobody's to mail, and failed; those that failed wait for the next sweep.
    Safe to run twice and by two at once: each is marked in the transaction that sends it. Only a crash between the mail
    server's word and the commit mails one again. Three queries, and one for each notice.
    """
    counts = {"mailed": 0, "nobody": 0, "failed": 0}
    waiting = Notice.objects.filter(mailed_at=None).order_by("pk")
    counts["nobody"] += waiting.filter(created_at__lt=at - FRESH).update(mailed_at=at)
    notices = list(waiting.select_related("shop")[:AT_ONCE])
    if not notices:
        return counts
    addresses = _addresses_of(notices)
    connection = mail.get_connection()
    failures = 0
    try:
        for notice in notices:
            outcome = _mail(notice, addresses.get((notice.shop_id, notice.agent_id), ()), connection, at)
            counts[outcome] = counts.get(outcome, 0) + 1
            failures = failures + 1 if outcome == "failed" else 0
            if failures == FAILURES_IN_A_ROW:
                break
    finally:
        _close(connection)
    counts.pop("done", None)
    return counts


def _mail(notice: Notice, to: Sequence[str], connection: Any, at: datetime) -> str:
    """Send one notice unless another sweep did: "mailed", "nobody", "failed" or "done" by the other one."""
    try:
        with transaction.atomic():
            # Whoever marks it first sends it; the other one waits here, and finds it marked or, after a failure, free.
            if not Notice.objects.filter(pk=notice.pk, mailed_at=None).update(mailed_at=at):
                return "done"
            if not to:
                return "nobody"
            try:
                _message(notice, to, connection).send()
            except SMTPRecipientsRefused:
                logger.warning("Nobody takes the mail of notice %d: all addresses were refused.", notice.pk)
                return "nobody"
            return "mailed"
    except OSError as error:  # what smtplib raises is one too
        logger.warning("Notice %d was not mailed, the next sweep tries again: %s", notice.pk, error)
        _close(connection)
        return "failed"


def _message(notice: Notice, to: Sequence[str], connection: Any) -> mail.EmailMessage:
    """Both languages, Chinese below: what somebody reads in mail is not known here."""
    subject = " ".join(f"{notice.title_en} / {notice.title_zh_hans}".split())
    body = (
        f"{notice.text_en}\n\n— Openline, {notice.shop.name}. Sign in to read it there and to answer.\n\n"
        f"{notice.text_zh_hans}\n\n—— Openline，{notice.shop.name}。请登录查看和回复。\n"
    )
    return mail.EmailMessage(subject, body, to=list(to), connection=connection)


def _addresses_of(notices: Sequence[Notice]) -> Mapping[tuple[int, int | None], list[str]]:
    """The addresses of active people by shop and agent; the agent is None for owners and managers."""
    members = Member.objects.filter(
        Q(role__in=(Member.Role.OWNER, Member.Role.MANAGER))
        | Q(agent__in={notice.agent_id for notice in notices if notice.agent_id is not None}),
        shop__in={notice.shop_id for notice in notices},
        user__is_active=True,
    ).exclude(user__email="")
    found: dict[tuple[int, int | None], list[str]] = defaultdict(list)
    for shop_id, agent_id, address in members.order_by("pk").values_list("shop_id", "agent_id", "user__email"):
        if address not in found[shop_id, agent_id]:
            found[shop_id, agent_id].append(address)
    return found


def _close(connection: Any) -> None:
    """Close the connection; that a broken one cannot be closed is no news."""
    try:
        connection.close()
    except OSError:
        logger.debug("The connection to the mail server was broken already.")
