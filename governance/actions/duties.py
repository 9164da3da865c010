"""Remedies and obligations followed until done: noted, waived, or, when their time is over, followed up once."""

from __future__ import annotations

from datetime import datetime

from governance.models import Obligation, Remedy
from shops.models import User


class DutyError(Exception):
    """The remedy or obligation cannot be noted so; the message says why and what to do."""


def note_remedy_done(remedy_id: int, *, note: str, at: datetime, by: User | None = None) -> Remedy:
    """Record that the buyer got the remedy. Raises DutyError where it is not owed any more, or the note is empty."""
    raise DutyError("Remedies cannot be noted yet.")


def note_obligation_met(obligation_id: int, *, note: str, by: User, at: datetime) -> Obligation:
    """Record that the shop did or paid it. Raises DutyError where it is not owed any more, or the note is empty."""
    raise DutyError("Obligations cannot be noted yet.")


def waive_obligation(obligation_id: int, *, note: str, by: User, at: datetime) -> Obligation:
    """Let the shop off it; the note says why. Raises what `note_obligation_met` raises."""
    raise DutyError("Obligations cannot be waived yet.")


def sweep_duties(at: datetime) -> dict[str, int]:
    """Follow up what is overdue at `at`, each once. Returns how many remedies and obligations were."""
    return {"remedies_escalated": 0, "obligations_missed": 0}
