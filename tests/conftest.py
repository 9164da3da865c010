"""Fixtures for every test: each has a data folder of its own, so that no test reads or writes anybody's chat log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.CHAT_LOG_DIR = tmp_path / "chatlog"
