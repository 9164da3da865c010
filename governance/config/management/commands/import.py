# ruff: noqa: N999 - the command is called import
"""manage.py import: facts and chat messages from files (interfaces.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from complaints.imports.complaints import Complaints
from governance.config.rejects_file import RejectsFile
from shops.chat.log import LogError, open_log
from shops.chat.rejects import Reject
from shops.imports import kinds
from shops.imports.chat import ChatImport
from shops.imports.directory import NewShops
from shops.imports.facts import Sink, Tally, import_facts
from shops.imports.files import FileError, Source
from shops.imports.kinds import CHAT, clock_standard_at, make_kind
from shops.imports.opening import SUFFIXES, open_source
from shops.models.hours import check_hours
from shops.models.shop import check_timezone

COMPLAINTS: Final = "complaints"
COLUMNS: Final = kinds.COLUMNS | {COMPLAINTS: Complaints.columns}
SHOWN_REJECTS: Final = 20
SOME_REJECTED: Final = 1
UNREADABLE: Final = 2
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it

Run = Callable[[Source, Sink, Callable[[int], None]], Tally]


@dataclass
class Rejected:
    """The rejects of one file: the first ones to show, all of them to the file of rejects."""

    source: Path
    into: RejectsFile | None
    first: list[Reject] = field(default_factory=list)

    def take(self, rejects: Iterable[Reject]) -> None:
        """Take the next rejects."""
        rejects = iter(rejects)
        shown = list(islice(rejects, SHOWN_REJECTS - len(self.first)))
        self.first += shown
        if self.into is not None:
            self.into.write(self.source, chain(shown, rejects))


class Command(BaseCommand):
    """Import files. Safe to run again: what is known already is counted as repeated."""

    help = "Imports facts or chat messages from CSV, JSON Lines or Parquet files. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare KIND, FILE... and the options."""
        parser.add_argument("kind", choices=list(COLUMNS), metavar="KIND", help=", ".join(COLUMNS))
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help=", ".join(f"*{end}" for end in SUFFIXES)
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="keep rejected records in this CSV or JSONL file"
        )
        created = parser.add_argument_group("chat only")
        created.add_argument("--create", action="store_true", help="create unknown shops and agents")
        created.add_argument("--timezone", metavar="TZ", help="time zone of created shops (default Asia/Shanghai)")
        created.add_argument("--hours", metavar="TEXT", help='hours of created shops, such as "mon-sun 08:00-23:00"')
        created.add_argument("--category", metavar="NAME", help="category of created shops")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Judge all files, then import one by one. Exits 1 if rows were rejected, 2 if a file is unreadable."""
        new_shops = _new_shops(options)
        try:
            sources = [open_source(path, COLUMNS[options["kind"]]) for path in options["files"]]
            with _rejects_file(options["rejects"], options["kind"], options["files"]) as into:
                run = _runner(options["kind"], new_shops)
                tallies = [self._import(source, run, into, options["verbosity"]) for source in sources]
        except (FileError, LogError) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error
        except DatabaseError as error:
            raise CommandError(
                _("The database refused: %(error)s. If it has no tables yet, run manage.py migrate.")
                % {"error": error},
                returncode=UNREADABLE,
            ) from error
        except KeyboardInterrupt as error:
            raise CommandError(
                _("Stopped. What was written is kept; run the same command again to import the rest."),
                returncode=INTERRUPTED,
            ) from error
        rejected = sum(tally.rejected for tally in tallies)
        if rejected:
            remedy = "" if options["rejects"] else " " + _("Use --rejects FILE to keep them all.")
            raise CommandError(
                ngettext(
                    "%(rejected)d record was rejected; the others are kept.",
                    "%(rejected)d records were rejected; the others are kept.",
                    rejected,
                )
                % {"rejected": rejected}
                + remedy,
                returncode=SOME_REJECTED,
            )

    def _import(self, source: Source, run: Run, into: RejectsFile | None, verbosity: int) -> Tally:
        """Import one file with a progress bar where people watch, and print what became of it."""
        rejected = Rejected(source.path, into)
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn() if source.unit == "rows" else TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        with Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal or not verbosity
        ) as bar:
            task = bar.add_task(source.path.name, total=source.size)
            tally = run(source, rejected.take, lambda done: bar.update(task, completed=done))
        counts = _("%(file)s: %(read)d read, %(new)d new, %(repeated)d repeated, %(rejected)d rejected")
        self.stdout.write(
            counts
            % {
                "file": source.path,
                "read": tally.read,
                "new": tally.new,
                "repeated": tally.repeated,
                "rejected": tally.rejected,
            }
        )
        if tally.changed:
            self.stdout.write(
                "  " + _("Of the repeated, %(changed)d brought other values.") % {"changed": tally.changed}
            )
        for note in tally.notes:
            self.stdout.write(f"  {note}")
        place = _("row %(number)d: %(reason)s") if source.unit == "rows" else _("line %(number)d: %(reason)s")
        for reject in rejected.first:
            self.stdout.write("  " + place % {"number": reject.row, "reason": reject.reason})
        if tally.rejected > len(rejected.first):
            self.stdout.write("  " + _("… and %(more)d more") % {"more": tally.rejected - len(rejected.first)})
        return tally


def _new_shops(options: dict[str, Any]) -> NewShops | None:
    """With what to create shops; None where they are not to be created. Raises CommandError for options that clash."""
    given = [name for name in ("timezone", "hours", "category") if options[name] is not None]
    if not options["create"]:
        if given:
            raise CommandError(_("--%(name)s only works together with --create.") % {"name": given[0]})
        return None
    if options["kind"] != CHAT:
        raise CommandError(_("--create only works for chat."))
    for name, check in (("timezone", check_timezone), ("hours", check_hours)):
        try:
            if options[name]:
                check(options[name])
        except ValidationError as error:
            raise CommandError(f"--{name}: {' '.join(error.messages)}") from error
    if len(options["category"] or "") > 100:
        raise CommandError(_("--category is longer than 100 characters."))
    return NewShops(**{name: options[name] for name in given})


def _runner(kind: str, new_shops: NewShops | None) -> Run:
    """What imports one file of that kind. Looks up the clock standard, and for chat the known shops and agents."""
    now = timezone.now()
    standard = clock_standard_at(now)
    if kind == CHAT:
        chat = ChatImport(open_log(), now, standard, new_shops)
        return lambda source, reject, progress: chat.run(source, reject=reject, progress=progress)
    tolerance = timedelta(milliseconds=standard.future_tolerance_ms)

    def run(source: Source, reject: Sink, progress: Callable[[int], None]) -> Tally:
        facts = Complaints(now, tolerance) if kind == COMPLAINTS else make_kind(kind, now, standard)
        return import_facts(source, facts, reject=reject, progress=progress)

    return run


@contextmanager
def _rejects_file(path: Path | None, kind: str, sources: Sequence[Path]) -> Iterator[RejectsFile | None]:
    """The file of rejects, opened before anything is imported; None where none is wanted."""
    if path is None:
        yield None
        return
    if path.exists() and any(path.samefile(source) for source in sources):
        raise CommandError(_("--rejects %(path)s would overwrite an input file. Name another one.") % {"path": path})
    try:
        rejects = RejectsFile(path, [column.name for column in COLUMNS[kind]])
    except (OSError, ValueError) as error:
        raise CommandError(
            _("--rejects %(path)s cannot be written: %(error)s") % {"path": path, "error": error}
        ) from error
    with rejects:
        yield rejects
