"""Privileges: the row that other systems read, kept equal to what the grade grants less what penalties take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from governance.actions.marketplace import in_chunks
from governance.actions.privileges_notices import notice_of
from governance.actions.project_privileges import NAMES, base_of, held_by, limits_in_force, reduced
from governance.models import ShopRating
from governance.policy.schema import GradePrivileges
from shops.actions.publish_events import NewEvent, publish_events
from shops.actions.upsert_rows import upsert_rows
from shops.models import Event, Notice, Privileges, PrivilegesChange, Shop

BASES = tuple(f"base_{name}" for name in NAMES)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a rating grants a shop."""

    grade: str
    privileges: GradePrivileges
    reason: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One shop's step from what it held (None: it never had any) to what it holds: its grant less its penalties."""

    shop_id: int
    grant: Grant
    previous_grade: str
    before: GradePrivileges | None
    after: GradePrivileges

    @property
    def is_seen(self) -> bool:
        """True unless only the base changed, under penalties that hide it."""
        return self.before != self.after or self.previous_grade != self.grant.grade

    @property
    def taken(self) -> tuple[str, ...]:
        """The privileges that became smaller."""
        return self.after.smaller_than(self.before) if self.before is not None else ()

    @property
    def granted(self) -> tuple[str, ...]:
        """The privileges that became larger."""
        return self.before.smaller_than(self.after) if self.before is not None else ()


@transaction.atomic
def grant_privileges(on: date, grants: Mapping[int, Grant], *, now: datetime | None = None) -> tuple[int, int]:
    """Make the privileges of shops (by primary key) what their grades grant as of `on`, less the penalties in force.

    Returns how many shops got their privileges changed, and how many of those lost something. A shop that was rated for
    a later day already, or whose privileges follow from one, stays as it is: rating the past changes nothing today. The
    rows are locked, in the order of the shops. Every change is an event for other systems, and a notice to the shop
    unless it is the first grant. `now`: when it happens, the present unless given.
    """
    now = now or timezone.now()
    changes = list(_changes(on, grants, now)) if grants else []
    if not changes:
        return 0, 0
    day, stamp = on.isoformat(), connection.ops.adapt_datetimefield_value(now)
    upsert_rows(
        Privileges,
        ("shop_id", "grade", "in_force_on", "policy_version", "changed_at", *NAMES, *BASES),
        [
            (
                *(each.shop_id, each.grant.grade, day, each.grant.policy_version, stamp),
                *_values(each.after),
                *_values(each.grant.privileges),
            )
            for each in changes
        ],
        key=("shop_id",),
    )
    seen = [each for each in changes if each.is_seen]
    PrivilegesChange.objects.bulk_create(
        [
            PrivilegesChange(
                shop_id=each.shop_id,
                on=on,
                grade=each.grant.grade,
                previous_grade=each.previous_grade,
                taken=each.taken,
                granted=each.granted,
                reason=each.grant.reason,
                policy_version=each.grant.policy_version,
                changed_at=now,
                **each.after.model_dump(),
            )
            for each in seen
        ],
        batch_size=2_000,
    )
    _tell(on, seen, now)
    return len(seen), sum(bool(each.taken) for each in seen)


def _changes(on: date, grants: Mapping[int, Grant], now: datetime) -> Iterator[Change]:
    for keys in in_chunks(sorted(grants)):
        held = _locked(keys)
        later = ShopRating.objects.filter(on__gt=on, shop__in=keys).values_list("shop_id", flat=True)
        rated_later = set(later.distinct())
        limits = limits_in_force(keys, now)
        for shop_id in keys:
            grant, row = grants[shop_id], held.get(shop_id)
            if shop_id in rated_later or (row is not None and row.in_force_on > on):
                continue
            before = held_by(row) if row is not None else None
            after = reduced(grant.privileges, limits.get(shop_id, []))
            is_new = row is None or base_of(row) != grant.privileges or row.grade != grant.grade
            if is_new or before != after:
                yield Change(shop_id, grant, row.grade if row is not None else "", before, after)


def _locked(keys: list[int]) -> dict[int, Privileges]:
    """The privileges of shops, locked; where a shop has none the shop itself is, so that nobody else is the first."""
    rows = Privileges.objects.select_for_update(no_key=True).order_by("shop_id")
    held = {row.shop_id: row for row in rows.filter(shop__in=keys)}
    missing = [key for key in keys if key not in held]
    if missing:
        list(Shop.objects.select_for_update(no_key=True).filter(pk__in=missing).order_by("pk").values_list("pk"))
        held |= {row.shop_id: row for row in rows.filter(shop__in=missing)}
    return held


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
                    after=each.after,
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
        "after": change.after.model_dump(),
        "taken": change.taken,
        "granted": change.granted,
        "reason": change.grant.reason,
        "policy_version": change.grant.policy_version,
    }


def _values(privileges: GradePrivileges) -> list[object]:
    """The privileges as their columns store them."""
    return [_stored(getattr(privileges, name)) for name in NAMES]


def _stored(value: float | bool) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value
