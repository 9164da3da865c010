"""A night whose workers are killed, or that two workers or two schedules do at once, gives the rows of a quiet one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.governance.actions.nightly.deaths import DEATHS, REFUSED

pytestmark = pytest.mark.django_db

RATINGS = 4 * 6
"""Four shops, six days."""


def nights(folder: Path, trouble: str) -> list[dict[str, Any]]:
    """What came of the nights under a trouble (deaths.py), in processes of their own."""
    url = "sqlite:///unused"
    if connection.vendor == "postgresql":
        known = connection.settings_dict
        login = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
        url = f"postgres://{login}@{known['HOST']}:{known['PORT'] or 5432}/postgres"
    environment = {
        **os.environ,
        "OPENLINE_DATABASE_URL": url,
        "OPENLINE_DATA_DIR": str(folder),
        "OPENLINE_KILLING": f"{os.getpid()}_{trouble}",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.governance.actions.nightly.deaths", str(folder), trouble],
        check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, env=environment, timeout=900,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_workers_killed_at_fifty_random_points_leave_the_same_rows(tmp_path):
    found = nights(tmp_path, "killed")

    assert all(night["is_equal"] for night in found)
    assert all(night["counts"]["ratings"] == RATINGS for night in found)
    assert sum(night["killed"] for night in found) >= DEATHS
    phases = {phase for night in found for phase in night["phases"]}
    assert phases >= {"settle", "windows", "judge", "publish", "between"}


def test_two_workers_at_once_leave_the_same_rows(tmp_path):
    (night,) = nights(tmp_path, "two_workers")

    assert night["statuses"] == [0, 0]
    assert night["is_equal"]
    assert night["counts"]["ratings"] == RATINGS


def test_of_two_nights_started_at_once_one_is_refused_and_the_rows_are_the_same(tmp_path):
    (night,) = nights(tmp_path, "two_nights")

    assert night["statuses"] == [0, REFUSED]
    assert night["is_equal"]
    assert night["counts"]["ratings"] == RATINGS
