"""Who calls: service tokens in the Authorization header."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class ServiceTokenAuthentication(BaseAuthentication):
    """Authorization: Bearer KEY.SECRET."""

    def authenticate(self, request: Request) -> None:  # noqa: ARG002
        """Refuse everybody for now."""
        return
