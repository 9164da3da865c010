"""GET shops/{shop_id}/complaints/ and shops/{shop_id}/penalties/: for a shop's members, its system, and staff."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.models import Complaint
from governance.models import Penalty
from shops.api.authentication import token_of
from shops.api.descriptions import SHOP_ID, problems, retry_after
from shops.api.pagination import CursorPages
from shops.api.permissions import readable_shops, reads_shops
from shops.models import Member, ServiceToken, Shop, User

COMPLAINTS: Final = ServiceToken.Scope.NOTICES
"""The same news as in the notices of complaints: no words of buyers."""
PENALTIES: Final = ServiceToken.Scope.PRIVILEGES
"""What reduces the privileges that such a token reads."""


class ListedComplaint(serializers.ModelSerializer[Complaint]):
    """A complaint in a list: no words of anybody. GET complaints/{reference}/ tells more."""

    reference = serializers.CharField(source="code")
    agent_id = serializers.CharField(source="agent.code", allow_null=True, default=None)

    class Meta:
        model = Complaint
        fields = (
            "reference",
            "kind",
            "standing",
            "state",
            "version",
            "agent_id",
            "filed_at",
            "told_shop_at",
            "shop_due_at",
            "decided_at",
            "closed_at",
        )


class ListedPenalty(serializers.ModelSerializer[Penalty]):
    """A penalty: what it restricts, from when to when, by which decision."""

    reference = serializers.CharField(source="code")
    decision = serializers.CharField(source="decision.code")
    is_in_force = serializers.SerializerMethodField()

    class Meta:
        model = Penalty
        fields = (
            "reference",
            "decision",
            "kind",
            "ladder",
            "node",
            "title_en",
            "title_zh_hans",
            "keyword_limit",
            "blocked_buyer_limit",
            "may_join_campaigns",
            "search_weight",
            "may_list",
            "starts_at",
            "ends_at",
            "needs_correction",
            "corrected_at",
            "held_at",
            "suspended_at",
            "reversed_at",
            "is_in_force",
        )

    def get_is_in_force(self, penalty: Penalty) -> bool:
        """True while it restricts the shop."""
        return penalty.is_in_force_at(timezone.now())


class ShopRows(GenericAPIView[Any]):
    """What both lists share."""

    pagination_class = CursorPages

    def _shop(self, request: Request, shop_id: str, permission: str) -> Shop:
        """The shop, for a token or whoever sees more of it than an own record. Raises Http404."""
        shop = readable_shops(request).filter(code=shop_id).first() if "\0" not in shop_id else None
        if shop is None:
            raise Http404
        if token_of(request) is not None:
            return shop
        user = request.user
        assert isinstance(user, User)  # the permission lets nobody else in
        agents = Member.objects.filter(user=user, shop=shop, role=Member.Role.AGENT)
        if not user.has_perm(permission) if user.is_staff else agents.exists():
            raise Http404
        return shop

    def _page(self, rows: QuerySet[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ShopComplaints(ShopRows):
    """A shop's complaints."""

    permission_classes = [reads_shops(COMPLAINTS)]
    serializer_class = ListedComplaint
    queryset = Complaint.objects.none()

    @extend_schema(
        operation_id="list_complaints",
        tags=["complaints"],
        parameters=[SHOP_ID, retry_after()],
        responses={200: ListedComplaint(many=True)} | problems(401, 403, 404, 429, 503),
    )
    def get(self, request: Request, shop_id: str) -> Response:
        """Tell the complaints that the shop was told of, newest first."""
        shop = self._shop(request, shop_id, "complaints.view_complaint")
        return self._page(Complaint.objects.filter(shop=shop, told_shop_at__isnull=False).select_related("agent"))


class ShopPenalties(ShopRows):
    """A shop's penalties."""

    permission_classes = [reads_shops(PENALTIES)]
    serializer_class = ListedPenalty
    queryset = Penalty.objects.none()

    @extend_schema(
        operation_id="list_penalties",
        tags=["penalties"],
        parameters=[SHOP_ID, retry_after()],
        responses={200: ListedPenalty(many=True)} | problems(401, 403, 404, 429, 503),
    )
    def get(self, request: Request, shop_id: str) -> Response:
        """Tell a shop's penalties, those over and taken back included, newest first."""
        shop = self._shop(request, shop_id, "governance.view_penalty")
        return self._page(Penalty.objects.filter(shop=shop).select_related("decision"))
