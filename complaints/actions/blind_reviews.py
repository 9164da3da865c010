"""Second opinions, given without the first one's reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from complaints.models import BlindReview
from shops.models import User


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the second opinion was the first one's."""

    drawn: int
    reviewed: int
    agreed: int
    rate: float | None
    """0 to 1; None before the first review."""


def give_verdict(review_id: int, *, verdict: str, clause: str, reason: str, by: User, at: datetime) -> BlindReview:
    """Give the second opinion, once. Raises ComplaintError."""
    raise NotImplementedError


def agreement() -> Agreement:
    """How far the second opinions agree with the first."""
    raise NotImplementedError
