"""The conversation as the chat log had it, kept as evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.models import Complaint, Evidence


def snapshot_conversation(complaint: Complaint, *, at: datetime) -> Evidence | None:
    """Keep the conversation as it is now; None where there is none."""
    raise NotImplementedError


def read_snapshot(evidence: Evidence) -> list[dict[str, Any]]:
    """The messages of a snapshot, oldest first: message_id, sent_at, sender, kind, delivery, agent_id, text."""
    raise NotImplementedError
