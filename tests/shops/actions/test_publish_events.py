"""Events: one order without gaps, whoever writes at once; whoever has read up to a position has missed nothing."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test import Client

from shops.actions.publish_events import NewEvent, newest_position, publish_events
from shops.models import Event, EventCounter, Shop
from tests.shops.api.calling import make_token

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def an_event(number: int, shop: Shop | None = None) -> NewEvent:
    data = {"shop_id": "s", "on": "2026-05-04", "grade": "A", "previous_grade": None, "before": None}
    data |= {"after": {}, "taken": [], "granted": [], "reason": str(number), "policy_version": 1}
    return NewEvent(Event.Type.PRIVILEGES_CHANGED, shop.pk if shop else None, NOW, data)


def positions() -> list[int]:
    return list(Event.objects.order_by("position").values_list("position", flat=True))


@pytest.mark.django_db
def test_positions_follow_each_other_from_one_in_the_order_given() -> None:
    publish_events([an_event(7), an_event(8)])
    publish_events([])
    publish_events([an_event(9)])

    assert positions() == [1, 2, 3]
    assert [event.data["reason"] for event in Event.objects.order_by("position")] == ["7", "8", "9"]
    assert newest_position() == 3
    assert Event.objects.values("code").distinct().count() == 3
    assert Event.objects.first().happened_at == NOW


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_published() -> None:
    with pytest.raises(TransactionManagementError, match=r"transaction\.atomic"):
        publish_events([an_event(1)])
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_leaves_no_gap() -> None:
    with transaction.atomic():
        publish_events([an_event(1)])
    with transaction.atomic():
        publish_events([an_event(2), an_event(3)])
        transaction.set_rollback(True)
    with transaction.atomic():
        publish_events([an_event(4)])

    assert positions() == [1, 2]


@pytest.mark.django_db
def test_a_counter_that_was_lost_goes_on_after_the_newest_event() -> None:
    publish_events([an_event(1), an_event(2)])
    EventCounter.objects.all().delete()
    publish_events([an_event(3)])

    assert positions() == [1, 2, 3]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_a_reader_that_polls_while_many_write_misses_nothing_and_reads_nothing_twice() -> None:
    writers, rounds = 6, 25
    headers = make_token("privileges:read", requests_per_minute=1_000_000)[1]
    failed: list[Exception] = []

    def write(writer: int) -> None:
        try:
            for number in range(rounds):
                with transaction.atomic():
                    publish_events([an_event(writer * 1000 + number) for _each in range(1 + number % 3)])
                    time.sleep(0.001 * (writer % 3))
                    # Every third is given up after it took its positions, with other writers waiting behind it.
                    transaction.set_rollback(number % 3 == 2)
        except Exception as error:  # noqa: BLE001, the test looks at it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    read: list[int] = []
    since, polls = 0, 0
    while True:
        is_last = not any(thread.is_alive() for thread in threads)
        response = Client().get(f"/api/v1/privileges/changes/?since={since}&limit=7", **headers)
        assert response.status_code == 200, response.content
        answer = response.json()
        read += [change["position"] for change in answer["changes"]]
        since, polls = answer["next"], polls + 1
        if is_last and not answer["has_more"] and not answer["changes"]:
            break
    for thread in threads:
        thread.join()

    assert failed == []
    kept = writers * sum(1 + number % 3 for number in range(rounds) if number % 3 != 2)
    assert read == list(range(1, kept + 1))
    assert polls > 10
