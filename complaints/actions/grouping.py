"""Grouping complaints with one cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from complaints.models import Matter
from shops.models import User


def group_complaints(ids: Sequence[int], *, title: str, by: User, at: datetime) -> Matter:
    """The matter that the complaints now belong to. Raises ComplaintError."""
    raise NotImplementedError
