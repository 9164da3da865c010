"""The complainant's own link."""

from __future__ import annotations

from datetime import datetime

from complaints.models import Complaint
from shops.models import User


def sign_access(complaint: Complaint) -> str:
    """What the address of a complaint's own link carries."""
    raise NotImplementedError


def find_by_access(token: str) -> Complaint | None:
    """The complaint, with its shop, that a token was signed for; None for any other text."""
    raise NotImplementedError


def revoke_access(complaint: Complaint, *, by: User | None, at: datetime) -> None:
    """Let the link work no longer; `sign_access` gives the new one."""
    raise NotImplementedError
