"""What time does to complaints."""

from __future__ import annotations

from datetime import datetime


def sweep_complaints(at: datetime) -> dict[str, int]:
    """What became due, how many of each. Safe to run twice."""
    raise NotImplementedError
