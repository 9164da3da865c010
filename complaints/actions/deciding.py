"""Deciding complaints, one or a whole matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from complaints.models import Complaint, Matter
from governance.policy.reasons import Statement
from shops.models import User


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; without a clause: no violation."""

    facts: Statement
    words: Statement
    clause: str = ""
    gravity: str = ""
    private_note: str = ""
    remedy_kind: str = "none"
    remedy_due_at: datetime | None = None
    evidence_ids: Sequence[int] = ()


def decide_complaint(complaint_id: int, *, version: int, verdict: Verdict, by: User, at: datetime) -> Complaint:
    """Decide a complaint that `by` holds. Raises ComplaintError."""
    raise NotImplementedError


def decide_matter(matter_id: int, *, verdict: Verdict, by: User, at: datetime) -> Matter:
    """Decide all open complaints of a matter by one decision. Raises ComplaintError."""
    raise NotImplementedError
