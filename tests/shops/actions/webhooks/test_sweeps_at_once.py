"""Several sweeps at once on PostgreSQL: each delivery is sent by one of them, in the order of its shop."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from shops.actions.webhooks import sending
from shops.actions.webhooks.sweep import deliver_webhooks
from shops.models import Delivery
from tests.shops.actions.webhooks.receiving import endpoint_at, happen, make_shops

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]


def test_three_sweeps_send_everything_once_and_in_order(hooks, monkeypatch) -> None:
    monkeypatch.setattr(sending, "ATTEMPT_SECONDS", 30.0)
    shops = make_shops(*(f"s{number}" for number in range(12)))
    endpoint_at(hooks.url)
    for number in range(5):
        for shop in shops:
            happen(shop, number)

    def answer(_request, _handler):
        time.sleep(0.01)
        return 204

    hooks.answer = answer
    failed: list[Exception] = []

    def sweep() -> None:
        try:
            # A sweep that finds all claimed by others ends; it looks again, as the next minute's would.
            while Delivery.objects.filter(state="waiting").exists() or not Delivery.objects.exists():
                deliver_webhooks()
        except Exception as error:  # noqa: BLE001, the test looks at it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert len(hooks.told) == 60
    for shop in shops:
        assert [number for code, number in hooks.told if code == shop.code] == list(range(5))
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}
