"""Health: alive without asking anything; ready with what no request can do without; details for those in charge."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.config import health
from governance.config.worker_news import note_worker
from shops.chat.log import open_log
from shops.models import Run, RunStep
from tests.screens_data import make_staff, make_user
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_log_and_a_worker(settings: LazySettings) -> None:
    settings.REDIS_URL = ""
    open_log()
    note_worker()


def ready(client: Client, **headers: Any) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz", **headers)
    return answer.status_code, answer.json()


def break_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection to server at 10.1.2.3 failed")

    monkeypatch.setattr(connection, "cursor", refuse)


def test_a_process_is_alive_whatever_became_of_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    break_the_database(monkeypatch)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_with_database_log_and_worker(client: Client) -> None:
    code, body = ready(client)
    assert code == 200
    assert body["status"] == "ready"
    assert set(body["checks"].values()) == {"ok"}
    assert "details" not in body


def test_without_the_database_it_is_not_ready_and_strangers_learn_no_address(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_database(monkeypatch)
    code, body = ready(client)
    assert code == 503
    assert body["status"] == "unavailable"
    assert body["checks"]["database"] == "failed"
    assert "10.1.2.3" not in str(body)


def test_a_migration_that_waits_keeps_it_from_being_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_is_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'shops'")
    _token, headers = make_token("metrics:read")

    code, body = ready(client, **headers)

    assert code == 503
    assert "shops.0001" in body["details"]["migrations"]
    assert "manage.py migrate" in body["details"]["migrations"]


def test_a_log_of_another_format_is_not_read(client: Client, data_folder: Path) -> None:
    (data_folder / "chatlog" / "log.json").write_text('{"format": 99, "shards": 1}')
    client.force_login(make_staff())

    code, body = ready(client)

    assert code == 503
    assert "format 99" in body["details"]["chat_log"]


def test_a_log_that_takes_no_file_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert ready(client)[0] == 503


def test_the_probe_leaves_nothing_in_the_log(client: Client, data_folder: Path) -> None:
    before = sorted(path.name for path in (data_folder / "chatlog").iterdir())
    ready(client)
    assert sorted(path.name for path in (data_folder / "chatlog").iterdir()) == before


def test_without_redis_requests_are_still_served(client: Client, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    code, body = ready(client)
    assert (code, body["status"], body["checks"]["redis"]) == (200, "degraded", "failed")


def test_a_worker_that_fell_silent_is_told_but_turns_nobody_away(client: Client, data_folder: Path) -> None:
    mark = data_folder / "chatlog" / ".worker-heard"
    for seconds, told in ((295, "ok"), (305, "failed")):  # silent after 5 minutes
        then = timezone.now().timestamp() - seconds
        os.utime(mark, (then, then))
        code, body = ready(client)
        assert (code, body["checks"]["worker"]) == (200, told)


def test_a_worker_deep_in_a_long_step_is_heard_by_its_lease(client: Client, data_folder: Path) -> None:
    (data_folder / "chatlog" / ".worker-heard").unlink()
    run = Run.objects.create(kind=Run.Kind.NIGHTLY, state=Run.State.RUNNING)
    RunStep.objects.create(
        run=run, key="x", phase="x", state=RunStep.State.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )
    assert ready(client)[1]["checks"]["worker"] == "ok"


def test_details_are_for_staff_and_monitoring_only(client: Client, data_folder: Path) -> None:
    (data_folder / "chatlog" / ".worker-heard").unlink()
    _token, monitoring = make_token("metrics:read")
    _token, sender = make_token("chat:write")
    assert "details" in ready(client, **monitoring)[1]
    assert "details" not in ready(client, **sender)[1]
    assert "details" not in ready(client)[1]
    client.force_login(make_user("member"))
    assert "details" not in ready(client)[1]
    client.force_login(make_staff())
    assert "details" in ready(client)[1]


def test_probes_may_call_a_machine_by_its_inner_address_and_without_https(
    client: Client, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["openline.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    for address in ("/healthz", "/readyz"):
        assert client.get(address, HTTP_HOST="10.0.0.7:8000").status_code == 200
    assert client.get("/metrics", HTTP_HOST="10.0.0.7:8000").status_code == 401
    assert client.get("/login/", HTTP_HOST="10.0.0.7:8000").status_code == 400


def test_alive_asks_no_database(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/healthz")
    assert len(queries) == 0


def test_probes_only_read(client: Client) -> None:
    for address in ("/healthz", "/readyz", "/metrics"):
        assert client.post(address).status_code == 405
