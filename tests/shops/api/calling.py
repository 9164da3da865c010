"""Service tokens for tests."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from django.utils import timezone

from shops.models import ServiceToken, Shop

_numbers = count(1)


def make_token(*scopes: str, shop: Shop | None = None, **fields: object) -> tuple[ServiceToken, dict[str, str]]:
    """A usable token, and the headers (for django.test.Client) of a request that carries it."""
    key, secret = f"key{next(_numbers):08d}", "a-secret-of-tests"
    values = {"expires_at": timezone.now() + timedelta(days=30)} | fields
    token = ServiceToken.objects.create(
        name="A system", key=key, secret_hash=ServiceToken.hash_of(secret), scopes=list(scopes), shop=shop, **values
    )
    return token, {"HTTP_AUTHORIZATION": f"Bearer {key}.{secret}"}
