"""POST /api/v1/chat/messages/: batches of messages, durable before they are answered."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.api.authentication import token_of
from shops.api.bodies import LINES_TYPES, LIST_TYPE, MAX_ROWS, check_rows, rows_of
from shops.api.parsers import BulkParser
from shops.api.permissions import has_scope
from shops.api.problems import Problem
from shops.api.throttles import take_rows
from shops.chat.clock import from_ms
from shops.chat.log import open_log
from shops.chat.messages import COLUMNS, MessageFileError
from shops.chat.rejects import Reject
from shops.imports.chat_batch import Taken, take_batch
from shops.imports.files import PIECE_ROWS, Batch, Source, as_one
from shops.imports.json_records import JsonRecords
from shops.imports.kinds import clock_standard_at
from shops.models import IntakeBatch, ServiceToken

TOLD_REJECTS: Final = 1_000
"""How many rejected rows an answer lists."""
KEPT_REASONS: Final = 20

RejectSerializer = inline_serializer(
    "RejectedRow",
    {
        "index": serializers.IntegerField(help_text="Place of the row in the batch, from 0"),
        "reason": serializers.CharField(),
    },
)
ANSWER = inline_serializer(
    "IntakeAnswer",
    {
        "batch": serializers.IntegerField(),
        "rows": serializers.IntegerField(),
        "accepted": serializers.IntegerField(),
        "repeated": serializers.IntegerField(),
        "rejected": serializers.IntegerField(),
        "rejects": serializers.ListField(child=RejectSerializer),
        "more_rejects": serializers.IntegerField(),
        "unknown_agents": serializers.ListField(child=serializers.CharField()),
    },
)
BODY = {(LIST_TYPE): {"type": "array", "items": {"type": "object"}, "maxItems": MAX_ROWS}} | {
    LINES_TYPES[0]: OpenApiTypes.STR
}


class ChatMessages(APIView):
    """Takes chat messages from the marketplace's chat system."""

    permission_classes = [has_scope(ServiceToken.Scope.CHAT)]
    parser_classes = [BulkParser]

    @extend_schema(request=BODY, responses={200: ANSWER}, operation_id="send_chat_messages")
    def post(self, request: Request) -> Response:
        """Take a batch of up to 50,000 messages (clock.md, section 1). Safe to send again.

        What is counted as accepted is on the disk. Rejected rows are listed with their index and reason; the others
        are kept.
        """
        token = token_of(request)
        assert token is not None  # the permission lets nobody else in
        began, now = time.perf_counter(), timezone.now()
        with rows_of(request, COLUMNS, "chat/messages") as source:
            batch = _read(source)
        rows = batch.table.num_rows + len(batch.rejects)
        take_rows(token, rows)
        try:
            taken = take_batch(
                batch,
                open_log(),
                clock_standard_at(now),
                now,
                only_shop=token.shop.code if token.shop is not None else None,
            )
        except MessageFileError as error:
            raise Problem(400, _("The rows cannot be read"), str(error)) from error
        stored = _record(token, rows, taken, now, time.perf_counter() - began)
        return Response(_answer(stored, taken))


def _read(source: Source) -> Batch:
    """All rows of a body as one batch; too many are refused before they are all read."""
    rows, pieces = 0, [_nothing()]
    for piece in source.batches(PIECE_ROWS):
        rows += piece.table.num_rows + len(piece.rejects)
        check_rows(rows)
        pieces.append(piece)
    return as_one(pieces)


def _record(token: ServiceToken, rows: int, taken: Taken, now: datetime, seconds: float) -> IntakeBatch:
    return IntakeBatch.objects.create(
        token=token,
        received_at=now,
        rows=rows,
        accepted=taken.appended.rows,
        repeated=taken.appended.repeated,
        rejected=len(taken.rejects),
        first_sent_at=from_ms(taken.first_ms) if taken.first_ms is not None else None,
        last_sent_at=from_ms(taken.last_ms) if taken.last_ms is not None else None,
        reasons=[_told(reject) for reject in taken.rejects[:KEPT_REASONS]],
        seconds=round(seconds, 4),
    )


def _answer(stored: IntakeBatch, taken: Taken) -> dict[str, Any]:
    return {
        "batch": stored.pk,
        "rows": stored.rows,
        "accepted": stored.accepted,
        "repeated": stored.repeated,
        "rejected": stored.rejected,
        "rejects": [_told(reject) for reject in taken.rejects[:TOLD_REJECTS]],
        "more_rejects": max(0, len(taken.rejects) - TOLD_REJECTS),
        "unknown_agents": [f"{shop}/{agent}" for shop, agent in taken.unknown_agents[:TOLD_REJECTS]],
    }


def _told(reject: Reject) -> dict[str, Any]:
    return {"index": reject.row - 1, "reason": reject.reason}


def _nothing() -> Batch:
    table, numbers, rejects = JsonRecords(COLUMNS).take()
    return Batch(table, numbers, 0, rejects)
