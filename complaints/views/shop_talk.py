"""The conversation behind a complaint as a shop may see it: what it saw, what its rules stopped, and no more."""

from __future__ import annotations

import logging
from itertools import groupby
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from complaints.actions.errors import ComplaintError
from complaints.actions.snapshot import read_snapshot
from complaints.models import Complaint, Evidence
from complaints.views.link_pages import time_in

logger = logging.getLogger(__name__)

SHOWN: Final = 200
"""Messages at most, the newest."""
WITHHELD: Final = frozenset({"failed", "platform_blocked"})
"""Deliveries whose text never reached the shop for reasons that are not the shop's."""


def talk_of(complaint: Complaint) -> list[tuple[str, list[dict[str, str]]]]:
    """The messages of the newest snapshot by local day, oldest first; empty where there is none."""
    snapshot = complaint.evidence.filter(kind=Evidence.Kind.CONVERSATION, erased_at=None).order_by("-pk").first()
    if snapshot is None:
        return []
    try:
        messages = read_snapshot(snapshot)
    except (ComplaintError, OSError):
        logger.warning("The snapshot %s is in no store", snapshot.sha256, exc_info=True)
        return []
    bubbles = [_bubble(each, complaint.shop.timezone) for each in messages[-SHOWN:]]
    return [(day, list(group)) for day, group in groupby(bubbles, key=lambda bubble: bubble["day"])]


def _bubble(message: dict[str, Any], zone: str) -> dict[str, str]:
    sent_at = message.get("sent_at")
    instant = parse_datetime(sent_at) if isinstance(sent_at, str) else sent_at
    day, _space, time = time_in(zone, instant).partition(" ")
    sender, delivery = str(message.get("sender") or ""), str(message.get("delivery") or "delivered")
    text = message.get("text")
    if delivery in WITHHELD:
        text = _("(not shown: the platform did not deliver it)")
    names = {"buyer": _("Buyer"), "agent": str(message.get("agent_id") or _("Agent")), "bot": _("Bot")}
    return {
        "day": day,
        "time": time,
        "who": names.get(sender, ""),
        "text": str(text) if text is not None else _("(the text was not kept)"),
        "classes": f"is-{sender}" + ("" if delivery == "delivered" else " is-undelivered"),
        "remark": "" if delivery == "delivered" else _("did not arrive"),
    }
