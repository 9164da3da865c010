"""How many queries each page takes, with few rows in every table and with many."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from benchmarks.made.marketplace import Marketplace as Synthetic
from benchmarks.made.rows import top_up
from benchmarks.made.tables import fill_shops
from benchmarks.made.windows import two_windows
from benchmarks.measuring import Meter
from complaints.models import Complaint
from governance.actions.marketplace import Marketplace
from governance.actions.publish_day import publish_day
from governance.actions.publish_policy import publish_policy
from governance.actions.rate_day import judge_day
from governance.models import Decision, Policy, ShopRating
from governance.policy.judge import Judge
from governance.policy.reading import load_preset
from shops.models import Agent, Member, PrivilegesChange, Shop, ShopDay, User

ON = date(2026, 3, 1)
FIRST_FILLED = (Shop, User, Group, Agent, Policy, Decision, Complaint)
"""What other tables point to."""


def count_queries(meter: Meter, rows: int) -> None:
    """Visit every page with `rows` rows in each of its tables; facts: page to queries and milliseconds."""
    setup_test_environment()
    call_command("migrate", verbosity=0)
    with meter.step("fill"):
        shop, agent = _fill(rows)
    staff = Client(raise_request_exception=True)
    staff.force_login(User.objects.create_superuser("staff"))
    owner = Client(raise_request_exception=True)
    account = User.objects.create_user("owner")
    Member.objects.create(user=account, shop=shop, role="owner")
    owner.force_login(account)
    pages = [(f"admin list: {model._meta.label}", staff, _list_of(model)) for model in admin.site._registry]  # noqa: SLF001
    pages.sort(key=lambda page: page[0])
    codes = {"code": shop.code, "agent_code": agent.code}
    pages += [
        ("admin dashboard", staff, reverse("admin:index")),
        ("admin page of a shop", staff, reverse("admin:shops_shop_change", args=[shop.pk])),
        ("scorecard, for staff", staff, reverse("scorecard", args=[shop.code])),
        ("scorecard, for the owner", owner, reverse("scorecard", args=[shop.code])),
        ("record of an agent", owner, reverse("agent_record", kwargs=codes)),
        ("list of shops", staff, reverse("shops")),
    ]
    with meter.step("visit"):
        meter.facts["pages"] = {name: _visit(client, url) for name, client, url in pages}


def _list_of(model: type[Any]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _visit(client: Client, url: str) -> tuple[int, float]:
    """Queries and milliseconds of a page that was opened once before."""
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        began = time.perf_counter()
        response = client.get(url)
        milliseconds = (time.perf_counter() - began) * 1000
    assert response.status_code == 200, f"{url} answered {response.status_code}"
    return len(captured), milliseconds


def _fill(rows: int) -> tuple[Shop, Agent]:
    """At least `rows` rows in every listed table; as many days, agents and changes of the first shop."""
    market = Synthetic.of_size(rows)
    fill_shops(market)
    shop = Shop.objects.order_by("pk")[0]
    Agent.objects.bulk_create([Agent(shop=shop, code=f"extra-{number}") for number in range(rows)], batch_size=500)
    policy = publish_policy(load_preset("default"), starts_on=date(2020, 1, 1))
    window, _ = two_windows(market, ON)
    agents = market.agents()[shop.code]
    window.agents |= {(shop.code, f"extra-{number}"): window.agents[shop.code, agents[0]] for number in range(rows)}
    as_of = datetime(ON.year, ON.month, ON.day + 4, tzinfo=UTC)
    draft = judge_day(window, policy, Judge(policy.rules()), Marketplace.load(before=ON), as_of=as_of)
    publish_day(draft, policy)
    _give_history(shop, rows)
    document = {"document": policy.document, "digest": policy.digest, "published_at": policy.published_at}
    listed: list[type[Any]] = [*FIRST_FILLED, *(model for model in admin.site._registry if model not in FIRST_FILLED)]  # noqa: SLF001
    for model in listed:
        top_up(model, rows, document if model is Policy else None)
    return shop, shop.agents.order_by("pk")[0]


def _give_history(shop: Shop, rows: int) -> None:
    """Ratings, measures and changes of privileges of the shop on as many days."""
    rating = ShopRating.objects.get(shop=shop, on=ON)
    ratings, days, changes = [], [], []
    for back in range(1, rows):
        on = ON - timedelta(days=back)
        values = {field.attname: getattr(rating, field.attname) for field in ShopRating._meta.concrete_fields}
        ratings.append(ShopRating(**{**values, "id": None, "on": on}))
        days.append(ShopDay(shop=shop, on=on, is_final=True, turns=10, answered=9, unanswered=1, settled=10, on_time=8))
        changes.append(PrivilegesChange(shop=shop, on=on, grade="A", previous_grade="B", reason="r", policy_version=1))
    ShopRating.objects.bulk_create(ratings, batch_size=300)
    ShopDay.objects.bulk_create(days, batch_size=300)
    PrivilegesChange.objects.bulk_create(changes, batch_size=300)
