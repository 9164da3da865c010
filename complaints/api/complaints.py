"""POST complaints/ and GET complaints/{reference}/: the buyer's channel, and what its parties read of a complaint."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints.actions.access import sign_access
from complaints.actions.errors import ComplaintError
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.actions.reading import record_reading
from complaints.api.access import HoldsLinkOrSignedIn, LinkAuthentication
from complaints.models import Complaint, Entry
from complaints.views.progress import entries_for_complainant, told_decision
from governance.models import Decision, Remedy
from shops.actions.buyer_links import find_link
from shops.api.descriptions import PROBLEM, problems, retry_after
from shops.api.links import Id
from shops.api.problems import CONTENT_TYPE, Problem
from shops.models import BuyerLink, User

HEADERS: Final = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
LONGEST_TEXT: Final = 10_000


class ComplaintBody(serializers.Serializer[Any]):
    """What a buyer says. The receipt's link, here or in the header, says who it is and about which shop."""

    link = serializers.CharField(required=False, max_length=300, help_text="The receipt link's token; or the header")
    kind = serializers.ChoiceField(choices=Complaint.Kind.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    wish = serializers.ChoiceField(choices=Complaint.Wish.choices, default=Complaint.Wish.NONE)
    happened_at = serializers.DateTimeField(required=False)
    email = serializers.EmailField(required=False, help_text="Where news goes, if any is wanted")
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, help_text="Of news; left out: the request's"
    )
    conversation_id = Id(required=False, help_text="Left out: the link's")
    message_id = Id(required=False, help_text="Left out: the link's")


class EntryAnswer(serializers.ModelSerializer[Entry]):
    """One step or word in the course of a complaint."""

    class Meta:
        model = Entry
        fields = ("at", "kind", "side", "text")


class RemedyAnswer(serializers.ModelSerializer[Remedy]):
    """What the buyer gets."""

    class Meta:
        model = Remedy
        fields = ("kind", "amount", "currency", "due_at", "done_at", "reversed_at")


class DecisionAnswer(serializers.ModelSerializer[Decision]):
    """The decision on a complaint, in effect."""

    reference = serializers.CharField(source="code")

    class Meta:
        model = Decision
        fields = ("reference", "kind", "clause", "gravity", "effective_at", "reasons_en", "reasons_zh_hans")


class ComplaintAnswer(serializers.ModelSerializer[Complaint]):
    """How a complaint stands, for whoever reads it."""

    reference = serializers.CharField(source="code")
    shop_id = serializers.CharField(source="shop.code")
    decision = DecisionAnswer(allow_null=True, source="shown_decision")
    outcome_en = serializers.CharField(source="shown_outcome_en", allow_blank=True)
    outcome_zh_hans = serializers.CharField(source="shown_outcome_zh_hans", allow_blank=True)
    remedies = RemedyAnswer(many=True, source="shown_remedies")
    entries = EntryAnswer(many=True, source="shown_entries")

    class Meta:
        model = Complaint
        fields = (
            "reference",
            "shop_id",
            "kind",
            "standing",
            "state",
            "version",
            "text",
            "wish",
            "happened_at",
            "filed_at",
            "due_at",
            "shop_due_at",
            "buyer_due_at",
            "escalated_at",
            "overdue_at",
            "is_refused",
            "outcome_en",
            "outcome_zh_hans",
            "decision",
            "remedies",
            "entries",
        )


class FiledAnswer(serializers.Serializer[Any]):
    """Where a complaint that was filed is followed."""

    reference = serializers.CharField()
    token = serializers.CharField(help_text="Of the complaint's own link: Authorization: Link TOKEN")
    url = serializers.URLField(help_text="The page to show to the buyer, and to nobody else")
    state = serializers.ChoiceField(choices=Complaint.State.choices)
    due_at = serializers.DateTimeField()


NOT_POSSIBLE: Final = {
    (status.HTTP_409_CONFLICT, CONTENT_TYPE): OpenApiResponse(PROBLEM, "As things stand it cannot be done; see detail")
}
EXAMPLE: Final = {"kind": "no_answer", "text": "I asked three times where my parcel is.", "wish": "answer"}


