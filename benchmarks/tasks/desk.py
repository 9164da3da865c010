"""The desk with millions of rows behind it: its lists, the page of a complaint, a decision; and privileges anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from benchmarks.made.due_process import NOW, fill_due_process
from benchmarks.made.marketplace import Marketplace
from benchmarks.made.tables import fill_shops
from benchmarks.measuring import Meter
from governance.actions.decide_violation import Ruling, decide_violation
from governance.actions.grant_privileges import Grant, grant_privileges
from governance.actions.publish_policy import publish_policy
from governance.policy.reading import load_preset
from governance.policy.reasons import Statement
from shops.models import Shop, User

RULING = Ruling(Statement("Nobody answered.", "无人回复。"), Statement("It was owed.", "应当回复。"))


def work_desk(meter: Meter, shops: int, complaints: int, points: int, visits: int) -> None:
    """Open every list and a page `visits` times, decide as often; facts: name to queries and milliseconds, sorted."""
    setup_test_environment()
    call_command("migrate", verbosity=0)
    fill_shops(Marketplace.of_size(shops))
    policy = publish_policy(load_preset("default"), starts_on=date(2020, 1, 1))
    with meter.step("fill"):
        complaint = fill_due_process(policy, complaints=complaints, points=points)
    client = Client(raise_request_exception=True)
    staff = User.objects.create_superuser("staff")
    client.force_login(staff)
    told = {name: _visit(client, url, visits) for name, url in _pages(complaint.pk).items()}
    document = policy.rules()
    clause = document.violations.clauses[0]
    pks = list(Shop.objects.order_by("pk").values_list("pk", flat=True)[: visits + 1])

    def decide(number: int) -> None:
        decide_violation(
            Shop.objects.get(pk=pks[number]),
            clause=clause.key,
            gravity=clause.gravities[0].key,
            occurred_on=date(2026, 3, 1),
            ruling=RULING,
            by=staff,
            at=NOW,
        )

    told["a decision"] = _time(decide, visits)
    meter.facts["told"] = told
    meter.facts["database"] = connection.vendor


def grant_anew(meter: Meter, shops: int) -> None:
    """Grant every shop its first privileges, then those of another policy; seconds of each as steps."""
    call_command("migrate", verbosity=0)
    fill_shops(Marketplace.of_size(shops))
    document = load_preset("default")
    first, other = document.grades[0], document.grades[-1]
    pks = list(Shop.objects.order_by("pk").values_list("pk", flat=True))
    for step, grade, day in (("first grants", first, 0), ("after a change", other, 1)):
        grant = Grant(grade.key, grade.privileges, "fallen", 1)
        with meter.step(step):
            grant_privileges(
                date(2026, 3, 1) + timedelta(days=day), dict.fromkeys(pks, grant), now=NOW + timedelta(days=day)
            )


def _pages(complaint: int) -> dict[str, str]:
    listed = {
        "complaints": "complaints_complaint",
        "decisions": "governance_decision",
        "appeals": "governance_appeal",
        "penalties": "governance_penalty",
        "ledger of points": "governance_pointentry",
        "remedies": "governance_remedy",
    }
    pages = {f"list of {name}": reverse(f"admin:{view}_changelist") for name, view in listed.items()}
    complaints = pages["list of complaints"]
    return pages | {
        "complaints of a kind": f"{complaints}?kind__exact=brush_off",
        "a complaint by its reference": f"{complaints}?q=C-77",
        "page of a complaint": reverse("admin:complaints_complaint_change", args=[complaint]),
    }


def _visit(client: Client, url: str, visits: int) -> tuple[int, list[float]]:
    def open_page(_number: int) -> None:
        response = client.get(url)
        assert response.status_code == 200, f"{url} answered {response.status_code}"

    return _time(open_page, visits)


def _time(do: Callable[[int], None], times: int) -> tuple[int, list[float]]:
    """Queries of the last time, and the milliseconds of each but the first, which fills caches."""
    do(0)
    milliseconds = []
    for number in range(1, times + 1):
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            began = time.perf_counter()
            do(number)
            milliseconds.append((time.perf_counter() - began) * 1000)
    return len(captured), sorted(milliseconds)
