"""Who calls the channel: holders of a signed link, written `Link TOKEN`, beside service tokens and signed-in people."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from complaints.actions.access import find_by_access
from complaints.models import Complaint
from shops.actions.buyer_links import find_link
from shops.models import BuyerLink

KEYWORD: Final = "Link"


class LinkAuthentication(BaseAuthentication):
    """Lets in whoever holds the link of a receipt or of a complaint. One query for a receipt's, two for the other.

    `request.auth` is the BuyerLink or the Complaint, `request.user` stays anonymous: a buyer has no account.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, BuyerLink | Complaint] | None:
        """What the token of the header stands for; None where there is no such header. Raises AuthenticationFailed."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != KEYWORD.lower().encode():
            return None
        if len(words) != 2 or not words[1].isascii():
            raise AuthenticationFailed(_("Write the header as: Authorization: Link TOKEN"))
        found = find_holder(words[1].decode())
        if found is None:
            raise AuthenticationFailed(_("This link is unknown, expired or withdrawn. Ask the chat for a new one."))
        return AnonymousUser(), found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """What a 401 answer asks for."""
        return f'{KEYWORD} realm="openline"'


class HoldsLinkOrSignedIn(BasePermission):
    """Holders of a link, and signed-in people; the view says what of."""

    def has_permission(self, request: Request, view: object) -> bool:  # noqa: ARG002
        """True for a link of either sort, and for a person."""
        return isinstance(request.auth, BuyerLink | Complaint) or bool(request.user and request.user.is_authenticated)


def find_holder(token: str) -> BuyerLink | Complaint | None:
    """The usable receipt's link or complaint that a token was signed for; None for any other text."""
    now = timezone.now()
    link = find_link(token)
    if link is not None:
        return link if link.is_usable_at(now) else None
    complaint = find_by_access(token)
    return complaint if complaint is not None and complaint.link_works_at(now) else None


class LinkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI description says it."""

    target_class = "complaints.api.access.LinkAuthentication"
    name = "link"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """A header of its own scheme."""
        told = "`Link TOKEN`, with the token of a receipt's or a complaint's link"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": told}