class Complaints(APIView):
    """Files complaints."""

    authentication_classes = [LinkAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="file_complaint",
        tags=["complaints"],
        parameters=[retry_after()],
        request=ComplaintBody,
        responses={201: FiledAnswer} | problems(400, 401, 415, 429, 503) | NOT_POSSIBLE,
        examples=[OpenApiExample("Not answered", value=EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """File a complaint of the buyer whom a receipt's link is for. Evidence is added to it afterwards."""
        body = ComplaintBody(data=request.data)
        body.is_valid(raise_exception=True)
        given, now = body.validated_data, timezone.now()
        link = request.auth if isinstance(request.auth, BuyerLink) else find_link(given.get("link", ""))
        if link is None or not link.is_usable_at(now):
            raise NotAuthenticated(_("Send the token of a receipt's link that works, in the body or in the header."))
        new = NewComplaint(
            shop=link.shop,
            kind=given["kind"],
            text=given["text"],
            buyer_id=link.buyer_id,
            email=given.get("email", ""),
            language=given.get("language") or get_language() or "en",
            conversation_id=given.get("conversation_id", link.conversation_id),
            message_id=given.get("message_id", link.message_id),
            wish=given["wish"],
            happened_at=given.get("happened_at"),
        )
        try:
            complaint = file_complaint(new, at=now)
        except ComplaintError as error:
            raise refused(error) from error
        token = sign_access(complaint)
        answer = {
            "reference": complaint.code,
            "token": token,
            "url": request.build_absolute_uri(reverse("complaint", args=[token])),
            "state": complaint.state,
            "due_at": complaint.due_at,
        }
        return Response(FiledAnswer(answer).data, status=status.HTTP_201_CREATED, headers=HEADERS)


class OneComplaint(APIView):
    """Reads a complaint."""

    authentication_classes = [LinkAuthentication, SessionAuthentication]
    permission_classes = [HoldsLinkOrSignedIn]

    @extend_schema(
        operation_id="read_complaint",
        tags=["complaints"],
        parameters=[retry_after()],
        responses={200: ComplaintAnswer} | problems(401, 403, 404, 429, 503),
    )
    def get(self, request: Request, reference: str) -> Response:
        """How a complaint stands: for its complainant, for leaders of its shop once that is heard, and for staff.

        Every reading by a member of the shop or the staff is recorded.
        """
        complaint, side = complaint_for(request, reference)
        entries = Entry.objects.filter(complaint=complaint)
        shown = entries.for_shop() if side == "shop" else entries.all()
        if side == "buyer":
            shown = entries_for_complainant(complaint)
        decision = told_decision(complaint)
        is_told = complaint.decision is None or decision is not None
        if not is_told and side != "staff":
            shown = shown.exclude(kind=Entry.Kind.DECIDED)
        remedies = Remedy.objects.filter(complaint=complaint.code, decision__effective_at__isnull=False)
        for name, value in {
            "shown_decision": decision,
            "shown_outcome_en": complaint.outcome_en if is_told else "",
            "shown_outcome_zh_hans": complaint.outcome_zh_hans if is_told else "",
            "shown_remedies": remedies,
            "shown_entries": shown,
        }.items():
            setattr(complaint, name, value)
        return Response(ComplaintAnswer(complaint).data, headers=HEADERS)


def complaint_for(request: Request, reference: str) -> tuple[Complaint, str]:
    """The complaint of a reference and the side from which the caller reads it; what a person reads is recorded.

    Raises Http404 for whoever may not see it: somebody else's, one that the shop was not told of.
    """
    if "\0" in reference:
        raise Http404
    if isinstance(request.auth, Complaint):
        if request.auth.code != reference:
            raise Http404
        return request.auth, "buyer"
    user = request.user
    if not isinstance(user, User):
        raise Http404
    visible = Complaint.objects.visible_to(user).select_related("shop", "decision")
    complaint = visible.filter(code=reference).first()
    if complaint is None or (user.is_staff and not user.has_perm("complaints.read_buyer_text")):
        raise Http404
    record_reading(complaint, by=user, purpose="read through the API")
    return complaint, "staff" if user.is_staff else "shop"


def refused(error: Exception) -> Problem:
    """The answer to a step that cannot be taken so."""
    return Problem(409, _("Not possible"), str(error))
