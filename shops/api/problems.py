"""Errors of the API as problem details (RFC 9457): every answer that is no success has this one form."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as NotAllowed
from rest_framework.response import Response
from rest_framework.views import set_rollback

from shops.chat.log import LogError

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class Problem(APIException):
    """A refusal with its status, a short title, a sentence that says what to do, and fields of its own."""

    def __init__(self, status_code: int, title: str, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.status_code = status_code
        self.title = title
        self.fields = fields


def answer_problem(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to whatever a view raised. What nobody foresaw is logged and answered as a 500 without details."""
    known = _as_api_exception(error)
    request = context.get("request")
    if known is None:
        logger.error("The API failed on %s", getattr(request, "path", "?"), exc_info=error)
        known = Problem(
            status.HTTP_500_INTERNAL_SERVER_ERROR,
            _("Internal error"),
            _("This is a fault of the platform, not of the request. It was recorded; try again later."),
        )
    elif known.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR:
        logger.warning("The API could not serve %s: %s", getattr(request, "path", "?"), error)
    set_rollback()
    headers = {}
    wait: float | None = getattr(known, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    elif known.status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "30"
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header  # type: ignore[attr-defined]
    return Response(body_of(known), status=known.status_code, headers=headers, content_type=CONTENT_TYPE)


def body_of(error: APIException) -> dict[str, Any]:
    """The members of the problem: type, title, status, detail, and errors by field where there are any."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": getattr(error, "title", None) or str(error.default_detail),
        "status": error.status_code,
    }
    if isinstance(error, ValidationError):
        body["title"] = _("The request is not valid")
        body["errors"] = list(_errors(error.detail, ""))
        body["detail"] = "; ".join(
            f"{each['pointer']}: {each['detail']}" if each["pointer"] else each["detail"] for each in body["errors"][:5]
        )
    else:
        body["detail"] = str(error.detail)
    return body | getattr(error, "fields", {})


def unknown_route(request: HttpRequest) -> JsonResponse:
    """What any path below /api/ answers that is none of the API's."""
    body = {
        "type": "about:blank",
        "title": _("Not found"),
        "status": 404,
        "detail": _("There is no %(path)s. The routes are listed at /api/docs/.") % {"path": request.path[:200]},
    }
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def _as_api_exception(error: Exception) -> APIException | None:
    """The refusal that an exception stands for; None for one that nobody foresaw."""
    match error:
        case APIException():
            return error
        case Http404():
            known: APIException = NotFound(_("There is no such thing, or you may not see it."))
        case PermissionDenied():
            known = NotAllowed()
        case BadRequest() | SuspiciousOperation() | DataError():
            known = Problem(400, _("The request cannot be read"), str(error) or type(error).__name__)
        case LogError():
            known = Problem(503, _("Not stored"), f"{error} {_('Send it again later.')}")
        case DatabaseError():
            lost = _("The database does not answer. Nothing is lost: send the request again later.")
            known = Problem(503, _("Not available"), lost)
        case _:
            return None
    return known


def _errors(detail: Any, pointer: str) -> Any:
    if isinstance(detail, dict):
        for name, value in detail.items():
            yield from _errors(value, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list):
        for number, value in enumerate(detail):
            yield from _errors(value, pointer if isinstance(value, ErrorDetail) else f"{pointer}/{number}")
    else:
        yield {"pointer": pointer, "detail": str(detail)}
