"""`manage.py score`: measures, scores, ratings and privileges of a span of days, inline, with progress."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from governance.actions.score_days import ScoreError, ScoreSummary, score_days
from shops.actions.progress import Progress
from shops.chat.log import LogError

STEPS = {"settle": "Turns and measures of days", "rate": "Scores, ratings, privileges"}


def read_instant(text: str) -> datetime:
    """An aware instant from ISO 8601. Raises ArgumentTypeError for anything else, naive times included."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is no instant. Write one like 2026-11-01T00:00:00Z.") from error
    if instant.tzinfo is None:
        raise ArgumentTypeError(f"'{text}' has no time zone. Add Z or an offset such as +08:00.")
    return instant


def read_day(text: str) -> date:
    """A date from ISO 8601. Raises ArgumentTypeError for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is no date. Write one like 2026-11-01.") from error


class Command(BaseCommand):
    """Scores days inline; a rerun changes nothing."""

    help = "Compute measures, scores, ratings and privileges of the days from D to D. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--from", dest="first", type=read_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=read_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--as-of", type=read_instant, help="judge by what was known then (default: now)")

    def handle(self, *_args: Any, first: date, last: date, as_of: datetime | None, **_options: Any) -> None:
        """Run with a progress bar and print what was done."""
        now = timezone.now()
        if as_of is not None and as_of > now:
            raise CommandError(
                f"--as-of {as_of.isoformat()} lies in the future: messages that can still be answered would count as "
                "unanswered, and ratings are never rewritten. Leave it out to judge by what is known now."
            )
        console = Console(stderr=True)
        with Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
            disable=not console.is_terminal,
        ) as bars:
            tasks: dict[str, TaskID] = {}

            def report(progress: Progress) -> None:
                if progress.step not in tasks:
                    tasks[progress.step] = bars.add_task(STEPS[progress.step], total=progress.total, detail="")
                bars.update(tasks[progress.step], completed=progress.done, total=progress.total, detail=progress.detail)

            try:
                summary = score_days(first, last, as_of=as_of or now, report=report)
            except (ScoreError, LogError) as error:
                raise CommandError(str(error)) from error
            except (
                KeyboardInterrupt,
                RuntimeError,
            ) as error:  # RuntimeError: Ctrl-C stopped a query
                if isinstance(error, RuntimeError) and "interrupted" not in str(error):
                    raise
                raise CommandError(
                    "Stopped. What was written is kept; run the same command again for the rest.", returncode=130
                ) from error
        self._tell(summary)

    def _tell(self, summary: ScoreSummary) -> None:
        settled = summary.settled
        say = self.stdout.write
        say(f"Days {summary.first_on} to {summary.last_on}")
        say(f"  computed from the chat log: {settled.days_computed} days, {settled.turns} turns")
        say(f"  up to date already: {settled.days_kept} days")
        say(f"  rated: {summary.days_rated} days, {summary.ratings} ratings, {summary.scores} agent scores")
        say(f"  privileges changed: {summary.privileges_changed}, of which {summary.privileges_lost} lost something")
        if summary.days_without_window:
            say(f"  without a final day to judge by: {summary.days_without_window} days")
        for name, reason in settled.set_aside:
            say(self.style.WARNING(f"  set aside: {name}: {reason}. It is kept in the log's folder aside/."))
        for name, reason in settled.set_aside_before:
            say(self.style.WARNING(f"  set aside before: {name}: {reason}. Restore it, or remove it from aside/."))
        if settled.unknown_shop_messages:
            say(
                self.style.WARNING(
                    f"  messages of shops that nobody knows: {settled.unknown_shop_messages}. "
                    "Import the shops, then run this again."
                )
            )
        if settled.unknown_agents:
            some = ", ".join(f"{shop}/{agent}" for shop, agent in sorted(settled.unknown_agents)[:5])
            say(
                self.style.WARNING(
                    f"  agents that nobody knows: {len(settled.unknown_agents)} ({some}). "
                    "They have no scores; import them and run this again."
                )
            )
        for step, seconds in summary.seconds.items():
            say(f"  {seconds:7.1f} s  {step}")
