"""POST /api/v1/links/: signed links for buyers, made for the chat window's "why no answer?", and their revocation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.actions.buyer_links import make_link, revoke_link, sign_link
from shops.api.authentication import ServiceTokenAuthentication, token_of
from shops.api.descriptions import problems, retry_after
from shops.api.permissions import has_scope, readable_shops
from shops.chat.messages import MAX_ID_LENGTH
from shops.models import BuyerLink, ServiceToken
from shops.models.buyer_link import DEFAULT_DAYS, LONGEST_DAYS


class Id(serializers.CharField):
    """An id as messages have them: on one line, without control characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_ID_LENGTH, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The text; anything else than text is refused, a number as well as a list."""
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            raise serializers.ValidationError(_("Write text."))
        if isinstance(data, str) and not (data.isprintable() or data == ""):
            raise serializers.ValidationError(_("An id holds no control characters."))
        return super().run_validation(data)


class LinkBody(serializers.Serializer[Any]):
    """For whom, about what, how long."""

    shop_id = Id()
    buyer_id = Id()
    conversation_id = Id(required=False, help_text="Left out: the buyer's newest conversation with the shop")
    message_id = Id(required=False, help_text="The conversation of this message")
    valid_days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=DEFAULT_DAYS)


class LinkAnswer(serializers.Serializer[Any]):
    """Where the link leads, and until when."""

    code = serializers.CharField(help_text="Names the link in DELETE links/{code}/")
    token = serializers.CharField(help_text="Opens GET receipts/{token}/")
    url = serializers.URLField(help_text="The page to show to the buyer, and to nobody else")
    expires_at = serializers.DateTimeField()


EXAMPLE: Final = {"shop_id": "tea-house", "buyer_id": "b-1", "conversation_id": "c-1", "valid_days": 14}


class LinkView(APIView):
    """What both routes of links share."""

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [has_scope(ServiceToken.Scope.LINKS)]
    parser_classes = [JSONParser]


class Links(LinkView):
    """Makes links."""

    @extend_schema(
        operation_id="make_link",
        tags=["links"],
        parameters=[retry_after()],
        request=LinkBody,
        responses={201: LinkAnswer} | problems(400, 401, 403, 404, 415, 429, 503),
        examples=[OpenApiExample("About a conversation", value=EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Make a link for one buyer and one shop. It says nothing about anybody else, and needs no account."""
        body = LinkBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        shop = readable_shops(request).filter(code=wanted["shop_id"]).first()
        if shop is None:
            raise Http404
        now = timezone.now()
        link = make_link(
            shop,
            wanted["buyer_id"],
            conversation_id=wanted.get("conversation_id", ""),
            message_id=wanted.get("message_id", ""),
            now=now,
            expires_at=now + timedelta(days=wanted["valid_days"]),
            made_by=token_of(request),
        )
        token = sign_link(link)
        answer = {
            "code": link.code,
            "token": token,
            "url": request.build_absolute_uri(reverse("receipt", args=[token])),
            "expires_at": link.expires_at,
        }
        return Response(LinkAnswer(answer).data, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class OneLink(LinkView):
    """Revokes a link."""

    @extend_schema(
        operation_id="revoke_link",
        tags=["links"],
        parameters=[retry_after()],
        request=None,
        responses={204: OpenApiResponse(description="It works no longer")} | problems(401, 403, 404, 429, 503),
    )
    def delete(self, request: Request, code: str) -> Response:
        """Let a link work no longer, at once. Again changes nothing."""
        link = (
            BuyerLink.objects.filter(code=code, shop__in=readable_shops(request)).first() if "\0" not in code else None
        )
        if link is None:
            raise Http404
        revoke_link(link, now=timezone.now(), by=None)
        return Response(status=status.HTTP_204_NO_CONTENT)
