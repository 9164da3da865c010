"""Readings of what buyers wrote: who read which complaint, and what for."""

from __future__ import annotations

from django.utils.translation import gettext as _

from complaints.actions.errors import ComplaintError
from complaints.models import Complaint
from shops.models import AuditEntry, User


def record_reading(complaint: Complaint, *, by: User, purpose: str) -> None:
    """Keep who read a complaint and for which purpose, before it is shown. Raises ComplaintError without a purpose."""
    purpose = purpose.strip()
    if not purpose:
        raise ComplaintError(_("What a buyer wrote is read for a purpose. Name it."))
    AuditEntry.objects.create(
        by=by,
        action="read_complaint",
        target=f"complaint {complaint.code}",
        detail={"shop": complaint.shop.code, "purpose": purpose[:500]},
    )
