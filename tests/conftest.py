"""What every test gets: a chat log and a data folder of its own, and passwords that are cheap to check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

# Examples may take long on a busy machine. CI tries the same ones every time: a landing must not depend on luck, while
# everybody else's runs go on looking for new ones.
hypothesis_settings.register_profile("people", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "people")


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """An empty folder of this test's own; the chat log will be made in it."""
    cache.clear()  # Limits count by minute, and a quick machine does many tests in one.
    settings.DATA_DIR = tmp_path
    settings.CHAT_LOG_DIR = tmp_path / "chatlog"
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.CHAT_LOG_SHARDS = 1
    settings.ENGINE_THREADS = 1
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path
