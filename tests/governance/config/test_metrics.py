"""Metrics: what monitoring reads, for those who may, with labels that no shop can multiply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from governance.config.metrics import write_metrics
from shops.models import ComputedDay, Delivery, Event, IntakeBatch, Run, RunStep, WebhookEndpoint
from tests.builders import asks, at, store
from tests.screens_data import make_shop, make_staff, make_user
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def figures(now: datetime = NOW) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    found = {}
    for family in text_string_to_metric_families(write_metrics(now).decode()):
        for sample in family.samples:
            found[sample.name, *sample.labels.values()] = sample.value
    return found


def test_metrics_are_for_monitoring_and_staff_only(client: Client) -> None:
    _token, monitoring = make_token("metrics:read")
    _token, sender = make_token("chat:write")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer made.up").status_code == 401
    assert client.get("/metrics", **sender).status_code == 401
    answer = client.get("/metrics", **monitoring)
    assert answer.status_code == 200
    assert b"openline_runs" in answer.content
    client.force_login(make_user("member"))
    assert client.get("/metrics").status_code == 401
    client.force_login(make_staff())
    assert client.get("/metrics").status_code == 200


def test_a_held_run_and_the_age_of_the_last_good_one_are_told() -> None:
    Run.objects.create(
        kind="nightly", state="succeeded", started_at=NOW - timedelta(hours=9), ended_at=NOW - timedelta(hours=8)
    )
    Run.objects.create(kind="nightly", state="held")
    found = figures()
    assert found["openline_runs", "nightly", "held"] == 1
    assert found["openline_runs", "hourly", "held"] == 0
    assert found["openline_run_success_timestamp_seconds", "nightly"] == (NOW - timedelta(hours=8)).timestamp()
    assert found["openline_run_seconds", "nightly"] == 3600
    assert ("openline_run_seconds", "hourly") not in found  # never 0 for what never was


def test_steps_of_runs_under_way_and_those_of_lost_workers_are_told() -> None:
    run = Run.objects.create(kind="nightly", state="running")
    over = Run.objects.create(kind="hourly", state="stopped")
    RunStep.objects.create(run=run, key="a", phase="settle")
    RunStep.objects.create(run=run, key="b", phase="settle", state="running", lease_until=NOW - timedelta(seconds=1))
    RunStep.objects.create(run=run, key="c", phase="settle", state="running", lease_until=NOW + timedelta(seconds=1))
    RunStep.objects.create(run=over, key="a", phase="settle")
    found = figures()
    assert found["openline_run_steps", "waiting"] == 1
    assert found["openline_run_steps", "running"] == 2
    assert found["openline_run_steps_lost",] == 1


def test_intake_counts_rows_by_what_became_of_them() -> None:
    token, _headers = make_token("chat:write")
    for minute in (1, 2):
        IntakeBatch.objects.create(
            token=token,
            received_at=NOW - timedelta(minutes=minute),
            rows=10,
            accepted=7,
            repeated=2,
            rejected=1,
            seconds=1,
        )
    found = figures()
    assert found["openline_intake_rows_total", "accepted"] == 14
    assert found["openline_intake_rows_total", "rejected"] == 2
    assert found["openline_intake_batches_total",] == 2
    assert found["openline_intake_last_timestamp_seconds",] == (NOW - timedelta(minutes=1)).timestamp()


def test_deliveries_that_did_not_arrive_are_told_with_the_oldest() -> None:
    endpoint = WebhookEndpoint.objects.create(name="e", url="https://example.org/", secret="x")
    for position, state in enumerate(("delivered", "waiting", "waiting", "given_up"), start=1):
        event = Event.objects.create(
            position=position, code=str(position), type="privileges.changed", data={},
            happened_at=NOW - timedelta(minutes=10 * position),
        )  # fmt: skip
        Delivery.objects.create(endpoint=endpoint, event=event, state=state)
    found = figures()
    assert found["openline_deliveries", "waiting"] == 2
    assert found["openline_deliveries", "given_up"] == 1
    assert found["openline_delivery_oldest_timestamp_seconds",] == (NOW - timedelta(minutes=30)).timestamp()


def test_the_log_is_told_by_age_and_what_was_set_aside(data_folder: Path) -> None:
    store(asks(at("10:00", -1)))
    store(asks(at("10:00")))
    store(asks(at("10:00", -5)), asks(at("11:00", -5)))
    ComputedDay.objects.create(on="2026-05-01", shard=0, fingerprint="x", as_of=NOW, is_final=False, turns=1)
    ComputedDay.objects.create(on="2026-04-30", shard=0, fingerprint="x", as_of=NOW, is_final=True, turns=1)
    found = figures()
    assert found["openline_log_parts", "new"] == 2
    assert found["openline_log_parts", "old"] == 1
    assert found["openline_log_parts_aside",] == 0
    assert found["openline_days_not_final",] == 1
    assert found["openline_days_not_final_oldest_age_days",] == 3


def test_a_log_that_cannot_be_read_is_a_figure_not_a_failure(data_folder: Path) -> None:
    store(asks(at("10:00")))
    assert figures()["openline_log_up",] == 1
    (data_folder / "chatlog" / "log.json").write_text("torn")
    assert figures()["openline_log_up",] == 0


def test_a_token_that_ends_soon_is_told_once() -> None:
    now = timezone.now()
    make_token("chat:write", expires_at=now + timedelta(days=13))
    make_token("chat:write", expires_at=now + timedelta(days=15))
    rotated, _headers = make_token("chat:write", expires_at=now + timedelta(days=1))
    make_token("chat:write", replaces=rotated)
    assert figures(now)["openline_tokens_expiring",] == 1


def test_requests_are_counted_by_route_never_by_address(client: Client) -> None:
    for code in ("shop-1", "shop-2"):
        client.get(f"/shops/{code}/scorecard/")
    client.get("/nowhere/at/all")
    client.generic("BREW", "/login/")
    names: set[Any] = {key for key in figures() if key[0] == "openline_request_seconds_count"}
    assert ("openline_request_seconds_count", "3xx", "GET", "scorecard") in names
    assert ("openline_request_seconds_count", "4xx", "GET", "none") in names
    assert ("openline_request_seconds_count", "4xx", "other", "login") in names
    assert not any("shop-1" in part for key in figures() for part in key)


def test_they_cost_the_same_for_two_shops_as_for_ten() -> None:
    counts = []
    for numbers in (range(2), range(2, 10)):
        for number in numbers:
            make_shop(f"s-{number}")
        with CaptureQueriesContext(connection) as queries:
            write_metrics(NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
