"""CSV: comma separated, the first line names the columns, quotes as RFC 4180 has them, UTF-8."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
from django.utils.translation import gettext as _

from shops.chat.columns import Column, names_fault
from shops.chat.rejects import Reject
from shops.imports.files import (
    MAX_LINE_BYTES,
    MAX_PIECE_BYTES,
    PIECE_ROWS,
    Batch,
    FileError,
    Lines,
    check_is_text,
    gathered,
    raw_record,
)

MAX_RECORD_LINES: Final = 10_000
"""A quoted value over more lines is taken for a quote that was never closed."""
MAX_READ_AGAIN: Final = 2_000_000
"""After a quote that was never closed, reading goes on at the next line. A file with too many of them is given up."""

Found = tuple[int, list[str]] | Reject


class _BrokenLineError(Exception):
    """The record that the reader is in cannot be read; the message says why."""


class CsvSource:
    """A CSV file. Lines are counted as a text editor does; a record is known by its first line."""

    unit = "bytes"

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path = path
        self.size = path.stat().st_size
        with Lines(path.open("rb")) as lines:
            self._names = self._header(lines)
        fault = names_fault(self._names, columns)
        if fault:
            if len(self._names) == 1 and any(mark in self._names[0] for mark in ";\t|"):
                fault = _("The values seem to be separated by something else. Separate them by commas.")
            raise FileError(path, _("Line 1: ") + fault)

    def _header(self, lines: Lines) -> list[str]:
        read = lines.next()
        line, is_cut = read or (b"", False)
        check_is_text(self.path, line[:4096])
        if is_cut:
            raise FileError(self.path, _("The first line never ends. It must name the columns."))
        try:
            names = next(csv.reader([line.decode()], strict=True), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise FileError(
                self.path, _("Line 1 does not name the columns in UTF-8: %(error)s.") % {"error": error}
            ) from error
        if not any(name.strip() for name in names):
            raise FileError(self.path, _("The first line is blank. It must name the columns."))
        return [name.strip() for name in names]

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The records in batches; all columns are text, an empty value is empty text."""
        return gathered(self._pieces(min(max_rows, PIECE_ROWS)), max_rows)

    def _pieces(self, max_rows: int) -> Iterator[Batch]:
        if csv.field_size_limit() < MAX_LINE_BYTES:
            csv.field_size_limit(MAX_LINE_BYTES)
        with Lines(self.path.open("rb")) as lines:
            lines.next()
            feed = _Feed(self.path, lines)
            found = feed.records(len(self._names))
            while True:
                numbers: list[int] = []
                rows: list[list[str]] = []
                rejects: list[Reject] = []
                start = lines.done
                for item in found:
                    if isinstance(item, Reject):
                        rejects.append(item)
                    else:
                        numbers.append(item[0])
                        rows.append(item[1])
                    if len(rows) + len(rejects) >= max_rows or lines.done - start >= MAX_PIECE_BYTES:
                        break
                if not rows and not rejects:
                    return
                values = zip(*rows, strict=True) if rows else [()] * len(self._names)
                arrays = [pa.array(column, pa.string()) for column in values]
                table = pa.Table.from_arrays(arrays, names=self._names)
                yield Batch(table, pa.array(numbers, pa.int64()), lines.done, rejects)


class _Line(NamedTuple):
    number: int
    text: bytes
    is_cut: bool  # too long: the rest of it was skipped


class _Feed:
    """Feeds lines to the csv reader and remembers those of the record that it is in, so that it can go back."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self._path, self._lines = path, lines
        self._again: deque[_Line] = deque()
        self._taken: list[_Line] = []
        self._taken_bytes = 0
        self._read_again = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self._again:
            line = self._again.popleft()
        else:
            read = self._lines.next()
            if read is None:
                raise StopIteration
            line = _Line(self._lines.number, *read)
        self._taken.append(line)
        self._taken_bytes += len(line.text)
        if line.is_cut:
            raise _BrokenLineError(_("the line is longer than %(limit)d bytes") % {"limit": MAX_LINE_BYTES})
        if len(self._taken) > 1 and (len(self._taken) > MAX_RECORD_LINES or self._taken_bytes > MAX_LINE_BYTES):
            raise _BrokenLineError(_open_quote())
        try:
            return line.text.decode()
        except UnicodeDecodeError as error:
            raise _BrokenLineError(_("the line is not valid UTF-8; write the file as UTF-8")) from error

    def records(self, width: int) -> Iterator[Found]:
        """Each record with the number of its first line; those that cannot be taken apart as rejects."""
        reader = csv.reader(self, strict=True)
        while True:
            self._taken.clear()
            self._taken_bytes = 0
            try:
                row = next(reader)
            except StopIteration:
                return
            except (_BrokenLineError, csv.Error) as error:
                yield self._given_up(error)
                continue
            if len(row) == width:
                yield self._taken[0].number, row
            elif row:
                reason = _("the record has %(found)d values where the first line names %(wanted)d columns")
                record = raw_record(b"".join(line.text for line in self._taken))
                yield Reject(self._taken[0].number, reason % {"found": len(row), "wanted": width}, record)

    def _given_up(self, error: Exception) -> Reject:
        """The first line of the present record as a reject; reading goes on with its second one."""
        first, later = self._taken[0], self._taken[1:]
        if isinstance(error, csv.Error):
            reason = _("the quotes or line ends of this record are broken: %(error)s") % {"error": error}
        else:
            reason = _open_quote() if later else str(error)
        self._read_again += len(later)
        if self._read_again > MAX_READ_AGAIN:
            raise FileError(
                self._path,
                _("Line %(line)d: too many quotes are opened and never closed. Write the file again.")
                % {"line": first.number},
            )
        self._again.extendleft(reversed(later))
        return Reject(first.number, reason, raw_record(first.text))


def _open_quote() -> str:
    return _("a quote is opened here and not closed before the record ends; close it or double it")
