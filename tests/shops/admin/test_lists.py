"""Every list of the back office opens, and costs the same however many rows it has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from complaints.models import BlindReview, Complaint, DeskTemplate, Matter
from governance.models import (
    AgentScore,
    Appeal,
    Decision,
    Finding,
    Obligation,
    Penalty,
    PointEntry,
    Policy,
    PolicyDraft,
    Remedy,
    ShopRating,
)
from shops.models import (
    AfterSalesCase,
    Agent,
    AgentDay,
    AuditEntry,
    BuyerLink,
    ComputedDay,
    ControlTotal,
    Delivery,
    Erasure,
    Escalation,
    Event,
    Feedback,
    Holiday,
    IntakeBatch,
    Member,
    Notice,
    Outage,
    Privileges,
    PrivilegesChange,
    Run,
    ServiceToken,
    ShopDay,
    Standard,
    User,
    WebhookEndpoint,
)
from tests.screens_data import make_policy, make_shop, make_staff

pytestmark = pytest.mark.django_db

MODELS: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model._meta.label)
WINDOW = {"window_first_on": date(2026, 5, 1), "window_last_on": date(2026, 5, 30)}


def name_of(model: type[Model]) -> str:
    return model._meta.label_lower


def add_rows(numbers: range, staff: User) -> None:
    """One row of every kind for each number."""
    policy = Policy.objects.first() or make_policy()
    for number in numbers:
        instant = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=number)
        on = date(2026, 5, 1) + timedelta(days=number)
        shop = make_shop(f"s-{number:03d}", agents=1, category=f"category {number % 2}")
        agent = shop.agents.get()
        user = User.objects.create(username=f"user-{number}")
        Member.objects.create(user=user, shop=shop, role="agent", agent=agent)
        Group.objects.create(name=f"group {number}")
        Outage.objects.create(code=f"o-{number}", starts_at=instant)
        Holiday.objects.create(date=on)
        AfterSalesCase.objects.create(code=f"case-{number}", shop=shop, buyer_id="b", kind="refund", opened_at=instant)
        Escalation.objects.create(
            shop=shop, buyer_id="b", source="case", reference=f"case-{number}", escalated_at=instant
        )
        Feedback.objects.create(
            shop=shop, agent=agent, conversation_id="c", buyer_id="b", rated_at=instant, stars=number % 5 + 1
        )
        Privileges.objects.create(shop=shop, grade="A", in_force_on=on)
        PrivilegesChange.objects.create(
            shop=shop, on=on, grade="A", previous_grade="B", granted=["may_list"], reason="grade", policy_version=1
        )
        ShopDay.objects.create(shop=shop, on=on, settled=3, on_time=2)
        AgentDay.objects.create(agent=agent, on=on, settled=3, on_time=2)
        ShopRating.objects.create(shop=shop, on=on, policy=policy, grade="A", since_on=on, reason="steady", **WINDOW)
        AgentScore.objects.create(agent=agent, on=on, policy=policy, standing="at", points=90, **WINDOW)
        Standard.objects.create(section="clock", starts_on=on, document={}, policy_version=number + 1)
        PolicyDraft.objects.create(title=f"draft {number}", source_text="format: 1", drafted_by=staff)
        ComputedDay.objects.create(on=on, shard=0, fingerprint="f", as_of=instant, is_final=True, turns=3)
        AuditEntry.objects.create(by=staff, action="read_conversation", target=f"t-{number}")
        event = Event.objects.create(
            position=number + 1, code=f"evt_{number}", type="privileges.changed", shop=shop, data={}
        )
        endpoint = WebhookEndpoint.objects.create(name=f"e{number}", url="https://hooks.example.com/", secret="whsec_x")
        Delivery.objects.create(endpoint=endpoint, event=event, shop=shop, position=event.position)
        Notice.objects.create(shop=shop, agent=agent, kind="decision", reference=f"d{number}", read_by=user)
        token = ServiceToken.objects.create(
            name=f"t{number}", key=f"key{number:09d}", secret_hash="h", scopes=["chat:write"], shop=shop,
            created_by=user, expires_at=instant,
        )  # fmt: skip
        IntakeBatch.objects.create(
            token=token, received_at=instant, rows=3, accepted=2, repeated=0, rejected=1, seconds=0.1
        )
        BuyerLink.objects.create(code=f"l{number}", shop=shop, buyer_id="b", made_by=token, expires_at=instant)
        ControlTotal.objects.create(shop=shop, on=on, messages=3, counted=2)
        Erasure.objects.create(buyer_id=f"b{number}", shop=shop, reason="asked", requested_by=user)
        Run.objects.create(kind="hourly", state="succeeded", first_on=on, last_on=on, started_by=user)
        every = IntervalSchedule.objects.create(every=number + 1, period="seconds")
        CrontabSchedule.objects.create(minute=str(number))
        PeriodicTask.objects.create(name=f"task {number}", task="governance.tasks.sweep", interval=every)
        Decision.objects.create(
            shop=shop, agent=agent, kind="coaching_notice", clause="coaching", policy=policy, facts_first_on=on,
            facts_last_on=on, reasons_en="Because.", reasons_zh_hans="因为。", source="automation",
            automated_detection=True, automated_decision="fully", decided_at=instant, effective_at=instant,
        )  # fmt: skip
        add_due_process(number, agent, policy, user)
        Policy.objects.create(
            version=number + 100, name=f"p{number}", document=policy.document, digest=policy.digest,
            starts_on=on, drafted_by=staff, published_by=user, published_at=instant,
        )  # fmt: skip


def add_due_process(number: int, agent: Agent, policy: Policy, user: User) -> None:
    """A complaint and what may follow from one."""
    shop = agent.shop
    instant = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=number)
    decision = Decision.objects.create(
        shop=shop, kind="no_violation", policy=policy, facts_first_on=date(2026, 5, 1), facts_last_on=date(2026, 5, 1),
        facts_en="A.", facts_zh_hans="甲。", reasons_en="Because.", reasons_zh_hans="因为。", source="person",
        automated_detection=False, automated_decision="not", decided_at=instant, effective_at=instant, decided_by=user,
    )  # fmt: skip
    matter = Matter.objects.create(shop=shop, subject=f"rule {number}", title="Many", opened_at=instant)
    complaint = Complaint.objects.create(
        kind="no_answer", shop=shop, buyer_id="b", text="Nobody answers.", filed_at=instant, due_at=instant,
        matter=matter, told_shop_at=instant,
    )  # fmt: skip
    BlindReview.objects.create(complaint=complaint, decided_by=user, drawn_at=instant)
    DeskTemplate.objects.create(title=f"template {number}", use="decision", text_en="A.", text_zh_hans="甲。")
    Appeal.objects.create(
        decision=decision, who="shop", shop=shop, text="No.", filed_at=instant, due_at=instant, filed_by=user
    )
    Finding.objects.create(
        kind="report", shop=shop, window_first_on=date(2026, 5, 1), window_last_on=date(2026, 5, 2), found_at=instant
    )
    Obligation.objects.create(decision=decision, shop=shop, kind="training", due_at=instant)
    Penalty.objects.create(
        decision=decision, shop=shop, kind="restriction", title_en="Less", title_zh_hans="减", starts_at=instant
    )
    PointEntry.objects.create(
        decision=decision,
        shop=shop,
        ladder="A",
        kind="incurred",
        points=1,
        fell_on=date(2026, 5, 1),
        entered_at=instant,
    )
    Remedy.objects.create(decision=decision, shop=shop, complaint=complaint.code, kind="answer", due_at=instant)


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff()
    client.force_login(user)
    return user


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(queries)


def test_every_list_costs_the_same_for_three_rows_as_for_thirty(client: Client, staff: User) -> None:
    urls = {model: reverse(f"admin:{name_of(model).replace('.', '_')}_changelist") for model in MODELS}
    add_rows(range(3), staff)
    for url in urls.values():
        client.get(url)  # what Django caches once for all is cached now
    few = {name_of(model): count_queries(client, url) for model, url in urls.items()}
    add_rows(range(3, 30), staff)
    many = {name_of(model): count_queries(client, url) for model, url in urls.items()}

    assert many == few


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_every_row_has_a_page(client: Client, staff: User, model: type[Model]) -> None:
    add_rows(range(1), staff)
    row = model._default_manager.order_by("pk").first()
    assert row is not None

    answer = client.get(reverse(f"admin:{name_of(model).replace('.', '_')}_change", args=[row.pk]))

    assert answer.status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_every_list_can_be_searched(client: Client, staff: User, model: type[Model]) -> None:
    add_rows(range(2), staff)
    url = reverse(f"admin:{name_of(model).replace('.', '_')}_changelist")

    assert client.get(url, {"q": "s-001"}).status_code == 200


@pytest.mark.parametrize(
    "model",
    [
        AgentDay,
        AgentScore,
        AuditEntry,
        ComputedDay,
        Escalation,
        Policy,
        Privileges,
        PrivilegesChange,
        ShopDay,
        ShopRating,
        Standard,
    ],
    ids=name_of,
)
def test_what_jobs_write_cannot_be_touched_by_anybody(client: Client, staff: User, model: type[Model]) -> None:
    add_rows(range(1), staff)
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    name = name_of(model).replace(".", "_")

    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_lists_of_tables_that_grow_every_day_are_never_counted(client: Client, staff: User) -> None:
    add_rows(range(3), staff)
    for model in (AgentDay, ShopDay, AgentScore, ShopRating, AuditEntry, PrivilegesChange):
        url = reverse(f"admin:{name_of(model).replace('.', '_')}_changelist")
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts = [
            query["sql"] for query in queries if "COUNT(" in query["sql"] and model._meta.db_table in query["sql"]
        ]
        assert counts == [], model


def test_staff_without_a_right_see_neither_the_entry_nor_the_list(client: Client) -> None:
    user = User.objects.create_user("desk", is_staff=True)
    client.force_login(user)

    assert client.get(reverse("admin:shops_shop_changelist")).status_code == 403
    assert reverse("admin:shops_shop_changelist") not in client.get(reverse("admin:index")).content.decode()
