"""Parquet: read a few thousand rows at a time, however large its row groups are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from shops.chat.columns import Column, names_fault, types_fault
from shops.imports.files import MAX_BATCH_BYTES, Batch, FileError

READ_AHEAD_BYTES: Final = 1_000_000
"""The reader's buffer for each column; without one it would load whole columns of a row group."""


class ParquetSource:
    """A Parquet file. The column `text` comes as a dictionary, so that repeated texts cost little."""

    unit = "rows"

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.path = path
        self._dictionaries: list[str] = []
        with self._opened() as file:
            schema, metadata = file.schema_arrow, file.metadata
            self.size = metadata.num_rows
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            self._row_bytes = max((group.total_byte_size / (group.num_rows or 1) for group in groups), default=0)
        fault = names_fault(schema.names, columns) or types_fault(schema, columns)
        if fault:
            raise FileError(path, fault)
        self._dictionaries = [name for name in schema.names if name == "text"]

    def _opened(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(
                self.path,
                read_dictionary=self._dictionaries,
                buffer_size=READ_AHEAD_BYTES,
                pre_buffer=False,
                memory_map=False,
            )
        except (pa.ArrowException, OSError, ValueError) as error:
            raise FileError(
                self.path,
                _("This is no Parquet file, or only a part of one (%(error)s). Copy or export it again.")
                % {"error": _first_line(error)},
            ) from error

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The rows in batches, typed as they are in the file."""
        rows_at_once = max(1, min(max_rows, int(MAX_BATCH_BYTES / (self._row_bytes or 1))))
        done = 0
        with self._opened() as file:
            batches = file.iter_batches(batch_size=rows_at_once)
            while True:
                try:
                    batch = next(batches, None)
                except (pa.ArrowException, OSError, ValueError) as error:
                    raise FileError(
                        self.path,
                        _("The file is damaged after row %(row)d (%(error)s). Copy or export it again.")
                        % {"row": done, "error": _first_line(error)},
                    ) from error
                if batch is None:
                    return
                for table in _cut(pa.Table.from_batches([batch])):
                    numbers = pa.array(range(done + 1, done + 1 + table.num_rows), pa.int64())
                    done += table.num_rows
                    yield Batch(table, numbers, done)


def _cut(table: pa.Table) -> Iterator[pa.Table]:
    """The table in pieces whose texts, written out, take about MAX_BATCH_BYTES: a dictionary hides how much it is."""
    if "text" in table.column_names and pa.types.is_dictionary(table.schema.field("text").type) and table.num_rows > 1:
        text = table["text"].chunk(0)
        size = pc.sum(pc.binary_length(text.dictionary).take(text.indices)).as_py() or 0
        pieces = min(table.num_rows, size // MAX_BATCH_BYTES + 1)
        if pieces > 1:
            rows = -(-table.num_rows // pieces)
            yield from (table.slice(start, rows) for start in range(0, table.num_rows, rows))
            return
    yield table


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
