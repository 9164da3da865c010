"""POST appeals/: a party asks for another look at a decision."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints.actions.filing import is_party
from complaints.api.access import HoldsLinkOrSignedIn, LinkAuthentication
from complaints.api.complaints import HEADERS, LONGEST_TEXT, NOT_POSSIBLE, refused
from complaints.models import Complaint
from complaints.views.progress import told_decision
from governance.actions.appeals import AppealError, file_appeal
from governance.models import Appeal, Decision
from shops.api.descriptions import problems, retry_after
from shops.models import Agent, Member, User


class AppealBody(serializers.Serializer[Any]):
    """Against which decision, and why."""

    decision = serializers.CharField(max_length=40, help_text="Its reference")
    text = serializers.CharField(max_length=LONGEST_TEXT)


class AppealAnswer(serializers.ModelSerializer[Appeal]):
    """An appeal as it was filed."""

    reference = serializers.CharField(source="code")
    decision = serializers.CharField(source="decision.code")

    class Meta:
        model = Appeal
        fields = ("reference", "decision", "who", "number", "state", "filed_at", "due_at")


class Appeals(APIView):
    """Takes appeals."""

    authentication_classes = [LinkAuthentication, SessionAuthentication]
    permission_classes = [HoldsLinkOrSignedIn]

    @extend_schema(
        operation_id="file_appeal",
        tags=["complaints"],
        parameters=[retry_after()],
        request=AppealBody,
        responses={201: AppealAnswer} | problems(400, 401, 403, 404, 415, 429, 503) | NOT_POSSIBLE,
    )
    def post(self, request: Request) -> Response:
        """Appeal as the buyer of a complaint (its link), as the shop (owner, manager), or as the agent concerned."""
        body = AppealBody(data=request.data)
        body.is_valid(raise_exception=True)
        reference = body.validated_data["decision"]
        about = _of_link(request, reference) if isinstance(request.auth, Complaint) else _of_member(request, reference)
        try:
            appeal = file_appeal(text=body.validated_data["text"], at=timezone.now(), **about)
        except AppealError as error:
            raise refused(error) from error
        return Response(AppealAnswer(appeal).data, status=status.HTTP_201_CREATED, headers=HEADERS)


def _of_link(request: Request, reference: str) -> dict[str, Any]:
    """A buyer's appeal: against the decision on the complaint of the link and no other one."""
    complaint = request.auth
    assert isinstance(complaint, Complaint)
    decision = told_decision(complaint)
    if decision is None or decision.code != reference or not is_party(complaint):
        raise Http404
    return {
        "decision": decision,
        "who": Appeal.Who.BUYER,
        "buyer_id": complaint.buyer_id,
        "complaint": complaint.code,
    }


def _of_member(request: Request, reference: str) -> dict[str, Any]:
    """A shop's or an agent's appeal, by what the caller is at the shop of the decision."""
    user = request.user
    if not isinstance(user, User) or user.is_staff:
        raise Http404
    decision = Decision.objects.settled().filter(code=reference).select_related("shop", "policy").first()
    member = Member.objects.filter(user=user, shop=decision.shop).select_related("agent").first() if decision else None
    if decision is None or member is None or not user.is_active:
        raise Http404
    agent: Agent | None = None
    if member.role in {Member.Role.OWNER, Member.Role.MANAGER}:
        who = Appeal.Who.SHOP
    elif member.agent is not None and member.agent_id == decision.agent_id:
        who, agent = Appeal.Who.AGENT, member.agent
    else:
        raise Http404
    return {"decision": decision, "who": who, "by": user, "agent": agent}
