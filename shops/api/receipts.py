"""GET /api/v1/receipts/{token}/: what became of a buyer's messages, for whoever holds the link."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops.actions.buyer_links import find_link
from shops.actions.read_receipt import Outcome, read_receipt
from shops.api.descriptions import problems, retry_after
from shops.api.problems import Problem
from shops.views.receipt_words import word_receipt

HEADERS = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


class OutageSpan(serializers.Serializer[Any]):
    """A disturbance of the platform."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="null: still going on")


class QuestionAnswer(serializers.Serializer[Any]):
    """One message that wants an answer, and what became of it."""

    message_id = serializers.CharField()
    sent_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    title = serializers.CharField(help_text="The outcome in words")
    sentences = serializers.ListField(child=serializers.CharField(), help_text="What happened, in words")
    quote = serializers.CharField(allow_blank=True, help_text="The start of the message; empty where it is not kept")
    asked_again = serializers.IntegerField(help_text="How many more messages the buyer sent while waiting")
    due_at = serializers.DateTimeField(allow_null=True, help_text="Until then an answer counts")
    answered_at = serializers.DateTimeField(allow_null=True)
    wait_seconds = serializers.FloatField(allow_null=True, help_text="Of the shop's opening hours")
    counted = serializers.ChoiceField(
        choices=["counted", "off_hours", "stoppage", "closed_soon"], allow_null=True, help_text="null: in no rate"
    )
    outage = OutageSpan(allow_null=True)


class ReceiptAnswer(serializers.Serializer[Any]):
    """The questions of one buyer to one shop, the newest first."""

    shop_id = serializers.CharField()
    shop_name = serializers.CharField()
    timezone = serializers.CharField()
    as_of = serializers.DateTimeField()
    conversation_id = serializers.CharField(allow_null=True, help_text="null: none was found")
    title = serializers.CharField()
    lead = serializers.CharField()
    questions = QuestionAnswer(many=True)
    advice = serializers.ListField(child=serializers.CharField())
    open_until = serializers.DateTimeField(allow_null=True, help_text="The shop is open now, until then")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="The shop is closed now and opens then")


class Receipts(APIView):
    """Reads receipts."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="read_receipt",
        tags=["links"],
        parameters=[retry_after()],
        auth=[],
        responses={200: ReceiptAnswer} | problems(404, 410, 429, 503),
    )
    def get(self, request: Request, token: str) -> Response:  # noqa: ARG002 - the route gives both
        """Why a buyer's messages were not answered or delivered, true at this moment, in the request's language."""
        now = timezone.now()
        link = find_link(token)
        if link is None:
            raise Http404
        if not link.is_usable_at(now):
            raise Problem(410, _("Gone"), _("This link has expired or was withdrawn. Ask the chat for a new one."))
        receipt = read_receipt(link, as_of=now)
        told = word_receipt(receipt)
        questions = [
            {
                "message_id": each.question.message_id,
                "sent_at": each.question.sent_at,
                "outcome": each.question.outcome.value,
                "title": each.title,
                "sentences": each.sentences,
                "quote": each.quote,
                "asked_again": each.question.asked_again,
                "due_at": each.question.due_at,
                "answered_at": each.question.really_answered_at or each.question.answered_at,
                "wait_seconds": each.question.wait_seconds,
                "counted": each.question.counted,
                "outage": each.question.outage
                and {"starts_at": each.question.outage[0], "ends_at": each.question.outage[1]},
            }
            for each in told.questions
        ]
        answer = {
            "shop_id": receipt.shop.code,
            "shop_name": receipt.shop.name,
            "timezone": receipt.shop.timezone,
            "as_of": receipt.as_of,
            "conversation_id": receipt.conversation_id,
            "title": told.title,
            "lead": told.lead,
            "questions": questions,
            "advice": told.advice,
            "open_until": receipt.open_until,
            "opens_at": receipt.opens_at,
        }
        return Response(ReceiptAnswer(answer).data, headers=HEADERS)
