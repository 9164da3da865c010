"""The conversation as the chat log had it, kept as evidence: nobody has to make screenshots."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions import evidence_store
from complaints.actions.course import enter, lock_complaint
from complaints.actions.evidence import EvidenceError, keep_for_good, read_evidence
from complaints.models import Complaint, Entry, Evidence
from shops.chat.clock import from_ms, to_ms
from shops.chat.engine import EngineError
from shops.chat.log import LogError
from shops.chat.reading import MessageRow
from shops.chat.talk import find_conversation, read_talk

logger = logging.getLogger(__name__)

SOUGHT_DAYS: Final = 60
"""How far back the conversation that a complaint names is looked for, from when it happened."""
RECENT_DAYS: Final = 14
"""How far back the buyer's newest conversation is looked for where the complaint names none."""
KEPT_DAYS: Final = 30
"""What of the conversation is kept, from its newest message back."""
BROKEN: Final = (EngineError, LogError, OSError)


def snapshot_conversation(complaint: Complaint, *, at: datetime) -> Evidence | None:
    """Keep the buyer's conversation with the shop as it is at `at`; the earlier row where nothing was said since.

    None where there is no conversation, where the complaint names no buyer, and where the log cannot be read (then the
    course says so, for staff). A report by a third party keeps none: it is not their conversation.
    """
    if not complaint.buyer_id or complaint.standing == Complaint.Standing.THIRD_PARTY:
        return None
    try:
        content = _content(complaint, at)
    except BROKEN:
        logger.exception("The conversation of complaint %s could not be read", complaint.code)
        enter(
            complaint,
            Entry.Kind.NOTE,
            side=Entry.Side.SYSTEM,
            at=at,
            text=_("The chat log could not be read. Take the conversation as evidence once it can."),
            audience=Entry.Audience.STAFF,
        )
        return None
    if content is None:
        return None
    sha256 = evidence_store.put(content)
    with transaction.atomic():
        complaint = lock_complaint(complaint.pk)
        earlier = complaint.evidence.filter(side=Evidence.Side.STAFF, sha256=sha256, erased_at=None).first()
        if earlier is not None or complaint.erased_at is not None:
            return earlier
        evidence = Evidence.objects.create(
            complaint=complaint,
            kind=Evidence.Kind.CONVERSATION,
            side=Evidence.Side.STAFF,
            name="conversation.json",
            media_type="application/json",
            size_bytes=len(content),
            sha256=sha256,
            received_sha256=sha256,
            added_at=at,
        )
        enter(complaint, Entry.Kind.EVIDENCE, side=Entry.Side.SYSTEM, at=at, text=evidence.name)
        keep_for_good(content)
    return evidence


def read_snapshot(evidence: Evidence) -> list[dict[str, Any]]:
    """The messages of a snapshot, oldest first: message_id, sent_at, sender, kind, delivery, agent_id, text.

    Raises EvidenceError for evidence that is no conversation, and where the content was erased or is lost.
    """
    if evidence.kind != Evidence.Kind.CONVERSATION:
        raise EvidenceError(_("This evidence is no conversation."))
    messages: list[dict[str, Any]] = json.loads(read_evidence(evidence))["messages"]
    return messages


def canonical(document: object) -> bytes:
    """One spelling of a JSON document, so that the same content has the same hash: sorted keys, no spaces, UTF-8."""
    # Halves of surrogate pairs, which no UTF-8 can hold, become question marks.
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _content(complaint: Complaint, at: datetime) -> bytes | None:
    is_named = bool(complaint.conversation_id or complaint.message_id)
    start = complaint.happened_at or complaint.filed_at
    since = start - timedelta(days=SOUGHT_DAYS) if is_named else start - timedelta(days=RECENT_DAYS)
    place = find_conversation(
        complaint.shop.code,
        complaint.buyer_id,
        conversation_id=complaint.conversation_id,
        message_id=complaint.message_id,
        since_ms=to_ms(since),
        until_ms=to_ms(at),
    )
    if place is None:
        return None
    talk = read_talk(
        complaint.shop.code,
        complaint.buyer_id,
        place.conversation_id,
        reads_from_ms=to_ms(from_ms(place.newest_ms) - timedelta(days=KEPT_DAYS)),
        as_of_ms=to_ms(at),
        rules=(),
    )
    return canonical(
        {
            "shop_id": complaint.shop.code,
            "conversation_id": place.conversation_id,
            # What a shop's agents note for each other is no part of what was said to the buyer.
            "messages": [_message(each) for each in talk.messages if each.kind != "note"],
        }
    )


def _message(message: MessageRow) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "sent_at": message.sent_at.isoformat(),
        "sender": message.sender,
        "kind": message.kind,
        "delivery": message.delivery,
        "agent_id": message.agent_id,
        "text": message.text,
    }
