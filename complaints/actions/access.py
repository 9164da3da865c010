"""The complainant's own link: signed, found again by what a browser sends, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.core import signing
from django.db import transaction

from complaints.actions.course import audit, lock_complaint
from complaints.models import Complaint
from complaints.models.complaint import new_access_code
from shops.models import User

SALT: Final = "openline.complaint-access"
LONGEST_TOKEN: Final = 200


def sign_access(complaint: Complaint) -> str:
    """What the address of a complaint's own link carries: its access code, and a signature nobody can guess."""
    return _signer().sign(complaint.access_code)


def find_by_access(token: str) -> Complaint | None:
    """The complaint, with its shop, that a token was signed for; None for any other text. At most one query.

    Whether the link still works is for the caller to ask (`Complaint.link_works_at`).
    """
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        code = _signer().unsign(token)
    except signing.BadSignature:
        return None
    return Complaint.objects.select_related("shop", "agent", "decision").filter(access_code=code).first()


@transaction.atomic
def revoke_access(complaint: Complaint, *, by: User | None, at: datetime) -> None:
    """Let the present link work no longer; `sign_access` gives the new one, of this object too."""
    locked = lock_complaint(complaint.pk)
    locked.access_code = new_access_code()
    locked.save(update_fields=["access_code"])
    complaint.access_code = locked.access_code
    audit(locked, "revoke_access", by=by, detail={"at": at.isoformat()})


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
