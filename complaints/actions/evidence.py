"""Evidence: files taken in, kept under their hash, read again."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from complaints.actions.errors import ComplaintError
from complaints.models import Complaint, Evidence
from shops.models import User


class EvidenceError(ComplaintError):
    """The file is not taken; the message says why and what to do."""


def add_evidence(
    complaint: Complaint,
    *,
    side: str,
    name: str,
    content: bytes | BinaryIO,
    at: datetime,
    by: User | None = None,
    is_authority: bool = False,
) -> Evidence:
    """Take a file in; return its row (the earlier one for the same file). Raises EvidenceError."""
    raise NotImplementedError


def read_evidence(evidence: Evidence) -> bytes:
    """The content. Raises EvidenceError where it was erased or is lost."""
    raise NotImplementedError
