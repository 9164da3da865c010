"""Who may call what. Nobody may call anything that does not say so."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shops.api.authentication import token_of
from shops.models import Shop, User
from shops.models.shop import ShopQuerySet


class DenyAll(BasePermission):
    """The default: refuses everybody, so that a view without permissions of its own is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


@cache
def has_scope(scope: str) -> type[BasePermission]:
    """A permission that admits service tokens with a scope, and nobody else."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
            token = token_of(request)
            return token is not None and token.may(scope)

    HasScope.__doc__ = f"Service tokens with the scope {scope}."
    return HasScope


@cache
def reads_shops(scope: str) -> type[BasePermission]:
    """A permission that admits service tokens with a scope and signed-in people; `readable_shops` says which shops."""

    class ReadsShops(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
            token = token_of(request)
            return token.may(scope) if token is not None else bool(request.user and request.user.is_authenticated)

    ReadsShops.__doc__ = f"Service tokens with the scope {scope}, staff, and members of the shop."
    return ReadsShops


def readable_shops(request: Request) -> ShopQuerySet:
    """The shops that a caller may read: a token's own shop or all, a person's as on the pages."""
    token = token_of(request)
    if token is not None:
        return Shop.objects.filter(pk=token.shop_id) if token.shop_id else Shop.objects.all()
    user = request.user
    assert isinstance(user, User | AnonymousUser)
    return Shop.objects.visible_to(user)
