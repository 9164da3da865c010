"""Who calls: service tokens in the Authorization header, written `Bearer KEY.SECRET`."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from shops.models import ServiceToken

KEYWORD = "Bearer"
LAST_USED_EVERY = timedelta(minutes=1)
"""How exact last_used_at is: a token in use is written about once in this time, not with every request."""
NOBODY_HASH = ServiceToken.hash_of("")
"""Compared with where the key is unknown, so that it takes as long as for a known one."""


class ServiceTokenAuthentication(BaseAuthentication):
    """Lets a token in that is known, not revoked and not expired. One query, and about one write a minute.

    `request.auth` is the ServiceToken, `request.user` stays anonymous: a system is no person.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ServiceToken] | None:
        """The token of the header; None where there is no such header. Raises AuthenticationFailed."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2 or not words[1].isascii():
            raise AuthenticationFailed(_("Write the header as: Authorization: Bearer KEY.SECRET"))
        key, _dot, secret = words[1].decode().partition(".")
        token = ServiceToken.objects.select_related("shop").filter(key=key[:16]).first() if "\0" not in key else None
        given = ServiceToken.hash_of(secret)
        is_right = hmac.compare_digest(given, token.secret_hash if token else NOBODY_HASH)
        now = timezone.now()
        if token is None or not is_right or not token.is_usable_at(now):
            raise AuthenticationFailed(
                _("This token is unknown, expired or revoked. Ask the platform's staff for a new one.")
            )
        _note_use(token)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """What a 401 answer asks for."""
        return f'{KEYWORD} realm="openline"'


def token_of(request: Request) -> ServiceToken | None:
    """The service token that a request came with; None for a person."""
    return request.auth if isinstance(request.auth, ServiceToken) else None


def _note_use(token: ServiceToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
        ServiceToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class ServiceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI description says it."""

    target_class = "shops.api.authentication.ServiceTokenAuthentication"
    name = "serviceToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "KEY.SECRET of a service token"}
