"""How it is running, on the dashboard: runs, intake, webhooks, held decisions, and what waits for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from governance.config.dashboard.deliveries import deliveries
from governance.config.dashboard.intake import intake
from governance.config.dashboard.open_days import open_days
from governance.config.dashboard.runs import first_line, runs
from governance.config.dashboard.schedule import next_runs
from shops.actions.settle_days import settle_days
from shops.models import Delivery, Event, IntakeBatch, Run, RunStep, ServiceToken, WebhookEndpoint
from tests.builders import asks, at, make_policy, make_shop, on, store
from tests.screens_data import make_staff, make_user
from tests.shops.api.calling import make_token

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)  # 16:00 in Shanghai


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def add_run(kind: str, hours_ago: float, seconds: float, state: str = "succeeded", **fields: Any) -> Run:
    began = NOW - timedelta(hours=hours_ago)
    ended = None if state in Run.UNDER_WAY else began + timedelta(seconds=seconds)
    return Run.objects.create(kind=kind, state=state, created_at=began, started_at=began, ended_at=ended, **fields)


def row_of(kind: Run.Kind) -> Any:
    return next(row for row in runs(NOW).rows if row.name == kind.label)


def test_the_last_run_of_a_kind_is_told_with_its_usual_time() -> None:
    for day, seconds in ((3, 3000), (2, 3600), (1, 4200)):
        add_run("nightly", 24 * day, seconds)
    add_run("nightly", 6, 3300)

    row = row_of(Run.Kind.NIGHTLY)

    assert (row.state, row.tone, row.began) == ("succeeded", "best", "10:00")
    assert (row.took, row.usual, row.is_slow) == ("55 min", "1 h", False)  # the median of 50, 60 and 70 minutes


@pytest.mark.parametrize(("seconds", "is_slow"), [(7200, False), (7201, True)])
def test_a_run_that_takes_more_than_twice_its_usual_is_marked(seconds: int, is_slow: bool) -> None:
    add_run("nightly", 30, 3600)
    add_run("nightly", 6, seconds)
    assert row_of(Run.Kind.NIGHTLY).is_slow is is_slow


def test_a_run_under_way_tells_how_far_it_is() -> None:
    run = add_run("hourly", 0.05, 0, "running")
    for number in range(4):
        RunStep.objects.create(run=run, key=str(number), phase="settle", state="done" if number else "waiting")
    row = row_of(Run.Kind.HOURLY)
    assert (row.progress, row.took) == ("3 of 4 steps", "3 min")


def test_a_held_run_calls_for_a_judgement_and_a_failed_one_for_a_look() -> None:
    held = add_run("nightly", 6, 100, "held")
    add_run("compaction", 5, 10, "failed", error="\nOSError: no space left\nTraceback (most recent call last)")
    first, second = runs(NOW).alerts
    assert str(held) in first.text
    assert "Release or dismiss it" in first.text
    assert second.text.endswith("failed: OSError: no space left")
    assert "Traceback" not in second.text


def test_a_failure_that_a_later_run_made_good_calls_for_nothing() -> None:
    add_run("compaction", 5, 10, "failed", error="x")
    add_run("compaction", 4, 10)
    assert runs(NOW).alerts == []


def test_an_error_is_cut_to_what_a_table_can_show() -> None:
    assert first_line("x" * 300) == "x" * 200 + "…"
    assert first_line("") == ""


def test_the_next_start_comes_from_the_schedule_that_staff_edit() -> None:
    now = timezone.now()
    crontab = CrontabSchedule.objects.create(minute="30", hour="2", timezone="Asia/Shanghai")
    task = PeriodicTask.objects.create(
        name="Night", task="governance.tasks.start", args=json.dumps(["nightly"]), crontab=crontab
    )
    planned = timezone.localtime(next_runs(now)["nightly"])
    assert (planned.hour, planned.minute) == (2, 30)
    assert now < planned <= now + timedelta(days=1)

    task.enabled = False
    task.save()
    assert "nightly" not in next_runs(now)


@pytest.fixture
def token() -> ServiceToken:
    return make_token("chat:write")[0]


def add_batch(token: ServiceToken, minutes_ago: float, rows: int = 100, rejected: int = 0) -> None:
    IntakeBatch.objects.create(
        token=token, received_at=NOW - timedelta(minutes=minutes_ago), rows=rows, accepted=rows - rejected, repeated=0,
        rejected=rejected, seconds=0.1,
    )  # fmt: skip


def test_intake_is_told_by_the_hour_with_its_losses(token: ServiceToken) -> None:
    add_batch(token, 5, 1000, 30)
    add_batch(token, 90, 500)
    add_batch(token, 24 * 60 + 1, 7777)

    section = intake(NOW)

    assert [figure.figure for figure in section.figures] == ["1,500", "2.0%", "15:55"]
    assert section.figures[2].note == "5 min ago"
    assert section.chart is not None
    kept = dict(zip(section.chart.data["hours"], section.chart.data["kept"], strict=True))
    assert len(kept) == 24
    assert (kept["15:00"], kept["14:00"], kept["13:00"]) == (970, 500, 0)


def test_without_any_batch_it_says_how_to_send_one(client: Client) -> None:
    client.force_login(make_staff())
    assert intake(NOW).chart is None
    assert "POST /api/v1/chat/messages/" in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(("days", "is_told"), [(3, False), (4, True)])
def test_silence_is_told_where_it_is_not_usual_at_that_time_of_day(
    token: ServiceToken, days: int, is_told: bool
) -> None:
    for day in range(1, days + 1):
        add_batch(token, 24 * 60 * day + 15)
    add_batch(token, 30)  # silent for half an hour
    alerts = intake(NOW).alerts
    assert bool(alerts) is is_told
    if is_told:
        assert alerts[0].text.startswith("No message for 30 min.")


@pytest.mark.parametrize(("minutes", "is_told"), [(9, False), (10, True)])
def test_a_short_silence_is_no_silence(token: ServiceToken, minutes: int, is_told: bool) -> None:
    for day in range(1, 8):
        add_batch(token, 24 * 60 * day + 1)
    add_batch(token, minutes)
    assert bool(intake(NOW).alerts) is is_told


def test_a_feed_that_was_lost_yesterday_is_still_told(token: ServiceToken) -> None:
    for day in range(1, 8):
        add_batch(token, 24 * 60 * day + 15)
    assert intake(NOW).alerts[0].text.startswith("No message for 1 d.")


def test_many_rejected_messages_call_for_a_look(token: ServiceToken) -> None:
    add_batch(token, 5, 1000, 49)
    assert intake(NOW).alerts == []
    add_batch(token, 5, 1000, 51)  # 100 of 2,000
    assert intake(NOW).alerts[0].text == "5.0% of the last day's messages were rejected."


def test_deliveries_that_did_not_arrive_are_told() -> None:
    endpoint = WebhookEndpoint.objects.create(name="Storefront", url="https://example.org/", secret="x")
    for number, state in enumerate(("waiting", "waiting", "given_up", "delivered"), start=1):
        event = Event.objects.create(
            position=number, code=str(number), type="privileges.changed", data={},
            happened_at=NOW - timedelta(minutes=30 * number),
        )  # fmt: skip
        Delivery.objects.create(endpoint=endpoint, event=event, state=state)

    section = deliveries(NOW)

    waiting, given_up, endpoints = section.figures
    assert (waiting.figure, waiting.note, waiting.tone) == ("2", "the oldest for 1 h", "middle")
    assert (given_up.figure, endpoints.figure) == ("1", "1")
    assert section.alerts[0].text == "1 webhook delivery was given up. Repeat it once the receiver answers."


def test_an_endpoint_that_was_disabled_is_told_with_the_reason() -> None:
    WebhookEndpoint.objects.create(
        name="Storefront", url="https://example.org/", secret="x", is_active=False, disabled_at=NOW,
        disabled_reason="It answered 410.",
    )  # fmt: skip
    (alert,) = deliveries(NOW).alerts
    assert alert.text == "The webhook “Storefront” was disabled: It answered 410."


def test_each_section_is_only_for_those_who_may_see_its_rows(client: Client) -> None:
    somebody = make_user("desk", is_staff=True)
    headings = {
        "view_run": "<h2>Runs</h2>",
        "view_decision": "<h2>Decisions held for a second person</h2>",
        "view_computedday": "<h2>Days not final</h2>",
        "view_intakebatch": "<h2>Messages over HTTP, the last 24 hours</h2>",
        "view_delivery": "<h2>Webhooks</h2>",
        "view_shopday": "Today, ",
        "view_shoprating": "Nothing was scored yet",
    }
    for right, heading in headings.items():
        somebody.user_permissions.set(Permission.objects.filter(codename=right))
        client.force_login(somebody)
        page = client.get(reverse("admin:index")).content.decode()
        assert [each for each in headings.values() if each in page] == [heading], right


def test_it_costs_the_same_for_two_rows_as_for_ten(client: Client, token: ServiceToken) -> None:
    client.force_login(make_staff())
    endpoint = WebhookEndpoint.objects.create(name="e", url="https://example.org/", secret="x")
    counts = []
    for numbers in (range(2), range(2, 10)):
        for number in numbers:
            make_shop(f"s-{number}")
            add_batch(token, 30 * number)
            run = add_run("nightly", 24 * (10 - number), 60, "failed", error="x")
            RunStep.objects.create(run=run, key="x", phase="x")
            event = Event.objects.create(position=number, code=str(number), type="privileges.changed", data={})
            Delivery.objects.create(endpoint=endpoint, event=event, state="given_up")
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:index"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_days_that_are_not_final_are_told_with_the_reason() -> None:
    make_policy()
    make_shop()
    store(asks(at("10:00", 28)))
    settle_days(on(28), on(28), as_of=NOW)

    (row,) = open_days(NOW).rows

    assert row.on == on(28)
    assert row.why[0].startswith("Turns can settle until")
    assert f"on={on(28)}" in row.url


def test_a_log_that_cannot_be_read_is_told_instead_of_failing_the_page(client: Client, data_folder: Path) -> None:
    make_policy()
    make_shop()
    store(asks(at("10:00", 28)))
    settle_days(on(28), on(28), as_of=NOW)
    (data_folder / "chatlog" / "log.json").write_text("torn")
    client.force_login(make_staff())
    cache.clear()

    page = client.get(reverse("admin:index"))

    assert page.status_code == 200
    assert "Restore it from a backup" in page.content.decode()
