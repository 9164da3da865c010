"""The jobs as tasks, and their schedule: what a worker and beat do."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from kombu.exceptions import OperationalError as BrokerError

from governance import tasks
from governance.actions.schedule_jobs import SCHEDULE, schedule_jobs
from governance.config.celery import app
from shops.models import Run, ShopDay
from tests.builders import make_policy, make_shop, store, turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list:
    """The messages that would go to the broker."""
    messages = []
    monkeypatch.setattr(tasks.work, "apply_async", lambda args, **options: messages.append((args, options)))
    return messages


def test_every_scheduled_job_is_a_task_that_workers_know_and_says_what_it_does():
    app.loader.import_default_modules()
    assert {job.task for job in SCHEDULE} <= set(app.tasks)
    assert all(job.says for job in SCHEDULE)


def test_the_schedule_is_made_once_and_what_staff_changed_stays():
    assert schedule_jobs() == len(SCHEDULE)
    night = PeriodicTask.objects.get(name="Nightly run")
    assert (night.crontab.hour, night.crontab.minute, str(night.crontab.timezone)) == ("2", "30", "Asia/Shanghai")
    night.crontab = CrontabSchedule.objects.create(hour="5")
    night.enabled = False
    night.save()

    assert schedule_jobs() == 0

    night.refresh_from_db()
    assert (night.crontab.hour, night.enabled) == ("5", False)


def test_the_hourly_run_gives_the_figures_of_today_so_far(sent):
    make_policy()
    make_shop()
    now = timezone.now()
    store(*turn(now.replace(hour=0, minute=0), 20))

    tasks.start("hourly")
    run = Run.objects.get()
    assert sent == [((run.pk,), {"countdown": 0})]
    tasks.work(run.pk)

    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED
    assert ShopDay.objects.filter(is_final=False, turns=1).count() == 1


def test_a_run_of_a_kind_that_is_under_way_is_not_started_twice(sent):
    tasks.start("hourly")
    tasks.start("hourly")
    assert Run.objects.count() == 1
    assert len(sent) == 1


def test_a_nightly_run_without_a_policy_fails_with_what_to_do(sent):
    make_shop()
    tasks.start("nightly")
    tasks.work(Run.objects.get().pk)
    run = Run.objects.get()
    assert run.state == Run.State.FAILED
    assert "publish_policy default" in run.error


def test_the_sweep_sends_workers_to_a_run_whose_message_was_lost_and_those_messages_expire(sent):
    tasks.start("hourly")
    sent.clear()
    tasks.sweep()
    assert sent == [((Run.objects.get().pk,), {"countdown": 0, "expires": tasks.SWEPT_SECONDS})]


def test_a_run_is_started_although_the_broker_is_gone(monkeypatch):
    def refuse(*_args, **_options):
        raise BrokerError("connection refused")

    monkeypatch.setattr(tasks.work, "apply_async", refuse)
    tasks.start("hourly")
    assert Run.objects.get().state == Run.State.WAITING


def test_work_on_a_run_that_is_gone_or_of_an_unknown_kind_does_nothing(sent):
    tasks.work(4711)
    run = Run.objects.create(kind="astrology")
    tasks.work(run.pk)
    assert Run.objects.get().state == Run.State.WAITING


def test_messages_carry_nothing_but_ids_and_names():
    schedule_jobs()
    for arguments in PeriodicTask.objects.filter(task__startswith="governance.").values_list("args", flat=True):
        assert all(value in Run.Kind.values for value in json.loads(arguments))
