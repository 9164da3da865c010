"""GET shops/{shop_id}/privileges/ and privileges/changes/: what shops may do, for every other system to read."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final

from django.http import Http404
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.actions.publish_events import newest_position
from shops.api.authentication import ServiceTokenAuthentication, token_of
from shops.api.descriptions import SHOP_ID, problems, retry_after
from shops.api.permissions import has_scope, readable_shops, reads_shops
from shops.api.problems import Problem
from shops.models import Event, Privileges, ServiceToken

SCOPE: Final = ServiceToken.Scope.PRIVILEGES
PAGE: Final = 1_000
MOST: Final = 10_000
HIGHEST: Final = 2**63 - 1
"""The largest position that the database can hold."""


class PrivilegesValues(serializers.Serializer[Any]):
    """The privileges themselves."""

    keyword_limit = serializers.IntegerField(min_value=0, help_text="Keyword rules that the shop may have")
    blocked_buyer_limit = serializers.IntegerField(min_value=0, help_text="Buyers that the shop may block")
    may_join_campaigns = serializers.BooleanField()
    search_weight = serializers.FloatField(min_value=0, help_text="1 is neutral; two decimals")
    may_list = serializers.BooleanField(help_text="May list goods")


class PrivilegesAnswer(PrivilegesValues):
    """The present privileges of a shop and what they follow from."""

    shop_id = serializers.CharField(source="shop.code")
    grade = serializers.CharField()
    in_force_on = serializers.DateField(help_text="The day of the rating that they follow from")
    policy_version = serializers.IntegerField(allow_null=True, help_text="null where it was not kept yet")
    changed_at = serializers.DateTimeField()


class PrivilegesChangeAnswer(serializers.Serializer[Any]):
    """One change. The same event that a webhook sends; its position orders it among all changes."""

    position = serializers.IntegerField(min_value=1)
    event_id = serializers.CharField(help_text="The webhook-id of its deliveries")
    happened_at = serializers.DateTimeField()
    shop_id = serializers.CharField()
    on = serializers.DateField(help_text="The day of the rating that it follows from")
    grade = serializers.CharField()
    previous_grade = serializers.CharField(allow_null=True)
    before = PrivilegesValues(allow_null=True, help_text="null for a shop's first privileges")
    after = PrivilegesValues()
    taken = serializers.ListField(child=serializers.CharField(), help_text="Names of what became smaller")
    granted = serializers.ListField(child=serializers.CharField(), help_text="Names of what became larger")
    reason = serializers.CharField()
    policy_version = serializers.IntegerField()


class ChangesAnswer(serializers.Serializer[Any]):
    """A stretch of changes, in their order."""

    changes = PrivilegesChangeAnswer(many=True)
    next = serializers.IntegerField(help_text="The `since` to ask for next: whoever has read up to it missed nothing")
    has_more = serializers.BooleanField(help_text="True: ask again at once")


class ChangesQuery(serializers.Serializer[Any]):
    """From where on, how many."""

    since = serializers.IntegerField(
        min_value=0, max_value=HIGHEST, default=0, help_text="Changes after this position; 0: from the first"
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=PAGE)


class ShopPrivileges(APIView):
    """What one shop may do now."""

    permission_classes = [reads_shops(SCOPE)]

    @extend_schema(
        operation_id="read_privileges",
        tags=["privileges"],
        parameters=[
            SHOP_ID,
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag last seen"),
            OpenApiParameter("If-Modified-Since", str, OpenApiParameter.HEADER),
            OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Strong"),
            OpenApiParameter("Last-Modified", str, OpenApiParameter.HEADER, response=[200, 304]),
            retry_after(),
        ],
        responses={200: PrivilegesAnswer, 304: OpenApiResponse(description="As last seen; no body")}
        | problems(401, 403, 404, 429, 503),
    )
    def get(self, request: Request, shop_id: str) -> Response:
        """Tell a shop's present privileges. 404 for a shop that was never rated, or that the caller may not see."""
        row = None
        if "\0" not in shop_id:
            shops = readable_shops(request).filter(code=shop_id)
            row = Privileges.objects.select_related("shop").filter(shop__in=shops).first()
        if row is None:
            raise Http404
        answer = PrivilegesAnswer(row).data
        etag = f'"{sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:32]}"'
        changed = int(row.changed_at.timestamp())
        headers = {
            "ETag": etag,
            "Last-Modified": http_date(changed),
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization, Cookie",
        }
        known = get_conditional_response(request._request, etag=etag, last_modified=changed)  # noqa: SLF001 - DRF has no other way to Django's request
        if known is not None and known.status_code == 304:
            return Response(status=304, headers=headers)
        return Response(answer, headers=headers)


class PrivilegesChanges(APIView):
    """All changes, in one order without gaps."""

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [has_scope(SCOPE)]

    @extend_schema(
        operation_id="read_privileges_changes",
        tags=["privileges"],
        parameters=[ChangesQuery, retry_after()],
        responses={200: ChangesAnswer} | problems(400, 401, 403, 429, 503),
    )
    def get(self, request: Request) -> Response:
        """Tell the changes after a position, oldest first. A shop's token is told those of its shop only.

        Positions are committed in their order: nothing is ever added before one that could be read. Keep `next` and ask
        again with it. Two queries.
        """
        query = ChangesQuery(data={name: request.query_params[name] for name in request.query_params})
        query.is_valid(raise_exception=True)
        since, limit = query.validated_data["since"], query.validated_data["limit"]
        # The newest position is read first: every event up to it is committed, later ones wait for the next call.
        newest = newest_position()
        if since > newest:
            raise Problem(
                400,
                _("Beyond the newest position"),
                _("The newest position is %(newest)s: this one is not of this database. Begin anew with since=0.")
                % {"newest": newest},
                newest=newest,
            )
        token = token_of(request)
        assert token is not None  # the permission lets nobody else in
        events = Event.objects.filter(type=Event.Type.PRIVILEGES_CHANGED, position__gt=since, position__lte=newest)
        if token.shop_id is not None:
            events = events.filter(shop=token.shop_id)
        found = list(events.order_by("position")[: limit + 1])
        has_more = len(found) > limit
        told = found[:limit]
        # What was stored is what is told, without serializers: pages are long, and old events keep the form they had.
        changes = [
            {"position": each.position, "event_id": each.code, "happened_at": each.happened_at, **each.data}
            for each in told
        ]
        answer = {"changes": changes, "next": told[-1].position if has_more else newest, "has_more": has_more}
        return Response(answer, headers={"Cache-Control": "no-store"})
