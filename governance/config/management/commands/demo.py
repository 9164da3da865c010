"""`manage.py demo`: makes the demo marketplace, scores it and prints what came of it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from governance.actions.publish_policy import publish_policy
from governance.actions.score_days import score_days
from governance.config.demo.accounts import store_members, store_staff
from governance.config.demo.clearing import leave_mark, refuse_unless_safe, wipe_demo
from governance.config.demo.due_process import store_complaints
from governance.config.demo.plan import Plan, make_plan
from governance.config.demo.printing import Printer, StepTime, announce, step_name
from governance.config.demo.seats import choose_seats, logins_of
from governance.config.demo.storing import Told, store_cast, store_outcomes, store_talk
from governance.config.demo.summary import summarise
from governance.config.demo.talk import ShopTalk
from governance.policy.reading import load_preset, read_preset_text
from shops.actions.progress import Progress, Report
from shops.chat.log import open_log

PRESET = "default"
URL = "http://127.0.0.1:8000/"
MOST_SHOPS = 2_000
MOST_DAYS = 366
POLICY_LEAD = timedelta(days=30)
"""The policy starts before the first day, so that every day has one."""


class Command(BaseCommand):
    """Makes a seeded, synthetic marketplace, scores every day of it and prints who was found to be what."""

    help = "Make the demo marketplace (synthetic, the same for the same seed), score it and print what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Sizes, the seed, the day it is made on, and leave to wipe a former demo."""
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same marketplace")
        parser.add_argument("--shops", type=int, default=200, help="how many shops (1 to 2000)")
        parser.add_argument(
            "--days", type=int, default=60, help="how many days, ending the day before today (2 to 366)"
        )
        parser.add_argument("--today", type=_day, help="YYYY-MM-DD, the first day after the demo (default: today)")
        parser.add_argument("--fresh", action="store_true", help="wipe a former demo first; never anything else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make, score, print. Raises CommandError, with nothing done, where somebody's data could be harmed."""
        console = Console(
            file=options.get("stdout") or sys.stdout, no_color=options["no_color"] or None, highlight=False, emoji=False
        )
        plan = self._plan(options)
        migrations = MigrationExecutor(connection)
        if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
            raise CommandError(
                _("The database is not up to date. Run `manage.py migrate` first, or `make demo` for all of it.")
            )
        refuse_unless_safe(fresh=options["fresh"])
        announce(console)
        DemoRun(plan, console).run()

    def _plan(self, options: dict[str, Any]) -> Plan:
        zone = ZoneInfo(settings.TIME_ZONE)
        newest = timezone.localdate(timezone=zone)
        today = options["today"] or newest
        for name, value, least, most in (
            ("shops", options["shops"], 1, MOST_SHOPS),
            ("days", options["days"], 2, MOST_DAYS),
        ):
            if not least <= value <= most:
                figures = {"name": name, "value": value, "least": least, "most": most}
                raise CommandError(
                    _("--%(name)s %(value)s is out of range. Give a number from %(least)s to %(most)s.") % figures
                )
        if today > newest:
            raise CommandError(
                _("--today %(today)s lies in the future. Give %(newest)s or an earlier day.")
                % {"today": today, "newest": newest}
            )
        return make_plan(seed=options["seed"], shops=options["shops"], days=options["days"], today=today, timezone=zone)


class DemoRun:
    """The steps of one demo, each timed and shown."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.plan = plan
        self.console = console
        self.steps: list[StepTime] = []

    def run(self) -> None:
        """Every step in turn. Killed half-way, it leaves a marked demo that `--fresh` wipes."""
        plan = self.plan
        with self._step(_("Room for it")):
            wipe_demo()
            leave_mark(plan)
        with self._step(_("Shops, accounts, policy")):
            store_staff()
            store_cast(plan)
            publish_policy(
                load_preset(PRESET),
                starts_on=plan.calendar.first_on - POLICY_LEAD,
                source_text=read_preset_text(PRESET),
            )
        told = self._tell()
        self._score()
        with self._step(_("Reading it back")):
            summary = summarise(plan)
            seats = choose_seats(plan, summary)
            store_members(seats)
        with self._step(_("Complaints, decisions, appeals")):
            store_complaints(plan)
        Printer(self.console).everything(
            plan, told=told, summary=summary, steps=self.steps, logins=logins_of(seats), url=URL
        )

    def _tell(self) -> Told:
        talks = [ShopTalk(self.plan, shop) for shop in self.plan.shops]
        days = self.plan.calendar.days + 1
        with self._step(_("Messages, feedback, cases")), self._bars() as report:
            told = store_talk(self.plan, talks, open_log(), lambda done: report(Progress("messages", done, days)))
            store_outcomes(self.plan, talks)
        return told

    def _score(self) -> None:
        calendar = self.plan.calendar
        with self._step(_("Turns, measures, scores, ratings")), self._bars() as report:
            score_days(calendar.first_on, calendar.last_on, as_of=calendar.as_of, report=report)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.steps.append(StepTime(name, time.perf_counter() - started))
        if not self.console.is_terminal:
            self.console.print(f"{name}: {self.steps[-1].seconds:.1f} s")

    @contextmanager
    def _bars(self) -> Iterator[Report]:
        """A progress bar for each step that is reported, on a terminal; nothing in a pipe."""
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        tasks: dict[str, TaskID] = {}
        with Bars(*columns, console=self.console, disable=not self.console.is_terminal) as bars:

            def report(progress: Progress) -> None:
                if progress.step not in tasks:
                    tasks[progress.step] = bars.add_task(step_name(progress.step), total=progress.total)
                bars.update(tasks[progress.step], completed=progress.done, total=progress.total)

            yield report


def _day(text: str) -> date:
    return date.fromisoformat(text)
