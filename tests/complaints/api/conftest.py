"""The pages' own routes."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def routes(settings: Any) -> None:
    """The site with the routes of complaints."""
    settings.ROOT_URLCONF = "tests.complaints.views.urls"
