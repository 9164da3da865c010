"""POST cases/, outages/, feedback/ and chat/totals/: facts from the marketplace's other systems, many at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.api.authentication import token_of
from shops.api.bodies import LINES_TYPES, LIST_TYPE, MAX_ROWS, rows_of
from shops.api.parsers import BulkParser
from shops.api.permissions import has_scope
from shops.api.problems import Problem
from shops.api.throttles import take_rows
from shops.chat.rejects import Reject
from shops.imports.facts import import_facts
from shops.imports.kinds import COLUMNS, clock_standard_at, make_kind
from shops.models import ServiceToken

TOLD_REJECTS: Final = 1_000
BODY: Final = {
    LIST_TYPE: {"type": "array", "items": {"type": "object"}, "maxItems": MAX_ROWS},
    LINES_TYPES[0]: OpenApiTypes.STR,
}


class FactsIntake(APIView):
    """Takes facts of one kind, as `manage.py import` takes them from files (docs/files.md lists the columns)."""

    permission_classes = [has_scope(ServiceToken.Scope.FACTS)]
    parser_classes = [BulkParser]
    kind: ClassVar[str]

    def take(self, request: Request) -> Response:
        """Write the good rows in transactions of 2,000, known ones anew; tell the bad ones. Safe to send again."""
        token = token_of(request)
        assert token is not None  # the permission lets nobody else in
        if token.shop_id is not None:
            raise Problem(403, _("Not for a shop's token"), _("Only the platform's own systems state these facts."))
        now = timezone.now()
        told: list[dict[str, Any]] = []

        def reject(rejects: Iterable[Reject]) -> None:
            told.extend({"index": each.row - 1, "reason": each.reason} for each in rejects if len(told) < TOLD_REJECTS)

        with rows_of(request, COLUMNS[self.kind], f"api {self.kind}") as source:
            tally = import_facts(source, make_kind(self.kind, now, clock_standard_at(now)), reject=reject)
        take_rows(token, tally.read)
        return Response(
            {
                "rows": tally.read,
                "accepted": tally.new,
                "repeated": tally.repeated,
                "changed": tally.changed,
                "rejected": tally.rejected,
                "rejects": told,
                "more_rejects": tally.rejected - len(told),
            }
        )


ANSWER: Final = inline_serializer(
    "FactsAnswer",
    {
        "rows": serializers.IntegerField(),
        "accepted": serializers.IntegerField(help_text="Rows that were new"),
        "repeated": serializers.IntegerField(help_text="Rows that were known already"),
        "changed": serializers.IntegerField(help_text="Those of the repeated that brought other values"),
        "rejected": serializers.IntegerField(),
        "rejects": serializers.ListField(child=serializers.DictField()),
        "more_rejects": serializers.IntegerField(),
    },
)


class Cases(FactsIntake):
    """After-sales cases."""

    kind = "cases"

    @extend_schema(request=BODY, responses={200: ANSWER}, operation_id="send_cases")
    def post(self, request: Request) -> Response:
        """Take after-sales cases: case_id, shop_id, buyer_id, kind, opened_at, closed_at."""
        return self.take(request)


class Outages(FactsIntake):
    """Platform outages."""

    kind = "outages"

    @extend_schema(request=BODY, responses={200: ANSWER}, operation_id="send_outages")
    def post(self, request: Request) -> Response:
        """Take outages: outage_id, starts_at, ends_at, shop_ids (`;` between), note. Their days are computed again."""
        return self.take(request)


class FeedbackIntake(FactsIntake):
    """Buyers' stars."""

    kind = "feedback"

    @extend_schema(request=BODY, responses={200: ANSWER}, operation_id="send_feedback")
    def post(self, request: Request) -> Response:
        """Take feedback: conversation_id, shop_id, buyer_id, agent_id, rated_at, stars."""
        return self.take(request)


class Totals(FactsIntake):
    """Control totals."""

    kind = "totals"
    permission_classes = [has_scope(ServiceToken.Scope.CHAT)]

    @extend_schema(request=BODY, responses={200: ANSWER}, operation_id="send_control_totals")
    def post(self, request: Request) -> Response:
        """Take control totals: shop_id, on (the shop's local date), messages (of all senders)."""
        return self.take(request)
