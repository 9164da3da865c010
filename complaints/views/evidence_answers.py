"""How evidence leaves the site: never as anything that a browser would run, and only after a view let it."""

from __future__ import annotations

import json
import logging
import mimetypes
from pathlib import PurePath
from typing import Final

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from complaints.actions.errors import ComplaintError
from complaints.actions.evidence import read_evidence
from complaints.actions.snapshot import read_snapshot
from complaints.models import Evidence

logger = logging.getLogger(__name__)

SHOWN_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""Shown in the browser; everything else is only downloaded."""


def answer_evidence(evidence: Evidence) -> HttpResponse:
    """The content of a file with safe headers; 410 where it is not to be had any more.

    A conversation is told as JSON, without the notes that a shop's agents write to each other.
    """
    try:
        if evidence.kind == Evidence.Kind.CONVERSATION:
            messages = [each for each in read_snapshot(evidence) if each.get("kind") != "note"]
            told = json.dumps(messages, ensure_ascii=False, indent=1, default=str)
            return answer_bytes(told.encode(), "application/json", f"conversation-{evidence.sha256[:12]}.json")
        content = read_evidence(evidence)
    except (ComplaintError, OSError):
        logger.warning("Evidence %s is in no store", evidence.sha256, exc_info=True)
        gone = _("This file is not there any more. Tell the platform's staff, and name %(sha256)s.")
        return harden(HttpResponse(gone % {"sha256": evidence.sha256}, content_type="text/plain", status=410))
    return answer_bytes(content, evidence.media_type, _name_of(evidence), is_shown=evidence.media_type in SHOWN_TYPES)


def answer_bytes(content: bytes, media_type: str, name: str, *, is_shown: bool = False) -> HttpResponse:
    """Content as a download, or shown for the few types that are pictures and nothing else."""
    answer = HttpResponse(content, content_type=media_type)
    answer.headers["Content-Disposition"] = content_disposition_header(not is_shown, name) or "attachment"
    return harden(answer)


def harden(answer: HttpResponse) -> HttpResponse:
    """The answer with headers that keep a browser from guessing, running, keeping or passing on anything of it."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _name_of(evidence: Evidence) -> str:
    """The name as uploaded with the ending of what it is: an executable named .jpg and a .jpg named .exe alike."""
    stem = "".join(each for each in PurePath(evidence.name).stem if each.isprintable())[:80] or evidence.sha256[:12]
    return stem + (mimetypes.guess_extension(evidence.media_type) or "")
