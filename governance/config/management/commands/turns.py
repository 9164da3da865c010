"""`manage.py turns`: the turns of chat files by the clock table, from files alone."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, TextColumn

from governance.config.bare_turns import TURN_QUERY, Hours, as_record, read_outages, read_turns, turns_of
from governance.management.commands.score import read_instant
from governance.management.row_files import FORMATS, write_rows
from governance.policy.problems import PolicyError
from governance.policy.reading import read_policy
from shops.chat.clock import from_ms
from shops.chat.engine import Connection
from shops.chat.rejects import Reject
from shops.chat.standard import ClockStandard
from shops.chat.turns import TurnRules
from shops.imports.files import FileError
from shops.models.hours import check_hours
from shops.models.shop import check_timezone

SHOWN_REJECTS: Final = 20
SOME_REJECTED: Final = 1
UNREADABLE: Final = 2
UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def read_duration(text: str) -> int:
    """Milliseconds of a duration such as 24h, 90m, 600s or 3d; a bare number is seconds. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text.strip())
    if match is None:
        raise ArgumentTypeError(f"'{text}' is no duration. Write one like 24h, 90m or 600 (seconds).")
    return round(float(match[1]) * UNITS_MS[match[2] or "s"])


class Command(BaseCommand):
    """Reads chat files and writes their turns; needs no database."""

    help = "Write the turns of chat files (CSV, JSON Lines, Parquet). Reads nothing but the files it is given."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments of interfaces.md."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--timezone", required=True, metavar="TZ", help="IANA name of the shops' time zone")
        parser.add_argument("--hours", required=True, metavar="HH:MM-HH:MM", help="daily, or mon-fri 09:00-18:00; ...")
        parser.add_argument("--outages", type=Path, metavar="FILE", help="spans in which nothing counts")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="take its clock, courtesies, brush-offs")
        parser.add_argument("--answer-window", type=read_duration, metavar="24h")
        parser.add_argument("--cap", type=read_duration, metavar="600")
        parser.add_argument("--ignore-under", type=read_duration, metavar="1")
        parser.add_argument("--as-of", type=read_instant, metavar="T", help="nothing later exists (default: now)")
        parser.add_argument("--format", choices=FORMATS, default="json")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compute and write. Exits 1 if rows were rejected, 2 if a file is unreadable; then nothing is written."""
        if options["format"] == "parquet" and options["output"] is None:
            raise CommandError("Parquet needs a file to be written to. Add --output FILE.", returncode=UNREADABLE)
        inputs = [*options["files"], *filter(None, (options["policy"], options["outages"]))]
        if options["output"] is not None and options["output"].resolve() in {path.resolve() for path in inputs}:
            raise CommandError(
                f"--output {options['output']} would overwrite an input file. Name another one.", returncode=UNREADABLE
            )
        rules, hours = _rules(options), _hours(options)
        shown = 0

        def reject(path: Path, unit: str, rejects: list[Reject]) -> None:
            nonlocal shown
            for each in rejects[: max(SHOWN_REJECTS - shown, 0)]:
                self.stderr.write(f"{path}: {unit} {each.row}: {each.reason}")
            shown += len(rejects)

        console = Console(stderr=True)
        try:
            with Progress(
                TextColumn("{task.description} {task.completed:,.0f}"),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            ) as bar:
                task = bar.add_task("messages read", total=None)
                with turns_of(
                    options["files"],
                    hours,
                    rules,
                    options["as_of"] or timezone.now(),
                    reject=reject,
                    progress=lambda done: bar.update(task, completed=done),
                ) as (con, tally):
                    turns = self._write(con, options["format"], options["output"])
        except (FileError, OSError) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error
        self.stderr.write(
            f"{tally.read} messages read, {tally.repeated} repeated, {tally.rejected} rejected; {turns} turns"
        )
        if tally.rejected:
            raise CommandError(f"{tally.rejected} rows were rejected; the others are in.", returncode=SOME_REJECTED)

    def _write(self, con: Connection, form: str, output: Path | None) -> int:
        if form == "parquet":
            assert output is not None
            instants = ", ".join(
                f"make_timestamptz({name} * 1000) as {name}"
                for name in ("opened_at", "answered_at", "effective_answered_at")
            )
            target = str(output).replace("'", "''")
            con.execute(f"copy (select * replace ({instants}) from ({TURN_QUERY})) to '{target}' (format parquet)")  # noqa: S608
            return int(con.execute("select count(*) from turns").fetchall()[0][0])
        return write_rows((as_record(row, _iso) for row in read_turns(con)), form, output, self.stdout)


def _rules(options: dict[str, Any]) -> TurnRules:
    standard = ClockStandard()
    if options["policy"] is not None:
        try:
            standard = read_policy(options["policy"].read_bytes(), str(options["policy"])).clock
        except (PolicyError, OSError) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error
    given = TurnRules.from_standard(standard)
    return TurnRules(
        window_ms=_chosen(options["answer_window"], given.window_ms),
        cap_ms=_chosen(options["cap"], given.cap_ms),
        ignore_ms=_chosen(options["ignore_under"], given.ignore_ms),
        resolution_ms=max(given.resolution_ms, _chosen(options["answer_window"], 0)),
        courtesies=given.courtesies if options["policy"] else (),
        holding_phrases=given.holding_phrases,
        repeat_conversations=given.repeat_conversations,
        repeat_chars=given.repeat_chars,
    )


def _chosen(option: int | None, otherwise: int) -> int:
    return otherwise if option is None else option


def _hours(options: dict[str, Any]) -> Hours:
    for name, check in (("timezone", check_timezone), ("hours", check_hours)):
        try:
            check(options[name])
        except ValidationError as error:
            raise CommandError(f"--{name}: {' '.join(error.messages)}", returncode=UNREADABLE) from error
    if not options["hours"].strip():
        raise CommandError('--hours is empty. Write for example "08:00-23:00".', returncode=UNREADABLE)
    try:
        outages = read_outages(options["outages"]) if options["outages"] else []
    except FileError as error:
        raise CommandError(str(error), returncode=UNREADABLE) from error
    return Hours(options["timezone"], options["hours"], outages)


def _iso(ms: int) -> str:
    return f"{from_ms(ms):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
