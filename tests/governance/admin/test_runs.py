"""Runs in the back office: seen, started, stopped, judged; only by those who may."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from governance import tasks
from governance.actions.jobs import JOBS
from governance.actions.schedule_jobs import schedule_jobs
from shops.actions.runs.start_run import start_run
from shops.actions.runs.work_run import Spell, work_run
from shops.models import AuditEntry, Run
from tests.builders import make_policy, on
from tests.governance.actions.marketplace import score
from tests.governance.actions.nightly.test_brake import make_shops
from tests.screens_data import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list:
    """The messages that would go to the broker."""
    messages = []
    monkeypatch.setattr(tasks.work, "apply_async", lambda args, **_options: messages.append(args))
    return messages


def staff(*names: str):
    """Somebody of the platform with these permissions on runs."""
    user = make_user("lin", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="shops", codename__in=names))
    return user


def page(run: Run) -> str:
    return reverse("admin:shops_run_change", args=[run.pk])


def start(kind: str = "hourly") -> Run:
    return start_run(JOBS[kind], now=timezone.now())


def test_a_person_starts_a_run_for_some_days_and_it_is_told_to_the_workers(client, sent):
    user = staff("view_run", "start_run")
    client.force_login(user)
    asked = {"kind": "nightly", "first_on": "2026-05-04", "last_on": "2026-05-05"}

    answer = client.post(reverse("admin:shops_run_start"), asked)

    run = Run.objects.get()
    assert answer.url == page(run)
    assert (run.first_on, run.last_on, run.started_by) == (on(0), on(1), user)
    assert sent == [(run.pk,)]
    assert AuditEntry.objects.get().action == "start run"
    again = client.post(reverse("admin:shops_run_start"), asked)
    assert "One is under way already" in again.content.decode()


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-05-05", "2026-05-04"), ("2999-01-01", ""), ("tomorrow", ""), ("2026-05-04", "2999-01-01")],
)
def test_days_that_make_no_sense_are_refused_on_the_form(client, first, last):
    client.force_login(staff("view_run", "start_run"))
    answer = client.post(reverse("admin:shops_run_start"), {"kind": "nightly", "first_on": first, "last_on": last})
    assert answer.status_code == 200
    assert not Run.objects.exists()


def test_who_may_only_look_sees_no_button_and_gets_no_further_by_its_address(client):
    run = start()
    client.force_login(staff("view_run"))
    assert "Stop" not in client.get(page(run)).content.decode()
    for name, arguments in (("start", []), ("stop", [run.pk]), ("release", [run.pk]), ("dismiss", [run.pk])):
        assert client.post(reverse(f"admin:shops_run_{name}", args=arguments), {"why": "x"}).status_code == 403
    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def test_the_moving_part_is_for_those_who_may_see_runs(client):
    run = start()
    address = reverse("admin:shops_run_progress", args=[run.pk])
    client.force_login(make_user("nobody", is_staff=True))
    assert client.get(address).status_code == 403
    client.force_login(staff("view_run"))
    assert 'hx-trigger="every 3s"' in client.get(address).content.decode()
    work_run(run.pk, JOBS["hourly"])
    assert "hx-trigger" not in client.get(address).content.decode()


def test_a_run_is_stopped_and_started_again_by_a_person(client, sent):
    run = start()
    user = staff("view_run", "start_run")
    client.force_login(user)
    client.post(reverse("admin:shops_run_stop", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.stop_requested_by) == (Run.State.STOPPED, user)

    client.post(reverse("admin:shops_run_restart", args=[run.pk]))

    run.refresh_from_db()
    assert run.state == Run.State.WAITING
    assert sent == [(run.pk,)]


def test_a_held_run_lists_who_would_lose_what_and_is_released_with_a_reason(client, sent):
    make_shops(bad=3)
    score(0, 2)
    run = score(3).run
    client.force_login(staff("view_run", "release_run"))

    shown = client.get(page(run)).content.decode()
    assert "Who would lose something on 2026-05-07" in shown
    assert "Shop-0" in shown
    assert "keyword limit" in shown
    client.post(reverse("admin:shops_run_release", args=[run.pk]), {"why": " "})
    run.refresh_from_db()
    assert run.state == Run.State.HELD
    client.post(reverse("admin:shops_run_release", args=[run.pk]), {"why": "it is right"})

    run.refresh_from_db()
    assert (run.state, run.judged_why) == (Run.State.WAITING, "it is right")
    assert sent == [(run.pk,)]


def test_a_failed_run_shows_its_error_and_its_step(client):
    make_shops(bad=0, good=1)
    store_nothing = start("nightly")
    Run.objects.filter(pk=store_nothing.pk).update(first_on="2019-01-01", last_on="2019-01-01")
    work_run(store_nothing.pk, JOBS["nightly"])
    client.force_login(staff("view_run"))
    shown = client.get(page(store_nothing)).content.decode()
    assert "No policy is in force on 2019-01-01" in shown


def test_the_page_costs_the_same_for_a_long_run_as_for_a_short_one(client, django_assert_max_num_queries):
    make_policy()
    client.force_login(staff("view_run"))

    def queries(last: int) -> int:
        run = start_run(JOBS["nightly"], now=timezone.now(), first_on=on(0), last_on=on(last))
        work_run(run.pk, JOBS["nightly"], Spell())
        with django_assert_max_num_queries(40) as captured:
            client.get(page(run))
        return len(captured)

    assert queries(0) == queries(9)


@pytest.mark.parametrize("model", ["periodictask", "crontabschedule", "intervalschedule"])
def test_the_schedule_is_shown_to_staff_who_may_see_it(client, model):
    schedule_jobs()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert client.get(reverse(f"admin:django_celery_beat_{model}_changelist")).status_code == 200
    answer = client.get(reverse(f"admin:django_celery_beat_{model}_add"))
    assert answer.status_code == 200


@pytest.mark.parametrize("wrong", ["x", "9" * 30, "-1", "٣"])
def test_an_address_that_names_no_run_is_not_found(client, wrong):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    assert client.post(f"/admin/shops/run/{wrong}/stop/").status_code in {302, 403, 404}
