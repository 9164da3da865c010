"""What every test gets: a chat log and a data folder of its own, and passwords that are cheap to check."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    """An empty folder of this test's own; the chat log will be made in it."""
    settings.DATA_DIR = tmp_path
    settings.CHAT_LOG_DIR = tmp_path / "chatlog"
    settings.CHAT_LOG_SHARDS = 1
    settings.ENGINE_THREADS = 1
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path
