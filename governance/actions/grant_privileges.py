"""Privileges: the row that other systems read, kept equal to what the grade grants; each change is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from governance.actions.privileges_notices import notice_of
from governance.models import ShopRating
from governance.policy.schema import GradePrivileges
from shops.actions.publish_events import NewEvent, publish_events
from shops.actions.upsert_rows import upsert_rows
from shops.models import Event, Notice, Privileges, PrivilegesChange, Shop

NAMES = tuple(GradePrivileges.model_fields)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a rating grants a shop."""

    grade: str
    privileges: GradePrivileges
    reason: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One shop's step from what it held (None: it never had any) to what it is granted."""

    shop_id: int
    grant: Grant
    previous_grade: str
    before: GradePrivileges | None

    @property
    def taken(self) -> tuple[str, ...]:
        """The privileges that became smaller."""
        return self.grant.privileges.smaller_than(self.before) if self.before is not None else ()

    @property
    def granted(self) -> tuple[str, ...]:
        """The privileges that became larger."""
        return self.before.smaller_than(self.grant.privileges) if self.before is not None else ()

    @property
    def values(self) -> list[object]:
        """The privileges as their columns store them."""
        return [_stored(getattr(self.grant.privileges, name)) for name in NAMES]


@transaction.atomic
def grant_privileges(on: date, grants: Mapping[int, Grant], *, now: datetime | None = None) -> tuple[int, int]:
    """Make the privileges of shops (by primary key) what their grades grant as of `on`; keep and tell what changed.

    Returns how many shops got their privileges changed, and how many of those lost something. A shop that was rated for
    a later day already, or whose privileges follow from one, stays as it is: rating the past changes nothing today. The
    rows are locked, in the order of the shops. Every change is an event for other systems, and a notice to the shop
    unless it is the first grant. `now`: when it happens, the present unless given.
    """
    changes = list(_changes(on, grants)) if grants else []
    if not changes:
        return 0, 0
    now = now or timezone.now()
    day, stamp = on.isoformat(), connection.ops.adapt_datetimefield_value(now)
    upsert_rows(
        Privileges,
        ("shop_id", "grade", "in_force_on", "policy_version", "changed_at", *NAMES),
        [(each.shop_id, each.grant.grade, day, each.grant.policy_version, stamp, *each.values) for each in changes],
        key=("shop_id",),
    )
    upsert_rows(
        PrivilegesChange,
        ("shop_id", "on", "grade", "previous_grade", "taken", "granted", "reason", "policy_version", *NAMES),
        [
            (
                *(each.shop_id, day, each.grant.grade, each.previous_grade),
                *(json.dumps(each.taken), json.dumps(each.granted)),
                *(each.grant.reason, each.grant.policy_version, *each.values),
            )
            for each in changes
        ],
        key=("shop_id", "on"),
    )
    _tell(on, changes, now)
    return len(changes), sum(bool(each.taken) for each in changes)


def _changes(on: date, grants: Mapping[int, Grant]) -> Iterator[Change]:
    held = {row.shop_id: row for row in Privileges.objects.select_for_update().order_by("shop_id")}
    rated_later = set(ShopRating.objects.filter(on__gt=on).values_list("shop_id", flat=True).distinct())
    for shop_id, grant in sorted(grants.items()):
        row = held.get(shop_id)
        if shop_id in rated_later or (row is not None and row.in_force_on > on):
            continue
        before = _as_granted(row) if row is not None else None
        if row is None or before != grant.privileges or row.grade != grant.grade:
            yield Change(shop_id, grant, row.grade if row is not None else "", before)


def _tell(on: date, changes: list[Change], now: datetime) -> None:
    """Tell other systems by events, and shops by notices. The events come last: they hold the counter of all events."""
    affected = Shop.objects.all()
    if len(changes) < 1_000:
        affected = affected.filter(pk__in=[each.shop_id for each in changes])
    codes = dict(affected.order_by().values_list("pk", "code"))
    events, notices = [], []
    for each in changes:
        event = NewEvent(Event.Type.PRIVILEGES_CHANGED, each.shop_id, now, _data(on, each, codes[each.shop_id]))
        events.append(event)
        if each.before is not None:
            notices.append(
                notice_of(
                    each.shop_id,
                    on=on,
                    previous_grade=each.previous_grade,
                    grade=each.grant.grade,
                    before=each.before,
                    after=each.grant.privileges,
                    reason=each.grant.reason,
                    policy_version=each.grant.policy_version,
                    reference=event.code,
                    now=now,
                )
            )
    Notice.objects.bulk_create(notices, batch_size=2_000)
    publish_events(events)


def _data(on: date, change: Change, code: str) -> dict[str, Any]:
    """What receivers are sent: docs/webhooks.md describes it."""
    return {
        "shop_id": code,
        "on": on.isoformat(),
        "grade": change.grant.grade,
        "previous_grade": change.previous_grade or None,
        "before": change.before.model_dump() if change.before is not None else None,
        "after": change.grant.privileges.model_dump(),
        "taken": change.taken,
        "granted": change.granted,
        "reason": change.grant.reason,
        "policy_version": change.grant.policy_version,
    }


def _as_granted(row: Privileges) -> GradePrivileges:
    return GradePrivileges(
        keyword_limit=row.keyword_limit,
        blocked_buyer_limit=row.blocked_buyer_limit,
        may_join_campaigns=row.may_join_campaigns,
        search_weight=float(row.search_weight),
        may_list=row.may_list,
    )


def _stored(value: float | bool) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value
