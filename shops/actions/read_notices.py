"""Notices marked as read by those whom they are addressed to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shops.models import Notice, User


def read_notices(ids: Collection[int] | None, *, now: datetime, by: User) -> int:
    """Mark notices that are addressed to `by` as read (None: all of them); return how many were not before.

    Others that are named stay as they are. The notice itself says who read it and when; again changes nothing.
    """
    notices = Notice.objects.addressed_to(by).unread()
    if ids is not None:
        notices = notices.filter(pk__in=ids)
    return notices.update(read_at=now, read_by=by)
