"""POST evidence/: one file for a complaint, from the complainant or from its shop."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import add_evidence
from complaints.api.access import HoldsLinkOrSignedIn, LinkAuthentication
from complaints.api.complaints import HEADERS, NOT_POSSIBLE, refused
from complaints.models import Complaint, Evidence
from complaints.views.uploads import MEGABYTE, ROOM_FOR_TEXT, redress_today
from shops.api.descriptions import problems, retry_after
from shops.api.problems import Problem
from shops.models import Member, User

LEADING: Final = (Member.Role.OWNER, Member.Role.MANAGER)


class EvidenceBody(serializers.Serializer[Any]):
    """One file, and of which complaint."""

    complaint = serializers.CharField(max_length=40, help_text="Its reference")
    file = serializers.FileField(help_text="A picture, a PDF or a recording; judged by its content, not its name")
    is_authority = serializers.BooleanField(default=False, help_text="The buyer's authority for a representative")


class EvidenceAnswer(serializers.ModelSerializer[Evidence]):
    """The file as it is kept."""

    class Meta:
        model = Evidence
        fields = ("id", "kind", "side", "name", "media_type", "size_bytes", "sha256", "received_sha256", "added_at")


class EvidenceIntake(APIView):
    """Takes evidence in."""

    authentication_classes = [LinkAuthentication, SessionAuthentication]
    permission_classes = [HoldsLinkOrSignedIn]
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too long before anything of it is read."""
        most = redress_today().evidence.max_megabytes
        told = request.META.get("CONTENT_LENGTH") or "0"
        if told.isascii() and told.isdecimal() and int(told) > most * MEGABYTE + ROOM_FOR_TEXT:
            reason = _("One file may have %(most)d MB. Send a shorter recording or a smaller picture.")
            raise Problem(413, _("Too large"), reason % {"most": most})
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="add_evidence",
        tags=["complaints"],
        parameters=[retry_after()],
        request={"multipart/form-data": EvidenceBody},
        responses={201: EvidenceAnswer} | problems(400, 401, 403, 404, 413, 415, 429, 503) | NOT_POSSIBLE,
    )
    def post(self, request: Request) -> Response:
        """Add a file to a complaint. Metadata of pictures is removed; the same file again is the same evidence."""
        body = EvidenceBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        complaint, side, by = _place(request, given["complaint"])
        try:
            evidence = add_evidence(
                complaint,
                side=side,
                name=given["file"].name,
                content=given["file"].file,
                at=timezone.now(),
                by=by,
                is_authority=given["is_authority"] and side == Evidence.Side.BUYER,
            )
        except ComplaintError as error:
            raise refused(error) from error
        return Response(EvidenceAnswer(evidence).data, status=status.HTTP_201_CREATED, headers=HEADERS)


def _place(request: Request, reference: str) -> tuple[Complaint, str, User | None]:
    """The complaint, for whose side the caller adds to it, and the person. Raises Http404 for whoever may not."""
    if isinstance(request.auth, Complaint):
        if request.auth.code != reference:
            raise Http404
        return request.auth, Evidence.Side.BUYER, None
    user = request.user
    if not isinstance(user, User):
        raise Http404
    led = Member.objects.filter(user=user, role__in=LEADING).values("shop")
    complaint = Complaint.objects.visible_to(user).filter(shop__in=led, code=reference).first()
    if complaint is None or user.is_staff:
        raise Http404
    return complaint, Evidence.Side.SHOP, user
