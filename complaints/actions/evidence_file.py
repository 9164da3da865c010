"""The archive that a complainant takes along."""

from __future__ import annotations

from datetime import datetime

from complaints.models import Complaint, EvidenceFile


def make_evidence_file(complaint: Complaint, *, at: datetime) -> tuple[bytes, EvidenceFile]:
    """The archive (zip) and the row with its digest."""
    raise NotImplementedError
