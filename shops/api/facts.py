"""POST cases/, outages/, feedback/ and chat/totals/: facts from the marketplace's other systems, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.api.authentication import ServiceTokenAuthentication, token_of
from shops.api.bodies import read_rows
from shops.api.descriptions import GZIP, REJECTS, TOLD_REJECTS, body_of_rows, examples_of, problems, retry_after
from shops.api.parsers import BulkParser
from shops.api.permissions import has_scope
from shops.api.problems import Problem
from shops.api.throttles import take_rows
from shops.chat.rejects import Reject
from shops.imports.facts import BATCH_ROWS, import_facts
from shops.imports.files import Held
from shops.imports.kinds import COLUMNS, clock_standard_at, make_kind
from shops.models import ServiceToken

ANSWER: Final = inline_serializer(
    "FactsAnswer",
    {
        "rows": serializers.IntegerField(help_text="accepted + repeated + rejected"),
        "accepted": serializers.IntegerField(help_text="Rows that were new"),
        "repeated": serializers.IntegerField(help_text="Rows that were known already"),
        "changed": serializers.IntegerField(help_text="Those of the repeated that brought other values"),
        "rejected": serializers.IntegerField(help_text="Not kept"),
        "rejects": REJECTS,
        "more_rejects": serializers.IntegerField(help_text="How many more were rejected than are listed"),
    },
)

F = TypeVar("F", bound=Callable[..., Response])


def described(
    kind: str, operation_id: str, example: Mapping[str, Any], words: Mapping[str, Mapping[str, Any]]
) -> Callable[[F], F]:
    """The OpenAPI description of a route that takes facts of a kind; `words` says more of some columns."""
    described_by: Callable[[F], F] = extend_schema(
        operation_id=operation_id,
        tags=["intake"],
        parameters=[GZIP, retry_after()],
        request=body_of_rows(COLUMNS[kind], words),
        responses={200: ANSWER} | problems(400, 401, 403, 411, 413, 415, 429, 503),
        examples=examples_of(example),
    )
    return described_by


class FactsIntake(APIView):
    """Takes facts of one kind, as `manage.py import` takes them from files (docs/files.md lists the columns)."""

    authentication_classes = [ServiceTokenAuthentication]
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
        name = f"api {self.kind} {token.key}"
        pieces = read_rows(request, COLUMNS[self.kind], name, BATCH_ROWS)
        take_rows(token, sum(piece.table.num_rows + len(piece.rejects) for piece in pieces))
        told: list[dict[str, Any]] = []

        def reject(rejects: Iterable[Reject]) -> None:
            told.extend({"index": each.row - 1, "reason": each.reason} for each in rejects if len(told) < TOLD_REJECTS)

        kind = make_kind(self.kind, now, clock_standard_at(now))
        tally = import_facts(Held(name, pieces), kind, reject=reject)
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


class Cases(FactsIntake):
    """After-sales cases."""

    kind = "cases"

    @described(
        "cases",
        "send_cases",
        {
            "case_id": "k-1",
            "shop_id": "tea-house",
            "buyer_id": "b-1",
            "kind": "refund",
            "opened_at": "2026-05-01T10:00:00Z",
        },
        {"kind": {"minLength": 1, "maxLength": 50}},
    )
    def post(self, request: Request) -> Response:
        """Take after-sales cases; a case sent again, later with its closed_at, is the same case."""
        return self.take(request)


class Outages(FactsIntake):
    """Platform outages."""

    kind = "outages"

    @described(
        "outages",
        "send_outages",
        {"outage_id": "o-1", "starts_at": "2026-05-01T10:00:00Z", "ends_at": "2026-05-01T11:00:00Z"},
        {"shop_ids": {"maxLength": 1_000_000, "description": "Several with ; between. Empty: the whole platform"}},
    )
    def post(self, request: Request) -> Response:
        """Take platform outages; without ends_at one is still going on. The days that it touches are computed again."""
        return self.take(request)


class FeedbackIntake(FactsIntake):
    """Buyers' stars."""

    kind = "feedback"

    @described(
        "feedback",
        "send_feedback",
        {
            "conversation_id": "c-1",
            "shop_id": "tea-house",
            "buyer_id": "b-1",
            "rated_at": "2026-05-01T12:00:00Z",
            "stars": 4,
        },
        {"stars": {"minimum": 1, "maximum": 5}},
    )
    def post(self, request: Request) -> Response:
        """Take buyers' stars."""
        return self.take(request)


class Totals(FactsIntake):
    """Control totals."""

    kind = "totals"
    permission_classes = [has_scope(ServiceToken.Scope.CHAT)]

    @described(
        "totals",
        "send_control_totals",
        {"shop_id": "tea-house", "on": "2026-05-01", "messages": 1_204},
        {
            "messages": {"minimum": 0, "maximum": 2_000_000_000, "description": "Of all senders"},
            "on": {"description": "A local date of the shop"},
        },
    )
    def post(self, request: Request) -> Response:
        """Take control totals: how many messages a shop had on a date. A later statement replaces an earlier one."""
        return self.take(request)
