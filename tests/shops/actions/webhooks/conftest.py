"""Every test of webhooks has a receiver, and never waits long for one that hangs."""

from __future__ import annotations

import pytest

from shops.actions.webhooks import sending
from tests.shops.actions.webhooks.receiving import receiver


@pytest.fixture
def hooks():
    with receiver() as state:
        yield state


@pytest.fixture(autouse=True)
def embedded(settings, monkeypatch):
    settings.EMBEDDED = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 1.0)
    monkeypatch.setattr(sending, "BODY_SECONDS", 0.3)
