"""A scoring run killed at any point and run again gives the same rows as one undisturbed run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from governance.actions import publish_day as publishing
from governance.actions.nightly import files, judging
from governance.models import AgentScore, ShopRating
from shops.actions import settle_days as settling
from shops.chat.days import DayFiles
from shops.models import AgentDay, ComputedDay, Privileges, PrivilegesChange, ShopDay
from tests.builders import all_stored
from tests.governance.actions.marketplace import LAST, make_marketplace, score

pytestmark = pytest.mark.django_db

KILLS = 6


class Killed(BaseException):
    """Stands for a kill: nothing in the code may catch it."""


def forget() -> None:
    """Back to before the first run: no rows, no files of computed days."""
    for model in (ShopDay, AgentDay, ComputedDay, ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()
    shutil.rmtree(Path(settings.CHAT_LOG_DIR) / "days", ignore_errors=True)


@cache
def expected() -> dict:
    """What an undisturbed run over the small marketplace stores, which must be there; it is forgotten again."""
    score(0, LAST)
    stored = all_stored()
    forget()
    return stored


@pytest.fixture
def undisturbed() -> dict:
    """The small marketplace, not yet scored, and what scoring it will store."""
    make_marketplace()
    return expected()


STEPS = {
    "calendars": (settling, "load_calendars", 1),
    "turns": (settling, "compute_turns", 1),
    "files of a day": (DayFiles, "write", 4),
    "rows of days": (settling, "store_day_measures", 2),
    "manifest of a day": (DayFiles, "write_manifest", 5),
    "marketplace": (judging.Marketplace, "load", 1),
    "windows of a day": (files, "write_rows", 3),
    "first day judged": (judging, "judge_day", 1),
    "fifth day judged": (judging, "judge_day", 5),
    "draft of a day": (judging, "write_draft", 2),
    "ratings of a day": (publishing, "upsert_rows", 5),
    "scores of a day": (publishing, "upsert_rows", 6),
    "privileges of the first day": (publishing, "grant_privileges", 1),
    "privileges of the last day": (publishing, "grant_privileges", LAST + 1),
    "conclusions": (judging, "judge_agents", 2),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_after_any_step_is_made_good_by_the_next(undisturbed, monkeypatch, step):
    owner, name, at_call = STEPS[step]
    original = getattr(owner, name)
    calls = 0

    def dies(*args, **kwargs):
        nonlocal calls
        calls += 1
        result = original(*args, **kwargs)
        if calls == at_call:
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            score(0, LAST)
    assert all_stored() != undisturbed

    score(0, LAST)

    assert all_stored() == undisturbed


class DiesAt:
    """Raises before a run's statement of this number."""

    def __init__(self, number: int) -> None:
        self.number, self.seen = number, 0

    def __call__(self, execute, sql, params, many, context):
        self.seen += 1
        if self.seen == self.number:
            raise Killed
        return execute(sql, params, many, context)


def test_a_run_that_dies_at_any_statement_is_made_good_by_the_next(undisturbed):
    counter = DiesAt(0)
    with connection.execute_wrapper(counter):
        score(0, LAST)
    assert all_stored() == undisturbed
    statements = counter.seen
    assert statements > 100

    for number in range(2, statements * 9 // 10, statements // 6):
        forget()
        with pytest.raises(Killed), connection.execute_wrapper(DiesAt(number)):
            score(0, LAST)
        score(0, LAST)
        assert all_stored() == undisturbed, f"after a kill at statement {number} of {statements}"


def test_a_run_killed_over_and_over_gets_there(undisturbed):
    """Every try dies a little later than the one before; what had been done stays done."""
    tries = 0
    while all_stored() != undisturbed:
        tries += 1
        assert tries < 20
        with suppress(Killed), connection.execute_wrapper(DiesAt(60 * tries)):
            score(0, LAST)

    assert tries > 2


def test_the_command_killed_with_sigkill_and_run_again_gives_the_same_rows(tmp_path):
    """Real processes, real databases: evenly spread over the length of an undisturbed run."""
    url = "sqlite:///unused"
    if connection.vendor == "postgresql":
        known = connection.settings_dict
        login = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
        url = f"postgres://{login}@{known['HOST']}:{known['PORT'] or 5432}/postgres"
    environment = {
        **os.environ,
        "OPENLINE_DATABASE_URL": url,
        "OPENLINE_DATA_DIR": str(tmp_path),
        "OPENLINE_KILLING": str(os.getpid()),
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.governance.actions.killing", str(tmp_path), str(KILLS)],
        check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, env=environment, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    kills = [json.loads(line) for line in ran.stdout.splitlines()]

    assert len(kills) == KILLS
    assert [kill["is_equal"] for kill in kills] == [True] * KILLS
    assert all(kill["counts"]["ratings"] == 4 * (LAST + 1) for kill in kills)
    killed = [kill for kill in kills if kill["status"] == -signal.SIGKILL]
    assert len(killed) >= KILLS // 2
    # The kills fell into different phases: before anything was stored, and after something was.
    assert len({json.dumps(kill["stored_at_kill"]) for kill in killed}) > 1
