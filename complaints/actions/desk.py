"""The desk: work is drawn, given back, assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from complaints.models import Complaint
from shops.models import User


def draw_complaint(*, by: User, at: datetime, kind: str | None = None) -> Complaint | None:
    """The most urgent complaint that nobody holds, now held by `by`; None where there is none."""
    raise NotImplementedError


def take_complaint(complaint_id: int, *, by: User, at: datetime) -> Complaint:
    """One complaint, held by `by`. Raises ComplaintError."""
    raise NotImplementedError


def return_complaint(complaint_id: int, *, by: User, at: datetime) -> Complaint:
    """Give it back to the queue. Raises ComplaintError."""
    raise NotImplementedError


def recuse(complaint_id: int, *, reason: str, by: User, at: datetime) -> Complaint:
    """Note that `by` must not work on it, and give it back. Raises ComplaintError."""
    raise NotImplementedError


def assign_complaints(ids: Sequence[int], *, to: User, by: User, at: datetime) -> int:
    """Give open complaints to a person; how many were given. Raises ComplaintError."""
    raise NotImplementedError


def add_note(complaint_id: int, *, text: str, by: User, at: datetime) -> Complaint:
    """Add a private note. Raises ComplaintError."""
    raise NotImplementedError
