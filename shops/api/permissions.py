"""Who may call what. Nobody may call anything that does not say so."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class DenyAll(BasePermission):
    """The default: refuses everybody, so that a view without permissions of its own is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Refuse."""
        return False
