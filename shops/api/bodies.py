"""Request bodies of many rows: JSON lists or an object a line, plain or gzipped, never larger than agreed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.request import Request

from shops.api.problems import Problem
from shops.chat.columns import Column
from shops.imports.files import Batch, FileError
from shops.imports.json_stream import JsonLines, JsonList

MAX_ROWS: Final = 50_000
MAX_SENT_BYTES: Final = 32_000_000
"""What may come over the wire."""
MAX_BYTES: Final = 64_000_000
"""What it may be when unpacked: a gzip bomb ends here, long before it is whole."""
LINES_TYPES: Final = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
LIST_TYPE: Final = "application/json"
BUFFER: Final = 256 * 1024


def read_rows(request: Request, columns: Sequence[Column], name: str, piece_rows: int) -> list[Batch]:
    """All rows of a request's body, in batches of at most `piece_rows`: nothing is kept of a body that breaks off.

    Raises Problem: 411 without a length, 413 for too much,
    415 for another format, 400 for a body that cannot be read.
    """
    rows, pieces = 0, []
    with _source_of(request, columns, name) as source:
        for piece in source.batches(piece_rows):
            rows += piece.table.num_rows + len(piece.rejects)
            if rows > MAX_ROWS:
                raise _too_many()
            pieces.append(piece)
    return pieces


@contextmanager
def _source_of(request: Request, columns: Sequence[Column], name: str) -> Iterator[JsonLines | JsonList]:
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in {LIST_TYPE, *LINES_TYPES}:
        raise Problem(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
            _("Unsupported media type"),
            _("Send a JSON list as %(list)s, or an object a line as %(lines)s.")
            % {"list": LIST_TYPE, "lines": LINES_TYPES[0]},
        )
    source = (JsonList if kind == LIST_TYPE else JsonLines)(name, _opened(request), columns)
    try:
        yield source
    except FileError as error:
        raise _unreadable(error.problem) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        detail = _("The gzip data is broken: %(problem)s. Nothing of the batch was kept.") % {"problem": error}
        raise _unreadable(detail) from error


def _opened(request: Request) -> BinaryIO:
    """The unpacked body as a binary file that refuses to be read beyond MAX_BYTES."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal()) or "HTTP_TRANSFER_ENCODING" in request.META:
        raise Problem(
            status.HTTP_411_LENGTH_REQUIRED,
            _("Length required"),
            _("Send the body with a Content-Length, not in chunks of unknown number."),
        )
    if len(length) > 18 or int(length) > MAX_SENT_BYTES:
        raise _too_large(MAX_SENT_BYTES)
    raw = io.BufferedReader(_Sent(request, int(length)), BUFFER)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding == "gzip":
        unpacked: io.RawIOBase = _Bounded(cast("BinaryIO", gzip.GzipFile(fileobj=raw)))
    elif encoding in {"identity", ""}:
        unpacked = _Bounded(cast("BinaryIO", raw))
    else:
        raise Problem(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
            _("Unsupported encoding"),
            _("Send the body as it is or with Content-Encoding: gzip."),
        )
    return cast("BinaryIO", io.BufferedReader(unpacked, BUFFER))


def _too_large(limit: int) -> Problem:
    return Problem(
        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        _("Too large"),
        _("A batch has at most %(limit)d bytes. Nothing of this one was kept: send fewer rows at once.")
        % {"limit": limit},
    )


def _too_many() -> Problem:
    return Problem(
        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        _("Too many rows"),
        _("A batch holds at most %(limit)d rows. Nothing of this one was kept: cut it and send the pieces.")
        % {"limit": MAX_ROWS},
    )


def _unreadable(detail: str) -> Problem:
    return Problem(status.HTTP_400_BAD_REQUEST, _("The body cannot be read"), detail)


class _Sent(io.RawIOBase):
    """The body as it comes over the wire; one that is shorter than its sender said is refused."""

    def __init__(self, request: Request, length: int) -> None:
        self._request = request._request  # noqa: SLF001 - the only way to a body that no parser has swallowed
        self._missing = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._request.read(len(buffer))
        except UnreadablePostError:
            data = b""
        self._missing -= len(data)
        if not data and self._missing > 0:
            raise _unreadable(_("The body breaks off before its end. Nothing of the batch was kept: send it again."))
        buffer[: len(data)] = data
        return len(data)


class _Bounded(io.RawIOBase):
    """Another file, up to MAX_BYTES."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _too_large(MAX_BYTES)
        buffer[: len(data)] = data
        return len(data)
