"""What is held about a buyer: exported, erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shops.models import Shop, User


def export_buyer(buyer_id: str, shop: Shop | None = None) -> dict[str, Any]:
    """All that complaints hold about a buyer, as JSON."""
    raise NotImplementedError


def erase_complaints(buyer_id: str, *, by: User | None, at: datetime, shop: Shop | None = None) -> int:
    """How many complaints lost what was personal in them. Raises ComplaintError while one is not closed."""
    raise NotImplementedError
