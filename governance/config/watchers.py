"""Who may see how the installation is doing: the platform's staff, and monitoring with a token of its own."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from shops.api.authentication import ServiceTokenAuthentication, token_of
from shops.models import ServiceToken


def may_watch(request: HttpRequest) -> bool:
    """True for signed-in staff and for tokens with the scope metrics:read; False where the database cannot be asked."""
    try:
        user = getattr(request, "user", None)
        if user is not None and user.is_active and user.is_staff:
            return True
        token = token_of(Request(request, authenticators=[ServiceTokenAuthentication()]))
    except (AuthenticationFailed, DatabaseError):
        return False
    return token is not None and token.may(ServiceToken.Scope.METRICS)
