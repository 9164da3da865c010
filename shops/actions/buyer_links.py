"""Links for buyers: made, signed, found again by what a browser sends, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.db.models import Q

from shops.models import AuditEntry, BuyerLink, ServiceToken, Shop, User

SALT: Final = "openline.buyer-link"
LONGEST_TOKEN: Final = 200
OPENED_EVERY: Final = timedelta(minutes=1)
"""How exact last_opened_at is: a page that is loaded again and again is written about once in this time."""


def make_link(
    shop: Shop,
    buyer_id: str,
    *,
    conversation_id: str = "",
    message_id: str = "",
    now: datetime,
    expires_at: datetime,
    made_by: ServiceToken | None,
) -> BuyerLink:
    """Make a link for one buyer and one shop; every call makes another one."""
    return BuyerLink.objects.create(
        code=secrets.token_urlsafe(16),
        shop=shop,
        buyer_id=buyer_id,
        conversation_id=conversation_id,
        message_id=message_id,
        made_by=made_by,
        created_at=now,
        expires_at=expires_at,
    )


def sign_link(link: BuyerLink) -> str:
    """What the address of a link carries: its code, and a signature that guessing does not get past."""
    return _signer().sign(link.code)


def find_link(token: str) -> BuyerLink | None:
    """The link that a token was signed for, with its shop; None for any other text. At most one query."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        code = _signer().unsign(token)
    except signing.BadSignature:
        return None
    return BuyerLink.objects.select_related("shop").filter(code=code).first()


def note_opened(link: BuyerLink, now: datetime) -> None:
    """Keep when the link was last opened. One write, about once a minute."""
    stale = now - OPENED_EVERY
    BuyerLink.objects.filter(Q(last_opened_at=None) | Q(last_opened_at__lt=stale), pk=link.pk).update(
        last_opened_at=now
    )


@transaction.atomic
def revoke_link(link: BuyerLink, *, now: datetime, by: User | None) -> None:
    """Let a link work no longer; again changes nothing. The trail keeps it where a person did it."""
    revoked = BuyerLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now)
    if revoked and by is not None:
        AuditEntry.objects.create(by=by, action="revoke_link", target=f"buyer's link {link}"[:300])


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
