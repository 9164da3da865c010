"""Records as JSON has them: decoded one by one, judged by their names, put together as a table of text columns.

Where they come from (a line of a file, a member of a list that came over HTTP) is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, NoReturn

import msgspec
import pyarrow as pa
from django.utils.translation import gettext as _

from shops.chat.columns import Column, Sort, unknown_column
from shops.chat.rejects import Reject
from shops.chat.values import SHOWN_CHARACTERS, quoted
from shops.imports.files import raw_record

_PLAIN: Final = msgspec.json.Decoder(dict[str, str | None])
"""Reads what clean senders write, at a third of the cost: flat objects of text. It reads a subset of JSON only."""

_SHALLOW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class JsonRecords:
    """Collects records under their numbers until they are taken as a table. Bad ones become rejects."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._names = [column.name for column in columns]
        self._known = frozenset(self._names)
        self._decode = json.JSONDecoder(parse_constant=_refuse_constant).decode
        self._clear()

    def __len__(self) -> int:
        return len(self._numbers) + len(self._rejects)

    def add_line(self, line: bytes, number: int) -> None:
        """Take the JSON text of one record; a blank line is none."""
        try:
            self.add(_PLAIN.decode(line), number)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._add_closely(line, number)

    def _add_closely(self, line: bytes, number: int) -> None:
        """As `add_line`, for whatever is no plain record: numbers, faults with their reasons, blank lines."""
        nested = self._nested(line)
        if nested is not None:
            self.refuse(number, nested, raw_record(line))
            return
        value = self.decoded(line)
        if isinstance(value, dict):
            self.add(value, number)
        elif not line.isspace() and line:
            self.refuse(number, value, raw_record(line))

    def _nested(self, line: bytes) -> str | None:
        """Why a record cannot be taken that has a list or an object for a value; found without building either.

        None where there is no such value, or where the line must be looked at more closely to tell.
        """
        try:
            values = _SHALLOW.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if not values.keys() <= self._known:
            return unknown_column(next(key for key in values if key not in self._known), self._names)
        for name, value in values.items():
            start = bytes(memoryview(value)[: 4 * SHOWN_CHARACTERS])
            if start.startswith((b"[", b"{")):
                return _no_text(name, start.decode(errors="replace"))
        return None

    def add(self, record: dict[str, Any], number: int) -> None:
        """Take one record."""
        if not record.keys() <= self._known:
            name = next(key for key in record if key not in self._known)
            self.refuse(number, unknown_column(name, self._names), plain_record(record))
            return
        self._records.append(record)
        self._numbers.append(number)

    def refuse(self, number: int, reason: str, record: dict[str, Any]) -> None:
        """Note one that cannot be taken."""
        self._rejects.append(Reject(number, reason, record))

    def take(self) -> tuple[pa.Table, pa.Array, list[Reject]]:
        """The records so far as text columns, their numbers (int64) and the rejects; begins anew.

        A key left out of a record has no value there. The table has the columns that any of its records names, and
        those that are required.
        """
        records, numbers, rejects = self._records, self._numbers, self._rejects
        self._clear()
        table, faults = self._table(records)
        if faults:
            rejects += [Reject(numbers[row], reason, plain_record(records[row])) for row, reason in faults.items()]
            rejects.sort(key=lambda reject: reject.row)
            table = table.take(pa.array([row for row in range(len(records)) if row not in faults], pa.int64()))
            numbers = [number for row, number in enumerate(numbers) if row not in faults]
        return table, pa.array(numbers, pa.int64()), rejects

    def decoded(self, line: bytes) -> dict[str, Any] | str:
        """The object on a line, or why there is none."""
        try:
            value = self._decode(line.decode())
        except UnicodeDecodeError:
            return _("the line is not valid UTF-8; write the file as UTF-8")
        except json.JSONDecodeError as error:
            return _("the line is no JSON: %(problem)s at character %(at)d") % {"problem": error.msg, "at": error.colno}
        except RecursionError:
            return _("the line is no flat JSON object: it is nested too deeply")
        except ValueError as error:  # NaN, Infinity, or a number of thousands of digits
            return _("the line holds a number that cannot be read: %(problem)s") % {"problem": error}
        if not isinstance(value, dict):
            return _("the line is no JSON object; write one object a line")
        return value

    def _clear(self) -> None:
        self._records: list[dict[str, Any]] = []
        self._numbers: list[int] = []
        self._rejects: list[Reject] = []

    def _table(self, records: list[dict[str, Any]]) -> tuple[pa.Table, dict[int, str]]:
        """The records as text columns, and why some of them cannot be taken, by row."""
        stated = set().union(*records)
        columns = [column for column in self.columns if column.is_required or column.name in stated]
        arrays: list[pa.Array] = []
        faults: dict[int, str] = {}
        for column in columns:
            values = [record.get(column.name) for record in records]
            try:
                arrays.append(pa.array(values, pa.string()))
            except (pa.ArrowException, UnicodeEncodeError, TypeError):
                texts: list[str | None] = []
                for row, value in enumerate(values):
                    try:
                        texts.append(_text(column, value))
                    except ValueError as error:
                        texts.append(None)
                        faults.setdefault(row, str(error))
                arrays.append(pa.array(texts, pa.string()))
        return pa.Table.from_arrays(arrays, names=[column.name for column in columns]), faults


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _text(column: Column, value: object) -> str | None:
    """One JSON value as text. Raises ValueError that says why it cannot be."""
    if value is None:
        return None
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(
                _("%(name)s contains half a surrogate pair, which is no character") % {"name": column.name}
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        start = "".join(islice(json.JSONEncoder().iterencode(value), SHOWN_CHARACTERS + 1))
        raise ValueError(_no_text(column.name, start))  # noqa: TRY004 - wrong in the file, not in the program
    if isinstance(value, float) and column.sort is not Sort.NUMBER:
        raise ValueError(
            _("%(name)s is the decimal number %(value)s; write text") % {"name": column.name, "value": value}
        )
    return str(value)


def _no_text(name: str, value: str) -> str:
    return _("%(name)s is %(value)s; write text, a number or null") % {"name": name, "value": quoted(value)}


def plain_record(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what is no character replaced, so that it can be written to a file."""
    return {_writable(key): _writable(value) if isinstance(value, str) else value for key, value in record.items()}


def _writable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
