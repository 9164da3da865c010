"""The largest batch and the most hostile ones take a bounded amount of memory, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MB = 300
"""Over what the process held before: the agreed 64 MB of a body, and some times that for what is made of it."""
EXPECTED = {"list": 200, "all bad": 200, "bomb": 413, "list of nothings": 413, "nested": 200}


@pytest.mark.sqlite_only
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a process's peak")
@pytest.mark.parametrize("kind", EXPECTED)
def test_no_batch_takes_more_memory_than_agreed(kind, tmp_path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENLINE_")}
    environment |= {"OPENLINE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "governance.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.shops.api.memory", kind],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["status"] == EXPECTED[kind], told
    assert told["mb"] < MOST_MB, told
