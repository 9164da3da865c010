"""What goes wrong with complaints, said to whoever asked."""

from __future__ import annotations


class ComplaintError(Exception):
    """The step cannot be taken so; the message says what happened, why, and what to do."""
