"""`manage.py score`: measures, scores, ratings and privileges of a span of days, inline, with progress."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from governance.actions.score_days import ScoreError, ScoreSummary, release_days, score_days
from shops.actions.progress import Progress, Report
from shops.actions.runs.start_run import open_run
from shops.chat.log import LogError
from shops.models import Run

STEPS = {
    "settle": "Turns and measures of days",
    "windows": "Measures of windows",
    "rate": "Scores, ratings, privileges",
}
SHOWN_LOSERS = 20


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
        parser.add_argument("--from", dest="first", type=read_day, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=read_day, metavar="YYYY-MM-DD")
        parser.add_argument("--as-of", type=read_instant, help="judge by what was known then (default: now)")
        parser.add_argument(
            "--release", metavar="WHY", help="go on with the run that is held since too many shops would lose something"
        )

    def handle(
        self,
        *_args: Any,
        first: date | None,
        last: date | None,
        as_of: datetime | None,
        release: str | None,
        **_options: Any,
    ) -> None:
        """Run with a progress bar and print what was done. Exit 3 where a run is held for a person."""
        if release is not None:
            if first or last or as_of:
                raise CommandError(
                    "--release goes on with the held run as it was started. Leave out the other options."
                )
            run = open_run(Run.Kind.NIGHTLY)
            if run is None or run.state != Run.State.HELD:
                raise CommandError("No run is held. Nothing was released.")
            self._tell(self._watch(lambda report: release_days(run, release, report=report)))
            return
        if first is None or last is None:
            raise CommandError("Give the days: --from YYYY-MM-DD --to YYYY-MM-DD.")
        now = timezone.now()
        if as_of is not None and as_of > now:
            raise CommandError(
                f"--as-of {as_of.isoformat()} lies in the future: messages that can still be answered would count as "
                "unanswered, and ratings are never rewritten. Leave it out to judge by what is known now."
            )
        self._tell(self._watch(lambda report: score_days(first, last, as_of=as_of or now, report=report)))

    def _watch(self, work: Callable[[Report], ScoreSummary]) -> ScoreSummary:
        """Do the work under progress bars. Raises CommandError where it cannot be done or was stopped."""
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
                return work(report)
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
        if summary.run.state == Run.State.HELD:
            self._tell_held(summary.run)
        elif summary.run.state != Run.State.SUCCEEDED:
            raise CommandError(
                f"{summary.run} was stopped in the back office. What was written is kept.", returncode=130
            )

    def _tell_held(self, run: Run) -> None:
        """List who would lose what. Raises CommandError: the run waits for a person."""
        held = run.held_because
        for shop, before, after, taken, reason in held["losers"][:SHOWN_LOSERS]:
            self.stdout.write(f"  would lose: {shop}: {before} to {after} ({reason}): {', '.join(taken)}")
        if held["losing"] > SHOWN_LOSERS:
            self.stdout.write(f"  ... and {held['losing'] - SHOWN_LOSERS} more, all of them on the page of {run}")
        raise CommandError(
            f"{held['on']} is held: {held['losing']} of the {held['holding']} shops that hold privileges would lose "
            f"something, over {held['max_share_losing']:.0%}. Was a feed lost? Import what is missing, or an outage, "
            'dismiss the run in the back office and score again. Is it right? Run: manage.py score --release "why"',
            returncode=3,
        )
