"""GET /api/v1/policy/ and policy/{version}/: the rules, their history and what changed, for anyone."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.views.policy_changes import changes_in_words
from governance.views.policy_versions import Version, list_versions, version_to_show
from shops.api.descriptions import problems, retry_after
from shops.api.problems import Problem

HEADERS = {"Cache-Control": "public, max-age=300"}
HIGHEST = 2**31 - 1
"""The largest version that the database can hold."""


class TextInLanguages(serializers.Serializer[Any]):
    """A text in every language."""

    en = serializers.CharField()
    zh_hans = serializers.CharField()


class VersionAnswer(serializers.Serializer[Any]):
    """One published version of the rules."""

    version = serializers.IntegerField(source="policy.version", min_value=1)
    name = serializers.CharField(source="policy.name")
    title = TextInLanguages(source="policy.rules.title")
    description = TextInLanguages(source="policy.rules.description")
    state = serializers.ChoiceField(
        choices=["in_force", "to_come", "past", "replaced"],
        help_text="replaced: another version from the same day came in its place before it started",
    )
    starts_on = serializers.DateField(source="policy.starts_on")
    ends_on = serializers.DateField(allow_null=True, help_text="The last day; null where no end is known")
    published_at = serializers.DateTimeField(source="policy.published_at")
    digest = serializers.CharField(source="policy.digest", help_text="SHA-256 of the document as canonical JSON")


class PoliciesAnswer(serializers.Serializer[Any]):
    """Every published version, those that start last first."""

    in_force = serializers.IntegerField(allow_null=True, help_text="The version in force today; null: none yet")
    versions = VersionAnswer(many=True)


class PolicyAnswer(VersionAnswer):
    """A version with its whole document and what it changed."""

    document = serializers.DictField(help_text="Every value written out; docs/policy.md says what each means")
    as_written = serializers.CharField(allow_blank=True, help_text="The YAML with its author's comments, where kept")
    compared_with = serializers.IntegerField(allow_null=True, help_text="The version that `changes` start from")
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="A sentence for each difference, in the language of the request"
    )


class PolicyQuery(serializers.Serializer[Any]):
    """With which version to compare."""

    compare = serializers.IntegerField(
        min_value=1, max_value=HIGHEST, required=False, help_text="A version; without it, the one that it follows"
    )


CONDITIONS = [
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag last seen"),
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Strong"),
    retry_after(),
]
UNCHANGED = OpenApiResponse(description="As last seen; no body")


class Policies(APIView):
    """The list of versions."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="list_policies",
        tags=["policy"],
        auth=[],
        parameters=CONDITIONS,
        responses={200: PoliciesAnswer, 304: UNCHANGED} | problems(429, 503),
    )
    def get(self, request: Request) -> Response:
        """Tell which rules are in force, were, and will be."""
        versions = list_versions(timezone.localdate())
        shown = version_to_show(versions)
        in_force = shown.policy.version if shown is not None and shown.state == "in_force" else None
        return _answer(request, PoliciesAnswer({"in_force": in_force, "versions": versions}).data)


class OnePolicy(APIView):
    """One version."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="read_policy",
        tags=["policy"],
        auth=[],
        parameters=[
            OpenApiParameter("version", OpenApiTypes.INT, OpenApiParameter.PATH),
            PolicyQuery,
            *CONDITIONS,
        ],
        responses={200: PolicyAnswer, 304: UNCHANGED} | problems(400, 404, 429, 503),
    )
    def get(self, request: Request, version: int) -> Response:
        """Tell one version of the rules and how it differs from the one before it, or from any other."""
        query = PolicyQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        versions = {known.policy.version: known for known in list_versions(timezone.localdate())}
        shown = versions.get(version)
        if shown is None:
            raise Http404
        wanted = query.validated_data.get("compare")
        if wanted is not None and wanted not in versions:
            raise Problem(404, _("Not found"), _("There is no published version %(version)s.") % {"version": wanted})
        before = versions[wanted].policy if wanted is not None else shown.before
        document = shown.policy.rules()
        answer = PolicyAnswer(_Compared(shown, before.version if before else None)).data | {
            "changes": changes_in_words(before.rules(), document) if before else []
        }
        return _answer(request, answer)


class _Compared:
    """A version as PolicyAnswer reads it."""

    changes: tuple[str, ...] = ()

    def __init__(self, version: Version, compared_with: int | None) -> None:
        self.policy, self.state, self.ends_on = version.policy, version.state, version.ends_on
        self.compared_with = compared_with
        self.document = version.policy.rules().to_data()
        self.as_written = version.policy.source_text


def _answer(request: Request, answer: dict[str, Any]) -> Response:
    etag = f'"{sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:32]}"'
    response = Response(answer, headers=HEADERS | {"ETag": etag})
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    unchanged = get_conditional_response(request._request, etag=etag)  # noqa: SLF001
    if unchanged is not None and unchanged.status_code == 304:
        return Response(status=304, headers=HEADERS | {"ETag": etag})
    return response
