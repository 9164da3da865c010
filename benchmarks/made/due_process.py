"""Complaints, evidence, points, decisions and penalties in any number, made in the database from one row of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from django.db import connection, models

from complaints.models import Complaint, Entry, Evidence
from governance.models import Appeal, Decision, Penalty, PointEntry, Policy, Remedy
from shops.models import Shop, User

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
OPEN_EVERY = 100
"""One complaint in so many is open."""


def multiply(row: models.Model, count: int, columns: Mapping[str, str]) -> None:
    """Copy a stored row so many times, with other values of `columns`: SQL of the number n, from 1 on."""
    model = type(row)
    names = [field.column or field.name for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    values = ", ".join(columns.get(name, f"t.{quote(name)}") for name in names)
    numbers = f"with recursive s(n) as (select 1 union all select n + 1 from s where n < {count})"
    if connection.vendor == "postgresql":
        numbers = f"with s(n) as (select generate_series(1, {count}))"
    table, into = quote(model._meta.db_table), ", ".join(map(quote, names))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{numbers} insert into {table} ({into}) select {values} "
            f"from s, (select * from {table} where id = {row.pk}) t where true"
        )


def fill_due_process(policy: Policy, *, complaints: int, points: int) -> Complaint:
    """So many complaints (three pieces of evidence each) and entries of points; returns an open complaint."""
    shops, first = Shop.objects.count(), Shop.objects.order_by("pk").values_list("pk", flat=True)[0]
    shop = f"({first} + n % {shops})"
    by = User.objects.create_user("investigator", is_staff=True)
    decision = _decision(policy, first, by)
    decisions = max(10, complaints // 20)
    multiply(decision, decisions, {"code": "'D-' || n", "shop_id": shop})
    first_decision = decision.pk
    complaint = _complaint(first)
    texts = {"code": "'C-' || n", "access_code": "'a-' || n", "shop_id": shop, "buyer_id": "'buyer-' || n"}
    closed = {
        "state": f"case when n % {OPEN_EVERY} = 0 then 'investigating' else 'closed' end",
        "decision_id": f"case when n % {OPEN_EVERY} = 0 then null else {first_decision} + n % {decisions} end",
        "priority": "1 + n % 3",
        "kind": "case n % 3 when 0 then 'no_answer' when 1 then 'brush_off' else 'attitude' end",
    }
    multiply(complaint, complaints, texts | closed)
    ids = f"({complaint.pk} + n % {complaints})"
    multiply(_evidence(complaint), 3 * complaints, {"complaint_id": ids, "sha256": _hash()})
    multiply(_entry(complaint), 3 * complaints, {"complaint_id": ids})
    entry = PointEntry.objects.create(
        shop_id=first,
        decision=decision,
        ladder="A",
        kind="incurred",
        points=1,
        fell_on=date(2025, 6, 1),
        entered_at=NOW,
    )
    multiply(entry, points, {"shop_id": shop, "decision_id": f"({first_decision} + n % {decisions})"})
    multiply(_penalty(decision), decisions, {"code": "'P-' || n", "shop_id": shop})
    remedy = Remedy.objects.create(
        decision=decision, shop_id=first, complaint="C-0", kind="answer", buyer_id="b", due_at=NOW, done_at=NOW
    )
    multiply(remedy, decisions, {"complaint": "'C-' || n", "shop_id": shop})
    appeal = Appeal.objects.create(
        decision=decision, who="shop", shop_id=first, text="No.", filed_at=NOW, due_at=NOW, complaint="C-0"
    )
    multiply(appeal, decisions, {"code": "'A-' || n", "shop_id": shop, "complaint": "'C-' || n"})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("analyze")
    return complaint


def _hash() -> str:
    return "md5(n::text) || md5(n::text)" if connection.vendor == "postgresql" else "printf('%064d', n)"


def _decision(policy: Policy, shop: int, by: User) -> Decision:
    return Decision.objects.create(
        code="D-0",
        shop_id=shop,
        kind="no_violation",
        policy=policy,
        facts_first_on=date(2026, 2, 1),
        facts_last_on=date(2026, 2, 1),
        facts_en="Nothing was found.",
        facts_zh_hans="未发现违规。",
        reasons_en="Nothing was found.",
        reasons_zh_hans="未发现违规。",
        source="person",
        automated_detection=False,
        automated_decision="not",
        decided_by=by,
        decided_at=NOW - timedelta(days=20),
        effective_at=NOW - timedelta(days=20),
    )


def _complaint(shop: int) -> Complaint:
    return Complaint.objects.create(
        code="C-0",
        kind="no_answer",
        state="investigating",
        shop_id=shop,
        buyer_id="buyer-0",
        text="Nobody answers. " * 20,
        filed_at=NOW - timedelta(days=3),
        due_at=NOW + timedelta(days=2),
        told_shop_at=NOW - timedelta(days=2),
        outcome_en="An answer.",
        outcome_zh_hans="答复。",
    )


def _evidence(complaint: Complaint) -> Evidence:
    return Evidence.objects.create(
        complaint=complaint,
        kind="image",
        side="buyer",
        name="screen.png",
        media_type="image/png",
        size_bytes=100_000,
        sha256="0" * 64,
        received_sha256="0" * 64,
        added_at=NOW,
    )


def _entry(complaint: Complaint) -> Entry:
    return Entry.objects.create(
        complaint=complaint, at=NOW, kind="buyer_added", side="buyer", text="Still nobody.", mailed_at=NOW
    )


def _penalty(decision: Decision) -> Penalty:
    return Penalty.objects.create(
        code="P-0",
        shop_id=decision.shop_id,
        decision=decision,
        kind="restriction",
        title_en="No campaigns",
        title_zh_hans="限制活动",
        may_join_campaigns=False,
        starts_at=NOW - timedelta(days=20),
        ends_at=NOW - timedelta(days=13),
        began_at=NOW - timedelta(days=20),
        over_at=NOW - timedelta(days=13),
    )
