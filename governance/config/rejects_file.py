"""The file that keeps rejected records, with where they were and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from shops.chat.rejects import Reject
from shops.imports.files import RAW


class RejectsFile:
    """A new CSV or JSON Lines file of rejects, by its suffix. Replaces an older file of that name.

    CSV: file, line, reason, the columns of the kind, and raw for what could not be taken apart. JSON Lines: file, line,
    reason, record. Raises ValueError for another suffix and OSError where the file cannot be made.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        if path.suffix.casefold() not in {".csv", ".jsonl"}:
            raise ValueError(_("the suffix must be .csv or .jsonl"))
        self._is_csv = path.suffix.casefold() == ".csv"
        self._columns = [*columns, RAW]
        self._handle = path.open("w", encoding="utf-8", newline="", errors="backslashreplace")
        self._csv = csv.writer(self._handle)
        if self._is_csv:
            self._csv.writerow(["file", "line", "reason", *self._columns])

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._handle.close()

    def write(self, source: Path, rejects: Iterable[Reject]) -> None:
        """Add rejects of a file."""
        for reject in rejects:
            if self._is_csv:
                values = [reject.record.get(name) for name in self._columns]
                self._csv.writerow([source, reject.row, reject.reason, *values])
            else:
                entry = {"file": str(source), "line": reject.row, "reason": reject.reason, "record": reject.record}
                self._handle.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
        self._handle.flush()
