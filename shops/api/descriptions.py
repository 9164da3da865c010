"""What the OpenAPI description says of every route alike: rows, problems, limits. Made from the columns themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from shops.api.bodies import LINES_TYPES, LIST_TYPE, MAX_ROWS
from shops.api.problems import CONTENT_TYPE
from shops.chat.columns import Column, Sort
from shops.chat.messages import MAX_ID_LENGTH

TOLD_REJECTS: Final = 1_000
"""How many rejected rows an answer lists."""

PROBLEM: Final = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(help_text="about:blank: the status says which kind of problem it is"),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="What happened and what to do, in the language of the request"),
        "errors": inline_serializer(
            "ProblemOfField",
            {"pointer": serializers.CharField(allow_blank=True), "detail": serializers.CharField()},
            many=True,
            required=False,
        ),
    },
)
REJECTS: Final = inline_serializer(
    "RejectedRow",
    {
        "index": serializers.IntegerField(help_text="Place of the row in the list, or of its line, from 0"),
        "reason": serializers.CharField(),
    },
    many=True,
    help_text=f"The first {TOLD_REJECTS:,} rejected rows",
)
GZIP: Final = OpenApiParameter(
    "Content-Encoding", str, OpenApiParameter.HEADER, description="Where the body is compressed", enum=["gzip"]
)
SHOP_ID: Final = OpenApiParameter(
    "shop_id",
    str,
    OpenApiParameter.PATH,
    description="The shop's id; ASCII other than letters, digits and -_. is written as ~ and two hexadecimal digits",
)
_SAID: Final = {
    400: "The request or its body cannot be read; nothing was kept",
    401: "No usable service token",
    403: "The token may not do this",
    404: "There is no such thing",
    410: "It was there, and is no longer",
    411: "A body without a Content-Length; nothing was kept",
    413: "Too many rows or bytes; nothing was kept",
    415: "A media type or encoding that is not taken",
    429: "Over the token's limit of this minute; nothing was kept",
    503: "Not stored: send it again, it is safe",
}
_KINDS: Final[Mapping[Sort, dict[str, Any]]] = {
    Sort.CODE: {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH},
    Sort.TEXT: {"type": "string"},
    Sort.INSTANT: {"type": "string", "format": "date-time"},
    Sort.DATE: {"type": "string", "format": "date"},
    Sort.NUMBER: {"type": "integer"},
}


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The responses of a route that are problem details."""
    return {(status, CONTENT_TYPE): OpenApiResponse(PROBLEM, _SAID[status]) for status in statuses}


def retry_after() -> OpenApiParameter:
    """The header that says when to come again."""
    return OpenApiParameter(
        "Retry-After", int, OpenApiParameter.HEADER, response=[429, 503], description="Seconds until it may work"
    )


def body_of_rows(columns: Sequence[Column], words: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A request body of rows, by media type; `words` adds to a column what only its noun knows."""
    properties = {}
    for column in columns:
        kind = _KINDS[column.sort] | dict(words.get(column.name, {}))
        if not column.is_required:
            kind["nullable"] = True
            kind.pop("minLength", None)
            if "enum" in kind:
                kind["enum"] = [*kind["enum"], None]
        properties[column.name] = kind
    row = {
        "type": "object",
        "required": [column.name for column in columns if column.is_required],
        "properties": properties,
        "additionalProperties": False,
    }
    return {LIST_TYPE: {"type": "array", "maxItems": MAX_ROWS, "items": row}, LINES_TYPES[0]: OpenApiTypes.STR}


def examples_of(row: Mapping[str, Any]) -> list[OpenApiExample]:
    """One row in both forms of a body."""
    return [
        OpenApiExample("A list", value=[dict(row)], media_type=LIST_TYPE, request_only=True),
        OpenApiExample(
            "An object a line",
            value=json.dumps(row, ensure_ascii=False) + "\n",
            media_type=LINES_TYPES[0],
            request_only=True,
        ),
    ]
