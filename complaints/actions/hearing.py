"""Every side is heard: words between the desk, the shop and the complainant."""

from __future__ import annotations

from datetime import datetime

from complaints.models import Complaint
from governance.policy.reasons import Statement
from shops.models import User


def hear_shop(complaint_id: int, *, version: int, words: str, by: User, at: datetime) -> Complaint:
    """Ask the shop for a reply by a deadline. Raises ComplaintError."""
    raise NotImplementedError


def shop_replies(complaint: Complaint, *, version: int, text: str, by: User, at: datetime) -> Complaint:
    """Take the shop's reply. Raises ComplaintError."""
    raise NotImplementedError


def ask_buyer(complaint_id: int, *, version: int, words: str, by: User, at: datetime) -> Complaint:
    """Ask the complainant something, by a deadline. Raises ComplaintError."""
    raise NotImplementedError


def buyer_adds(complaint: Complaint, *, text: str, at: datetime) -> Complaint:
    """Take what the complainant adds or answers. Raises ComplaintError."""
    raise NotImplementedError


def refuse_complaint(complaint_id: int, *, version: int, words: Statement, by: User, at: datetime) -> Complaint:
    """Close it without taking it up, with reasons and outside routes. Raises ComplaintError."""
    raise NotImplementedError


def withdraw_complaint(complaint: Complaint, *, at: datetime) -> Complaint:
    """End it because the complainant wants so. Raises ComplaintError."""
    raise NotImplementedError
