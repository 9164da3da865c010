"""JSON Lines: one object a line, a line a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from shops.chat.columns import Column, names_fault
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
from shops.imports.json_records import JsonRecords


class JsonSource:
    """A JSON Lines file. The keys of its first record must be known; later lines with others are rejected one by one.

    A key left out of a line has no value in that record. A batch has the columns that any of its records names, and
    those that are required.
    """

    unit = "bytes"

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path, self.columns = path, columns
        self.size = path.stat().st_size
        self._records = JsonRecords(columns)
        self._check_start()

    def _check_start(self) -> None:
        with Lines(self.path.open("rb")) as lines:
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
                if not is_cut and isinstance(record := self._records.decoded(line), dict):
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
        with Lines(self.path.open("rb")) as lines:
            while True:
                self._read(lines, max_rows)
                if not len(self._records):
                    return
                table, numbers, rejects = self._records.take()
                yield Batch(table, numbers, lines.done, rejects)

    def _read(self, lines: Lines, max_rows: int) -> None:
        start = lines.done
        while len(self._records) < max_rows and lines.done - start < MAX_PIECE_BYTES:
            read = lines.next()
            if read is None:
                return
            line, is_cut = read
            if is_cut:
                reason = _("the line is longer than %(limit)d bytes") % {"limit": len(line) - 1}
                self._records.refuse(lines.number, reason, raw_record(line))
            else:
                self._records.add_line(line, lines.number)
