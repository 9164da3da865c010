"""Making, rotating and revoking the tokens of other systems. A secret is returned once and kept nowhere."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shops.models import AuditEntry, ServiceToken, Shop, User


class TokenError(ValueError):
    """A token cannot be made, rotated or revoked as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a token may send in a minute."""

    requests_per_minute: int = 600
    rows_per_minute: int = 3_000_000


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token, and the text that its holder sends: the only time that anybody sees it."""

    token: ServiceToken
    text: str


@transaction.atomic
def make_token(
    name: str,
    scopes: Sequence[str],
    *,
    now: datetime,
    expires_at: datetime,
    shop: Shop | None = None,
    limits: Limits = Limits(),
    by: User | None,
) -> NewToken:
    """Make a token for a system. Raises TokenError for scopes that are none, and for an end that has passed."""
    made = _store(name, scopes, now, expires_at, shop, limits, by)
    _note("make_token", made.token, by, scopes=made.token.scopes, expires_at=expires_at.isoformat())
    return made


@transaction.atomic
def rotate_token(
    token: ServiceToken, *, now: datetime, overlap: timedelta, expires_at: datetime, by: User | None
) -> NewToken:
    """Make a token that takes another's place; both work for `overlap`, so that its holder can change over in peace.

    Scopes, shop and limits stay. Raises TokenError where the token is not usable or was replaced before.
    """
    token = _locked(token)
    if not token.is_usable_at(now):
        raise TokenError("This token has expired or was revoked: it cannot be rotated. Make a new one.")
    if ServiceToken.objects.filter(replaces=token).exists():
        raise TokenError("This token was replaced before. Rotate the one that replaced it.")
    limits = Limits(token.requests_per_minute, token.rows_per_minute)
    made = _store(token.name, token.scopes, now, expires_at, token.shop, limits, by, replaces=token)
    ends_at = now + overlap
    if token.revoked_at is None or token.revoked_at > ends_at:
        token.revoked_at, token.revoked_by = ends_at, by
        token.save(update_fields=["revoked_at", "revoked_by"])
    _note("rotate_token", made.token, by, replaces=token.key, old_works_until=token.revoked_at.isoformat())
    return made


@transaction.atomic
def revoke_token(token: ServiceToken, *, now: datetime, by: User | None) -> None:
    """Let a token work no longer, from now on. One that does not work any more is left as it is."""
    token = _locked(token)
    if token.is_usable_at(now):
        token.revoked_at, token.revoked_by = now, by
        token.save(update_fields=["revoked_at", "revoked_by"])
        _note("revoke_token", token, by)


def _store(
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime,
    shop: Shop | None,
    limits: Limits,
    by: User | None,
    replaces: ServiceToken | None = None,
) -> NewToken:
    unknown = sorted(set(scopes) - set(ServiceToken.Scope.values))
    if unknown or not scopes:
        raise TokenError(
            f"{', '.join(unknown) or 'No scope'} is no choice of scopes. Choose of: "
            f"{', '.join(ServiceToken.Scope.values)}."
        )
    if expires_at <= now:
        raise TokenError("The token would have expired already. Choose an end that lies ahead.")
    key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    token = ServiceToken.objects.create(
        name=name,
        key=key,
        secret_hash=ServiceToken.hash_of(secret),
        scopes=sorted(set(scopes)),
        shop=shop,
        requests_per_minute=limits.requests_per_minute,
        rows_per_minute=limits.rows_per_minute,
        created_by=by,
        created_at=now,
        expires_at=expires_at,
        replaces=replaces,
    )
    return NewToken(token, f"{key}.{secret}")


def _locked(token: ServiceToken) -> ServiceToken:
    """The token as it is now, held until the transaction ends: two people may rotate or revoke it at once."""
    return ServiceToken.objects.select_for_update(of=("self",)).select_related("shop").get(pk=token.pk)


def _note(action: str, token: ServiceToken, by: User | None, **detail: object) -> None:
    AuditEntry.objects.create(by=by, action=action, target=f"service token {token}"[:300], detail=detail)
