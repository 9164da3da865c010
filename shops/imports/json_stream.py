"""Records that come in as a stream of JSON: a list, or an object a line. Read in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from django.utils.translation import gettext as _

from shops.chat.columns import Column
from shops.chat.rejects import Reject
from shops.imports.files import (
    MAX_LINE_BYTES,
    MAX_PIECE_BYTES,
    PIECE_ROWS,
    UTF8_BOM,
    Batch,
    FileError,
    Lines,
    gathered,
    raw_record,
)
from shops.imports.json_records import JsonRecords

MAX_LIST_COMMAS: Final = 2_000_000
"""A list with more commas is refused unread: its members alone would fill the memory."""

_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ONE: Final = json.JSONDecoder()


class JsonLines:
    """An object a line, numbered from 1. A bad line is rejected, the others are read on. Reads its handle once."""

    unit = "bytes"
    size = 0

    def __init__(self, name: str, handle: BinaryIO, columns: Sequence[Column]) -> None:
        self.path = Path(name)
        self._handle, self._records = handle, JsonRecords(columns)

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The records in batches; all columns are text."""
        return gathered(self._pieces(min(max_rows, PIECE_ROWS)), max_rows)

    def _pieces(self, max_rows: int) -> Iterator[Batch]:
        lines = Lines(self._handle)
        while True:
            started = lines.done
            while len(self._records) < max_rows and lines.done - started < MAX_PIECE_BYTES:
                read = lines.next()
                if read is None:
                    break
                line, is_cut = read
                if is_cut:
                    reason = _("the line is longer than %(limit)d bytes") % {"limit": len(line) - 1}
                    self._records.refuse(lines.number, reason, raw_record(line))
                else:
                    self._records.add_line(line, lines.number)
            if not len(self._records):
                return
            yield _taken(self._records, lines.done)


class JsonList:
    """One JSON list of objects, numbered from 1. Raises FileError where it is none.

    The text of the list is held as a whole (whoever opens the handle bounds it), its records in pieces.
    """

    unit = "rows"
    size = 0

    def __init__(self, name: str, handle: BinaryIO, columns: Sequence[Column]) -> None:
        self.path = Path(name)
        self._handle, self._records = handle, JsonRecords(columns)

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The records in batches; all columns are text."""
        return gathered(self._pieces(min(max_rows, PIECE_ROWS)), max_rows)

    def _pieces(self, max_rows: int) -> Iterator[Batch]:
        members = self._members()
        taken = 0
        for number, member in enumerate(members, start=1):
            text = memoryview(member)
            if len(text) > MAX_LINE_BYTES:
                self._records.refuse(
                    number, _("the row is longer than %(limit)d bytes") % {"limit": MAX_LINE_BYTES}, {}
                )
            else:
                self._records.add_line(bytes(text), number)
            taken += len(text)
            if len(self._records) < max_rows and taken < MAX_PIECE_BYTES and number < len(members):
                continue
            taken = 0
            yield _taken(self._records, number)

    def _members(self) -> Sequence[msgspec.Raw | bytes]:
        """The members as they are written, not yet looked into: a bad one spoils no other."""
        text = self._handle.read()
        if text.count(b",") > MAX_LIST_COMMAS:
            problem = _("The list has more than %(limit)d commas. Send fewer rows at once, or an object a line.")
            raise FileError(self.path, problem % {"limit": MAX_LIST_COMMAS})
        text = text.removeprefix(UTF8_BOM)
        try:
            try:
                return _LIST.decode(text)
            except msgspec.DecodeError:
                return _members_closely(text.decode())
        except (ValueError, RecursionError) as error:
            problem = _("This is no JSON list of objects: %(problem)s") % {"problem": error}
            raise FileError(self.path, problem) from error


def _taken(records: JsonRecords, done: int) -> Batch:
    """What was collected. Rejects come without their records: the sender has them, and they may be enormous."""
    table, numbers, rejects = records.take()
    return Batch(table, numbers, done, [Reject(reject.row, reject.reason, {}) for reject in rejects])


def _members_closely(text: str) -> list[bytes]:
    """As the quick decoder, one member after the other: half a surrogate pair in one of them spoils only that one.

    Raises ValueError where it is no list.
    """
    members: list[bytes] = []
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise json.JSONDecodeError("Expecting a list", text, at)
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]" or members:
        _value, end = _ONE.raw_decode(text, at)
        members.append(text[at:end].encode())
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            break
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _skip(text, at + 1)
    if _skip(text, at + 1) != len(text):
        raise json.JSONDecodeError("Extra data", text, at + 1)
    return members


def _skip(text: str, at: int) -> int:
    """The place of the next character that is no white space."""
    return json.decoder.WHITESPACE.match(text, at).end()  # type: ignore[attr-defined, no-any-return]
