"""Letting a person read a conversation, and noting that they did."""

from __future__ import annotations

from django.db import transaction

from shops.chat.reading import MessageRow, conversation
from shops.models import AuditEntry, Shop, User


@transaction.atomic
def read_conversation(shop: Shop, conversation_id: str, *, around_ms: int, by: User) -> list[MessageRow]:
    """The messages of a conversation around an instant (UTC milliseconds), oldest first; empty where there are none.

    Buyers' words are personal: the audit trail keeps who read them and when, before anything is shown. An empty
    conversation leaves no entry, since nothing was read.
    """
    messages = conversation(shop.code, conversation_id, around_ms=around_ms)
    if messages:
        AuditEntry.objects.create(
            by=by,
            action="read_conversation",
            target=f"{shop.code}/{conversation_id}"[:300],
            detail={
                "shop": shop.code,
                "conversation": conversation_id,
                "around_ms": around_ms,
                "messages": len(messages),
            },
        )
    return messages
