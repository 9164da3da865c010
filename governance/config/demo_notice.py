"""Says on every page that the data is synthetic, where it is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

MARK = "DEMO"
"""The demo command leaves a file of this name beside its chat log."""


def demo_notice(_request: HttpRequest) -> dict[str, bool]:
    """`is_demo` for every template: True where the demo marketplace was made in this data folder."""
    return {"is_demo": (settings.CHAT_LOG_DIR / MARK).exists()}
