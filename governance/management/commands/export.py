"""`manage.py export`: figures and judgements as JSON, CSV or Parquet."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.actions.export_rows import EXPORTS
from governance.management.commands.score import read_day
from governance.management.row_files import FORMATS, write_rows


class Command(BaseCommand):
    """Writes figures as plain rows."""

    help = "Export figures (of a day or the newest) or findings, decisions and penalties (of a day or all)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("kind", choices=list(EXPORTS))
        parser.add_argument("--on", type=read_day, metavar="YYYY-MM-DD", help="as of this day (default: the newest)")
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the rows and say how many, on standard error."""
        try:
            count = write_rows(
                EXPORTS[options["kind"]](options["on"]), options["format"], options["output"], self.stdout
            )
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error}", returncode=2) from error
        self.stderr.write(f"{count} rows")
