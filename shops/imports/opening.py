"""Opens a file by its suffix and judges it as a whole, before anything of it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from shops.chat.columns import Column
from shops.imports.csv_files import CsvSource
from shops.imports.files import FileError, Source
from shops.imports.json_files import JsonSource
from shops.imports.parquet_files import ParquetSource

SUFFIXES: Final[dict[str, type[CsvSource | JsonSource | ParquetSource]]] = {
    ".csv": CsvSource,
    ".jsonl": JsonSource,
    ".ndjson": JsonSource,
    ".json": JsonSource,
    ".parquet": ParquetSource,
}


def open_source(path: Path, columns: Sequence[Column]) -> Source:
    """The file as a source of these columns. Raises FileError where nothing of it can be read."""
    try:
        if path.is_dir():
            raise FileError(path, _("This is a folder. Name the files in it one by one."))
        if not path.exists():
            raise FileError(path, _("There is no such file. Check the path."))
        if not path.is_file():
            raise FileError(path, _("This is no regular file. Write the data to a file first."))
        source = SUFFIXES.get(path.suffix.casefold())
        if source is None:
            raise FileError(
                path,
                _('The suffix "%(suffix)s" says nothing about the format. Rename the file to one of: %(known)s.')
                % {"suffix": path.suffix, "known": ", ".join(SUFFIXES)},
            )
        if path.stat().st_size == 0:
            raise FileError(path, _("The file is empty. Export it again."))
        return source(path, columns)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileError(path, _("The file cannot be read: %(error)s.") % {"error": error}) from error
