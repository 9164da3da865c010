"""Puts the demo's cast and talk where real facts live: rows into the web database, messages into the chat log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.config.demo.contact import Row
from governance.config.demo.plan import CODE_PREFIX, Plan
from governance.config.demo.rhythm import DAY_MS, Span
from governance.config.demo.talk import Case, ShopTalk, Stars, talk_by_utc_day
from governance.config.demo.texts import ACCEPTED_TEMPLATE
from shops.chat.log import ChatLog
from shops.chat.messages import check_messages
from shops.chat.text import text_key
from shops.models import (
    AfterSalesCase,
    Agent,
    Escalation,
    Feedback,
    Holiday,
    Outage,
    ReplyTemplate,
    ServiceHours,
    Shop,
)

HOLIDAY_SUFFIX = "(演示)"
"""Ends the name of the demo's holiday: what the demo may wipe."""
FUTURE_TOLERANCE_MS = 600_000
BATCH = 2_000

COLUMN_TYPES = (
    ("message_id", pa.string()),
    ("conversation_id", pa.string()),
    ("shop_id", pa.string()),
    ("buyer_id", pa.string()),
    ("agent_id", pa.string()),
    ("sender", pa.string()),
    ("kind", pa.string()),
    ("sent_at", pa.timestamp("ms", tz="UTC")),
    ("text", pa.string()),
    ("delivery", pa.string()),
)


@dataclass
class Told:
    """How much was said: messages stored, and messages that had come before."""

    messages: int = 0
    repeated: int = 0


def store_cast(plan: Plan) -> None:
    """Create the shops with their agents, hours and templates, the holiday and the outages, in one transaction."""
    with transaction.atomic():
        shops = Shop.objects.bulk_create(
            [
                Shop(
                    code=shop.code,
                    name=shop.name,
                    category=shop.category.name,
                    timezone=shop.timezone,
                    opened_on=shop.opened_on,
                )
                for shop in plan.shops
            ],
            batch_size=BATCH,
        )
        cast = list(zip(shops, plan.shops, strict=True))
        ServiceHours.objects.bulk_create(
            [ServiceHours(shop=row, weekly=shop.hours) for row, shop in cast], batch_size=BATCH
        )
        Agent.objects.bulk_create(
            [Agent(shop=row, code=person.code, name=person.name) for row, shop in cast for person in shop.people],
            batch_size=BATCH,
        )
        ReplyTemplate.objects.bulk_create(
            [
                ReplyTemplate(shop=row, text=ACCEPTED_TEMPLATE, text_key=text_key(ACCEPTED_TEMPLATE) or "")
                for row, shop in cast
                if shop.number % 3 == 0
            ],
            batch_size=BATCH,
        )
        holiday = Holiday.objects.create(
            date=plan.calendar.holiday_on, name=plan.calendar.holiday_name + HOLIDAY_SUFFIX
        )
        holiday.working_shops.set([row for row, shop in cast if shop.works_on_holiday])
        _store_outage("outage-1", plan.calendar.outage, "消息网关故障,全平台受影响")
        local = _store_outage("outage-2", plan.calendar.local_outage, "机房网络中断,部分店铺受影响")
        local.hits_all_shops = False
        local.save()
        local.shops.set([row for row, shop in cast if shop.hit_by_local_outage])


def store_talk(plan: Plan, talks: list[ShopTalk], log: ChatLog, report: Callable[[int], None]) -> Told:
    """Append every message to the log, a UTC day at a time, through the checks of every intake.

    `report` is told how many days are done. Raises CommandError if the checks reject a message: the demo must say
    nothing that a marketplace could not.
    """
    told = Told()
    for done, (day, rows) in enumerate(talk_by_utc_day(plan, talks), start=1):
        checked = check_messages(
            table_of(rows),
            first_row=1,
            now_ms=plan.calendar.as_of_ms,
            future_tolerance_ms=FUTURE_TOLERANCE_MS,
            oldest_ms=None,
        )
        if checked.rejects:
            reject = checked.rejects[0]
            raise CommandError(
                _("The demo made a message that intake rejects: %(reason)s (%(record)s). Please report it.")
                % {"reason": reject.reason, "record": reject.record}
            )
        received_ms = min((day + 1) * DAY_MS, plan.calendar.as_of_ms)
        appended = log.append(checked.good, received_ms)
        told.messages += appended.rows
        told.repeated += appended.repeated
        report(done)
    return told


def store_outcomes(plan: Plan, talks: list[ShopTalk]) -> None:
    """Create the feedback, the after-sales cases and their escalations that the talk led to, up to the as_of."""
    last_ms = plan.calendar.as_of_ms
    stars = [item for talk in talks for item in talk.stars if item.rated_ms < last_ms]
    cases = [item for talk in talks for item in talk.cases if item.opened_ms < last_ms]
    shop_ids = dict(Shop.objects.filter(code__startswith=CODE_PREFIX).values_list("code", "pk"))
    agent_ids = dict(Agent.objects.filter(shop__code__startswith=CODE_PREFIX).values_list("code", "pk"))
    with transaction.atomic():
        Feedback.objects.bulk_create([_feedback_row(item, shop_ids, agent_ids) for item in stars], batch_size=BATCH)
        AfterSalesCase.objects.bulk_create([_case_row(item, shop_ids, last_ms) for item in cases], batch_size=BATCH)
        Escalation.objects.bulk_create(
            [
                Escalation(
                    shop_id=shop_ids[item.shop_code],
                    buyer_id=item.buyer_id,
                    source=Escalation.Source.CASE,
                    reference=item.code,
                    escalated_at=_instant(item.opened_ms),
                )
                for item in cases
            ],
            batch_size=BATCH,
        )


def table_of(rows: list[Row]) -> pa.Table:
    """The rows as a table with the columns of clock.md section 1."""
    columns = zip(*rows, strict=True)
    return pa.table(
        {name: pa.array(column, type_) for (name, type_), column in zip(COLUMN_TYPES, columns, strict=True)}
    )


def _store_outage(code: str, span: Span, note: str) -> Outage:
    return Outage.objects.create(
        code=CODE_PREFIX + code, starts_at=_instant(span.starts_ms), ends_at=_instant(span.ends_ms), note=note
    )


def _feedback_row(item: Stars, shop_ids: dict[str, int], agent_ids: dict[str, int]) -> Feedback:
    return Feedback(
        shop_id=shop_ids[item.shop_code],
        agent_id=agent_ids[item.agent_code] if item.agent_code else None,
        conversation_id=item.conversation_id,
        buyer_id=item.buyer_id,
        rated_at=_instant(item.rated_ms),
        stars=item.stars,
    )


def _case_row(item: Case, shop_ids: dict[str, int], last_ms: int) -> AfterSalesCase:
    is_closed = item.closed_ms < last_ms
    return AfterSalesCase(
        code=item.code,
        shop_id=shop_ids[item.shop_code],
        buyer_id=item.buyer_id,
        kind=item.kind,
        opened_at=_instant(item.opened_ms),
        closed_at=_instant(item.closed_ms) if is_closed else None,
    )


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
