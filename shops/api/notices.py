"""GET shops/{shop_id}/notices/: what the platform told a shop and its agents, newest first."""

from __future__ import annotations

from typing import Final

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from shops.api.authentication import token_of
from shops.api.descriptions import SHOP_ID, problems, retry_after
from shops.api.pagination import CursorPages
from shops.api.permissions import readable_shops, reads_shops
from shops.models import Notice, ServiceToken, Shop, User
from shops.models.notice import NoticeQuerySet

SCOPE: Final = ServiceToken.Scope.NOTICES


class NoticeAnswer(serializers.ModelSerializer[Notice]):
    """One notice, in both languages."""

    agent_id = serializers.CharField(
        source="agent.code", allow_null=True, default=None, help_text="The agent it is for; null: the shop"
    )

    class Meta:
        model = Notice
        fields = (
            "id",
            "kind",
            "reference",
            "agent_id",
            "title_en",
            "title_zh_hans",
            "text_en",
            "text_zh_hans",
            "created_at",
            "read_at",
        )


class ShopNotices(GenericAPIView[Notice]):
    """A shop's notices."""

    permission_classes = [reads_shops(SCOPE)]
    pagination_class = CursorPages
    serializer_class = NoticeAnswer
    queryset = Notice.objects.none()

    @extend_schema(
        operation_id="list_notices",
        tags=["notices"],
        parameters=[SHOP_ID, retry_after()],
        responses={200: NoticeAnswer(many=True)} | problems(401, 403, 404, 429, 503),
    )
    def get(self, request: Request, shop_id: str) -> Response:
        """Tell the notices of a shop that the caller may see: an agent the own ones, a shop's token all."""
        shop = readable_shops(request).filter(code=shop_id).first() if "\0" not in shop_id else None
        if shop is None:
            raise Http404
        page = self.paginate_queryset(self._visible(request, shop).select_related("agent"))
        return self.get_paginated_response(NoticeAnswer(page, many=True).data)

    def _visible(self, request: Request, shop: Shop) -> NoticeQuerySet:
        notices = Notice.objects.filter(shop=shop)
        if token_of(request) is not None:
            return notices
        assert isinstance(request.user, User)  # the permission lets nobody else in
        return notices.visible_to(request.user)
