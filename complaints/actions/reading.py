"""Readings of what buyers wrote are recorded."""

from __future__ import annotations

from complaints.models import Complaint
from shops.models import User


def record_reading(complaint: Complaint, *, by: User, purpose: str) -> None:
    """Keep who read a complaint and why. Raises ComplaintError without a purpose."""
    raise NotImplementedError
