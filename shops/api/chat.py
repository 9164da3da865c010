"""POST /api/v1/chat/messages/: batches of messages, durable before they are answered."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Final

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
from shops.chat.clock import from_ms
from shops.chat.log import open_log
from shops.chat.messages import COLUMNS, DELIVERIES, KINDS, SENDERS, MessageFileError
from shops.chat.rejects import Reject
from shops.imports.chat_batch import Taken, take_batch
from shops.imports.files import PIECE_ROWS, Batch, as_one
from shops.imports.json_records import JsonRecords
from shops.imports.kinds import clock_standard_at
from shops.models import IntakeBatch, ServiceToken

KEPT_REASONS: Final = 20

ANSWER = inline_serializer(
    "IntakeAnswer",
    {
        "batch": serializers.IntegerField(help_text="The number of its receipt"),
        "rows": serializers.IntegerField(help_text="accepted + repeated + rejected"),
        "accepted": serializers.IntegerField(help_text="New, and on the disk"),
        "repeated": serializers.IntegerField(help_text="In this batch before, or all of it sent before; on the disk"),
        "rejected": serializers.IntegerField(help_text="Not kept"),
        "rejects": REJECTS,
        "more_rejects": serializers.IntegerField(help_text="How many more were rejected than are listed"),
        "unknown_agents": serializers.ListField(
            child=serializers.CharField(),
            help_text="shop/agent of agents that nobody knows: their messages are kept, they get no scores",
        ),
    },
)
BODY = body_of_rows(COLUMNS, {"sender": {"enum": SENDERS}, "kind": {"enum": KINDS}, "delivery": {"enum": DELIVERIES}})
EXAMPLE = {
    "message_id": "m-1",
    "conversation_id": "c-1",
    "shop_id": "tea-house",
    "buyer_id": "b-1",
    "sender": "buyer",
    "sent_at": "2026-05-01T09:30:00.123Z",
    "text": "When will it be sent?",
}


class ChatMessages(APIView):
    """Takes chat messages from the marketplace's chat system."""

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [has_scope(ServiceToken.Scope.CHAT)]
    parser_classes = [BulkParser]

    @extend_schema(
        operation_id="send_chat_messages",
        tags=["intake"],
        parameters=[GZIP, retry_after()],
        request=BODY,
        responses={200: ANSWER} | problems(400, 401, 403, 411, 413, 415, 429, 503),
        examples=examples_of(EXAMPLE),
    )
    def post(self, request: Request) -> Response:
        """Take a batch of up to 50,000 messages. Safe to send again: the content is the key.

        What is counted as accepted or repeated is on the disk. Rejected rows are listed with their index and reason;
        the others are kept.
        """
        token = token_of(request)
        assert token is not None  # the permission lets nobody else in
        began, now = time.perf_counter(), timezone.now()
        batch = as_one([_nothing(), *read_rows(request, COLUMNS, "chat/messages", PIECE_ROWS)])
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
