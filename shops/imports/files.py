"""What the readers of all file formats share: batches, errors, and lines of bounded length.

What columns mean is not known here. The formats are in csv_files, json_files and parquet_files; opening chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import pyarrow as pa
from django.utils.translation import gettext as _

from shops.chat.rejects import Reject

MAX_LINE_BYTES: Final = 4_000_000
"""A longer line or record is rejected unread: a file of one line must not fill the memory."""
MAX_BATCH_BYTES: Final = 64_000_000
"""About what the values of one batch may take up."""
RAW: Final = "raw"
"""The key under which a record that could not be taken apart keeps its text."""
MAX_RAW_CHARACTERS: Final = 2_000
PIECE_ROWS: Final = 10_000
"""How many records of a text file are Python objects at a time."""
MAX_PIECE_BYTES: Final = 8_000_000
UTF8_BOM: Final = b"\xef\xbb\xbf"

_SIGNS: Final = (
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"\x1f\x8b", "compressed with gzip", None),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", None),
    (b"\xff\xfe", "written in UTF-16", None),
    (b"\xfe\xff", "written in UTF-16", None),
)


class FileError(Exception):
    """A file that cannot be read. Says what is wrong with which place of which file, and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


@dataclass(frozen=True)
class Batch:
    """Some consecutive records of a file: those that could be taken apart, and those that could not."""

    table: pa.Table
    numbers: pa.Array  # int64, the line (CSV, JSON Lines) or row (Parquet) of each record of the table, from 1
    done: int  # how much of the source's `size` has been read
    rejects: Sequence[Reject] = field(default_factory=list)


class Source(Protocol):
    """An opened file whose names and types are fine."""

    path: Path
    size: int  # bytes (CSV, JSON Lines) or rows (Parquet)
    unit: str  # "bytes" or "rows", for the progress bar

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The records from the start, in batches of at most `max_rows` and about MAX_BATCH_BYTES.

        Raises FileError where the file cannot be read on.
        """


def check_is_text(path: Path, start: bytes) -> None:
    """Raise FileError where the first bytes of a file show that it is no UTF-8 text."""
    for sign, what, suffix in _SIGNS:
        if start.startswith(sign):
            remedy = _("Rename it to *%(suffix)s.") % {"suffix": suffix} if suffix else _("Save it as UTF-8 text.")
            raise FileError(path, _("The file is %(what)s, not text.") % {"what": what} + " " + remedy)
    if b"\0" in start:
        raise FileError(path, _("The file is no text: it contains NUL bytes. Save it as UTF-8 text."))


def raw_record(line: str | bytes) -> dict[str, str]:
    """The start of a record that could not be taken apart, for the list of rejects."""
    text = line[: MAX_RAW_CHARACTERS * 4].decode(errors="replace") if isinstance(line, bytes) else line
    return {RAW: text[:MAX_RAW_CHARACTERS].rstrip("\r\n")}


def merged_rejects(*groups: Iterable[Reject]) -> Iterator[Reject]:
    """The rejects of several groups, each in the order of its rows, in the order of all rows; built one by one."""
    return merge(*groups, key=attrgetter("row"))


def gathered(pieces: Iterable[Batch], max_rows: int) -> Iterator[Batch]:
    """Small batches put together to batches of at most `max_rows`; Python objects are far larger than Arrow's."""
    waiting: list[Batch] = []
    for piece in pieces:
        records, size = _size_of([*waiting, piece])
        if waiting and (records > max_rows or size > MAX_BATCH_BYTES):
            yield as_one(waiting)
            waiting = []
        waiting.append(piece)
    if waiting:
        yield as_one(waiting)


def _size_of(batches: Sequence[Batch]) -> tuple[int, int]:
    """Records and bytes of some batches; a reject is taken for as large as it may be."""
    rejects = sum(len(batch.rejects) for batch in batches)
    records = rejects + sum(batch.table.num_rows for batch in batches)
    return records, sum(batch.table.nbytes for batch in batches) + rejects * 1_000


def as_one(batches: Sequence[Batch]) -> Batch:
    """Consecutive batches, at least one, put together."""
    return Batch(
        pa.concat_tables([batch.table for batch in batches], promote_options="default").combine_chunks(),
        pa.concat_arrays([batch.numbers for batch in batches]),
        batches[-1].done,
        [reject for batch in batches for reject in batch.rejects],
    )


class Held:
    """Batches that were read before, as a source of their own."""

    unit = "rows"
    size = 0

    def __init__(self, name: str, batches: Sequence[Batch]) -> None:
        self.path, self._batches = Path(name), batches

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The batches as they are held; they were read with at most `max_rows`."""
        assert all(batch.table.num_rows <= max_rows for batch in self._batches)
        return iter(self._batches)


class Lines:
    """The lines of an open file or stream, each at most MAX_LINE_BYTES; the rest of a longer one is skipped."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._limit = MAX_LINE_BYTES
        self.number = 0
        self.done = 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._handle.close()

    def next(self) -> tuple[bytes, bool] | None:
        """The next line with its end, and whether it was too long and is cut off; None at the end of the file."""
        line = self._handle.readline(self._limit + 1)
        if not line:
            return None
        self.number += 1
        self.done += len(line)
        if self.number == 1 and line.startswith(UTF8_BOM):
            line = line[len(UTF8_BOM) :]
        if len(line) <= self._limit or line.endswith(b"\n"):
            return line, False
        while rest := self._handle.readline(self._limit):
            self.done += len(rest)
            if rest.endswith(b"\n"):
                break
        return line, True
