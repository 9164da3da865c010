"""JSON Lines: one object a line, a line a record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
from django.utils.translation import gettext as _

from shops.chat.columns import Column, Sort, names_fault, unknown_column
from shops.chat.rejects import Reject
from shops.chat.values import quoted
from shops.imports.files import (
    MAX_PIECE_BYTES,
    PIECE_ROWS,
    Batch,
    FileError,
    Lines,
    check_is_text,
    gathered,
    raw_record,
)


class JsonSource:
    """A JSON Lines file. The keys of its first record must be known; later lines with others are rejected one by one.

    A key left out of a line has no value in that record. A batch has the columns that any of its records names, and
    those that are required.
    """

    unit = "bytes"

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path, self.columns = path, columns
        self.size = path.stat().st_size
        self._names = [column.name for column in columns]
        self._known = frozenset(self._names)
        self._decode = json.JSONDecoder(parse_constant=_refuse_constant).decode
        self._check_start()

    def _check_start(self) -> None:
        with Lines(self.path) as lines:
            is_first = True
            while read := lines.next():
                line, is_cut = read
                if is_first:
                    check_is_text(self.path, line[:4096])
                    is_first = False
                if line.isspace() or not line:
                    continue
                if line.lstrip().startswith(b"["):
                    raise FileError(
                        self.path, _("This is a JSON array. Write one object a line, without commas between.")
                    )
                if not is_cut and isinstance(record := self._decoded(line), dict):
                    optional = [Column(column.name, column.sort) for column in self.columns]
                    fault = names_fault(list(record), optional)
                    if fault:
                        raise FileError(self.path, _("Line %(line)d: ") % {"line": lines.number} + fault)
                return
        raise FileError(self.path, _("The file holds nothing but blank lines. Export it again."))

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The records in batches; all columns are text, also those that were numbers."""
        return gathered(self._pieces(min(max_rows, PIECE_ROWS)), max_rows)

    def _pieces(self, max_rows: int) -> Iterator[Batch]:
        with Lines(self.path) as lines:
            while True:
                records, numbers, rejects = self._read(lines, max_rows)
                if not numbers and not rejects:
                    return
                table, faults = self._table(records)
                if faults:
                    rejects += [Reject(numbers[row], reason, _plain(records[row])) for row, reason in faults.items()]
                    rejects.sort(key=lambda reject: reject.row)
                    table = table.take(pa.array([row for row in range(len(records)) if row not in faults], pa.int64()))
                    numbers = [number for row, number in enumerate(numbers) if row not in faults]
                yield Batch(table, pa.array(numbers, pa.int64()), lines.done, rejects)

    def _read(self, lines: Lines, max_rows: int) -> tuple[list[dict[str, Any]], list[int], list[Reject]]:
        records: list[dict[str, Any]] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        start = lines.done
        while len(numbers) + len(rejects) < max_rows and lines.done - start < MAX_PIECE_BYTES:
            read = lines.next()
            if read is None:
                break
            line, is_cut = read
            if is_cut:
                reason = _("the line is longer than %(limit)d bytes") % {"limit": len(line) - 1}
                rejects.append(Reject(lines.number, reason, raw_record(line)))
                continue
            record = self._decoded(line)
            if isinstance(record, dict):
                if not record.keys() <= self._known:
                    name = next(key for key in record if key not in self._known)
                    rejects.append(Reject(lines.number, unknown_column(name, self._names), _plain(record)))
                    continue
                records.append(record)
                numbers.append(lines.number)
            elif not line.isspace() and line:
                rejects.append(Reject(lines.number, record, raw_record(line)))
        return records, numbers, rejects

    def _decoded(self, line: bytes) -> dict[str, Any] | str:
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
        raise ValueError(  # noqa: TRY004 - a wrong value in a file is no mistake of the program
            _("%(name)s is %(value)s; write text, a number or null")
            % {"name": column.name, "value": quoted(json.dumps(value, ensure_ascii=True))}
        )
    if isinstance(value, float) and column.sort is not Sort.NUMBER:
        raise ValueError(
            _("%(name)s is the decimal number %(value)s; write text") % {"name": column.name, "value": value}
        )
    return str(value)


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what is no character replaced, so that it can be written to a file."""
    return {_writable(key): _writable(value) if isinstance(value, str) else value for key, value in record.items()}


def _writable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
