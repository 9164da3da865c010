"""Filing: a buyer, a representative or a third party says what a shop did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from complaints.models import Complaint
from shops.models import Agent, Shop, User


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What somebody says."""

    shop: Shop
    kind: str
    text: str
    standing: str = "party"
    buyer_id: str = ""
    agent: Agent | None = None
    name: str = ""
    email: str = ""
    language: str = "en"
    conversation_id: str = ""
    message_id: str = ""
    subject: str = ""
    wish: str = "none"
    happened_at: datetime | None = None
    imported_id: str | None = None


def file_complaint(new: NewComplaint, *, at: datetime, by: User | None = None) -> Complaint:
    """File a complaint; the open one about the same where there is one. Raises ComplaintError."""
    raise NotImplementedError
