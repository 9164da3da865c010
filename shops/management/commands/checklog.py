"""`manage.py checklog`: reads the whole chat log and says what is wrong with it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shops.actions.check_log import LogCheck, check_log
from shops.actions.progress import Progress as Step
from shops.chat.log import LogError

SHOWN = 50


class Command(BaseCommand):
    """Verifies the chat log; changes nothing."""

    help = "Read every part of the chat log and say what is missing, broken or set aside. Exit 1 if anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check with a progress bar, print the findings, and exit with 1 where there are any."""
        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
            disable=not console.is_terminal,
        ) as bars:
            task = bars.add_task("Days of the log", total=None, detail="")

            def report(step: Step) -> None:
                bars.update(task, completed=step.done, total=step.total, detail=step.detail)

            try:
                found = check_log(report=report)
            except LogError as error:
                raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(found.to_data(), ensure_ascii=False, indent=1))
        else:
            self._tell(found)
        if found.findings:
            sys.exit(1)

    def _tell(self, found: LogCheck) -> None:
        say = self.stdout.write
        say(f"{found.days} days, {found.files} files, {found.rows} messages, {found.bytes / 1e6:.1f} MB")
        if found.leftovers:
            say(f"{found.leftovers} replaced files and drafts wait for being deleted by the next compaction")
        if not found.findings:
            say(self.style.SUCCESS("All of it can be read and is as it was stored."))
        for finding in found.findings[:SHOWN]:
            say(self.style.ERROR(f"{finding.where}: {finding.what} {finding.remedy}"))
        if len(found.findings) > SHOWN:
            say(f"and {sum(found.counts.values()) - SHOWN} more; --json prints them")
