"""GET transparency/: the figures that the platform publishes about its channel, for anyone."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints.actions.published_figures import published_figures, years_published
from shops.api.descriptions import problems, retry_after


class ShareAnswer(serializers.Serializer[Any]):
    """So many of a kind."""

    key = serializers.CharField()
    count = serializers.IntegerField()


class FiguresAnswer(serializers.Serializer[Any]):
    """One year in the platform's time zone."""

    year = serializers.IntegerField()
    complaints = serializers.IntegerField(help_text="Filed in the year")
    by_kind = ShareAnswer(many=True)
    by_outcome = ShareAnswer(many=True)
    mean_days_to_answer = serializers.FloatField(allow_null=True, help_text="From filing to the decision, wall time")
    answered_late = serializers.IntegerField(help_text="After their deadline")
    decisions = serializers.IntegerField(help_text="That took effect in the year")
    by_decision = ShareAnswer(many=True)
    by_automation = ShareAnswer(many=True, help_text="fully, partially or not automated")
    penalties = ShareAnswer(many=True)
    appeals = serializers.IntegerField(help_text="Filed in the year")
    by_appeal = ShareAnswer(many=True)
    mean_days_to_appeal = serializers.FloatField(allow_null=True)


class Transparency(APIView):
    """Reads the figures."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="read_transparency",
        tags=["policy"],
        auth=[],
        parameters=[OpenApiParameter("year", int, description="This year unless said"), retry_after()],
        responses={200: FiguresAnswer} | problems(404, 429, 503),
    )
    def get(self, request: Request) -> Response:
        """Complaints, decisions, penalties and appeals of a year in numbers, an hour old at most."""
        years = years_published()
        wanted = request.query_params.get("year", str(years[0]))
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 4 and int(wanted) in years):
            raise Http404
        return Response(FiguresAnswer(published_figures(int(wanted)).to_data()).data)
