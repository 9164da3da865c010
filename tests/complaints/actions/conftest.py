"""The platform is in UTC here, so that the desk's hours can be read off the tests."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def platform_in_utc(settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
