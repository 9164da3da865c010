"""Scores, ratings and privileges of two days of a marketplace, into the web database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks.made.marketplace import Marketplace as Synthetic
from benchmarks.made.tables import fill_shops
from benchmarks.made.windows import two_windows
from benchmarks.measuring import Meter
from governance.actions import grant_privileges, publish_day
from governance.actions.marketplace import Marketplace
from governance.actions.publish_policy import publish_policy
from governance.actions.rate_day import judge_day
from governance.policy.judge import Judge
from governance.policy.reading import load_preset
from shops.actions.upsert_rows import upsert_rows
from shops.models import Privileges

FIRST_DAY = date(2026, 3, 1)
AS_OF = datetime(2026, 3, 5, tzinfo=UTC)
FORMULAS = ("rate_shop", "score_agent", "next_grade", "priors_of")


def rate_two_days(meter: Meter, shops: int) -> None:
    """Rate a day on which everything is new, then one on which most measures are those of the day before."""
    call_command("migrate", verbosity=0)
    market = Synthetic.of_size(shops)
    fill_shops(market)
    policy = publish_policy(load_preset("default"), starts_on=date(2020, 1, 1))
    windows = two_windows(market, FIRST_DAY)
    clock = Clock()
    judge = clock.watched_judge(policy.rules())
    clock.watch_database()
    with meter.step("look up shops, agents, states"):
        known = Marketplace.load(before=FIRST_DAY)
    for name, window in zip(("first day", "second day"), windows, strict=True):
        clock.seconds = {"formulas": 0.0, "database": 0.0}
        with meter.step(name), connection.execute_wrapper(clock.watch_statement):
            rated = publish_day.publish_day(judge_day(window, policy, judge, known, as_of=AS_OF), policy)
        meter.facts[name] = {
            **clock.seconds,
            "ratings": rated.ratings,
            "scores": rated.scores,
            "privileges changed": rated.privileges_changed,
        }
    meter.facts["privileges"] = Privileges.objects.count()
    meter.facts["database"] = connection.vendor


class Clock:
    """Wall seconds spent in formulas and in waiting for the database."""

    def __init__(self) -> None:
        self.seconds = {"formulas": 0.0, "database": 0.0}
        self._inside = False

    def watched_judge(self, document: Any) -> Judge:
        """A judge whose formulas are timed."""

        def timed(name: str) -> Callable[..., Any]:
            method = getattr(Judge, name)

            def measured(judge: Judge, *args: Any, **options: Any) -> Any:
                began = time.perf_counter()
                try:
                    return method(judge, *args, **options)
                finally:
                    self.seconds["formulas"] += time.perf_counter() - began

            return measured

        watched = type("WatchedJudge", (Judge,), {name: timed(name) for name in FORMULAS})
        made: Judge = watched(document)
        return made

    def watch_database(self) -> None:
        """Time every upsert, without the time that its rows take to be made."""
        plain = upsert_rows

        def measured(model: Any, columns: Any, rows: Iterable[Any], **options: Any) -> int:
            spent = 0.0

            def timed_rows() -> Iterator[Any]:
                nonlocal spent
                source = iter(rows)
                while True:
                    began = time.perf_counter()
                    row = next(source, None)
                    spent += time.perf_counter() - began
                    if row is None:
                        return
                    yield row

            began = time.perf_counter()
            self._inside = True
            written = plain(model, columns, timed_rows(), **options)
            self._inside = False
            self.seconds["database"] += time.perf_counter() - began - spent
            return written

        for module in (publish_day, grant_privileges):
            module.upsert_rows = measured  # type: ignore[attr-defined]

    def watch_statement(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """Time a statement that is not part of an upsert."""
        began = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            if not self._inside:
                self.seconds["database"] += time.perf_counter() - began
