"""Limits by token: counted by the minute, told with Retry-After; without a cache nobody is refused."""

from __future__ import annotations

import time

import pytest
import redis
import time_machine
from django.core.cache import cache, caches
from django.test import Client, override_settings

from shops.api import throttles
from shops.models import Feedback, Shop
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db
URL = "/api/v1/cases/"
NOW = "2026-05-04T10:00:10Z"


@pytest.fixture(autouse=True)
def quiet():
    cache.clear()
    throttles.forget_pause()
    yield
    throttles.forget_pause()


def send(headers, rows=0, url=URL):
    return Client().post(url, [{"case_id": str(n)} for n in range(rows)], content_type="application/json", **headers)


def test_a_request_over_the_limit_is_told_when_to_come_again() -> None:
    _token, headers = make_token("facts:write", requests_per_minute=2)
    _other, others = make_token("facts:write", requests_per_minute=2)
    with time_machine.travel(NOW, tick=False):
        assert [send(headers).status_code for _ in range(3)] == [200, 200, 429]
        refused = send(headers)
        assert send(others).status_code == 200  # another system's haste is not this one's
    assert int(refused["Retry-After"]) == 51  # 10:01:00, rounded up
    assert refused["Content-Type"] == "application/problem+json"
    with time_machine.travel("2026-05-04T10:01:00Z", tick=False):
        assert send(headers).status_code == 200


def test_rows_over_the_limit_are_refused_before_anything_of_them_is_kept() -> None:
    shop = Shop.objects.create(code="s1", name="Tea")
    _token, headers = make_token("facts:write", rows_per_minute=10)
    row = {"conversation_id": "c", "shop_id": shop.code, "buyer_id": "b", "stars": 1}
    rows = [row | {"rated_at": f"2026-05-01T10:00:{second:02d}Z"} for second in range(8)]

    def post(some):
        return Client().post("/api/v1/feedback/", some, content_type="application/json", **headers).status_code

    with time_machine.travel(NOW, tick=False):
        assert post(rows[:4]) == 200
        assert post(rows) == 429
        assert Feedback.objects.count() == 4
    with time_machine.travel("2026-05-04T10:02:10Z", tick=False):
        assert post(rows * 2) == 200  # larger than the limit, but the first of its minute


def redis_that_is_away(port: int):
    return override_settings(
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": f"redis://127.0.0.1:{port}/0",
                "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
            }
        }
    )


def test_without_redis_intake_goes_on_uncounted_and_that_is_counted_and_logged(caplog) -> None:
    _token, headers = make_token("facts:write", requests_per_minute=1)
    before = throttles.UNCOUNTED._value.get()
    with redis_that_is_away(1):
        began = time.monotonic()
        assert [send(headers).status_code for _ in range(5)] == [200] * 5
        assert time.monotonic() - began < 5
    assert throttles.UNCOUNTED._value.get() - before == 10  # a request and its rows, five times
    assert sum("the cache does not answer" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(
    "error", [redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError, OSError]
)
def test_whatever_redis_fails_with_is_no_reason_to_refuse_messages(monkeypatch, error) -> None:
    def fail(*_args, **_kwargs):
        raise error("away")

    monkeypatch.setattr(caches["default"], "incr", fail)
    _token, headers = make_token("facts:write", requests_per_minute=1)

    assert [send(headers).status_code for _ in range(3)] == [200, 200, 200]
    monkeypatch.undo()
    throttles.forget_pause()
    assert [send(headers).status_code for _ in range(2)] == [200, 429]
