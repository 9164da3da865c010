"""Privileges reduced by the penalties in force: the projection written again when a penalty begins, pauses or ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from governance.actions.marketplace import in_chunks
from governance.actions.privileges_notices import PENALTY, notice_of
from governance.formulas.privileges import reduce_privileges
from governance.models import Penalty
from governance.models.penalty import LIMITS
from governance.policy.schema import GradePrivileges
from shops.actions.publish_events import NewEvent
from shops.models import Event, Privileges, PrivilegesChange

NAMES: Final = tuple(GradePrivileges.model_fields)
Limits = Mapping[str, bool | int | float]


def limits_in_force(shop_ids: Iterable[int], at: datetime) -> dict[int, list[Limits]]:
    """What the penalties in force at an instant allow at most, by shop. One query for ten thousand shops."""
    found: dict[int, list[Limits]] = defaultdict(list)
    for some in in_chunks(shop_ids):
        rows = Penalty.objects.in_force_at(at).filter(shop__in=some).values_list("shop_id", *LIMITS)
        for shop_id, *values in rows:
            named = zip(LIMITS, values, strict=True)
            found[shop_id].append({name: _plain(value) for name, value in named if value is not None})
    return found


def reduced(base: GradePrivileges, limits: Collection[Limits]) -> GradePrivileges:
    """The base, reduced by every limit."""
    return GradePrivileges.model_construct(**reduce_privileges(base.model_dump(), limits)) if limits else base


def project_privileges(shop_id: int, *, at: datetime, cause: str, policy_version: int) -> list[NewEvent]:
    """Make one shop's privileges its base reduced by the penalties in force at `at`; keep and tell what changed.

    Returns the events to publish, which the caller does last. The privileges are locked. A shop that was never granted
    any has nothing to reduce: its first grant is reduced. `cause` is the reference of the penalty or decision.
    """
    row = (
        Privileges.objects.select_for_update(of=("self",), no_key=True)
        .select_related("shop")
        .filter(shop=shop_id)
        .first()
    )
    if row is None:
        return []
    before = held_by(row)
    after = reduced(base_of(row), limits_in_force([shop_id], at).get(shop_id, []))
    if before == after:
        return []
    on = timezone.localdate(at)
    Privileges.objects.filter(pk=row.pk).update(changed_at=at, **after.model_dump())
    taken, granted = after.smaller_than(before), before.smaller_than(after)
    PrivilegesChange.objects.create(
        shop_id=shop_id,
        on=on,
        grade=row.grade,
        previous_grade=row.grade,
        taken=list(taken),
        granted=list(granted),
        reason=PENALTY,
        cause=cause,
        policy_version=policy_version,
        changed_at=at,
        **after.model_dump(),
    )
    event = NewEvent(
        Event.Type.PRIVILEGES_CHANGED,
        shop_id,
        at,
        {
            "shop_id": row.shop.code,
            "on": on.isoformat(),
            "grade": row.grade,
            "previous_grade": row.grade,
            "before": before.model_dump(),
            "after": after.model_dump(),
            "taken": taken,
            "granted": granted,
            "reason": PENALTY,
            "cause": cause,
            "policy_version": policy_version,
        },
    )
    notice_of(
        shop_id,
        on=on,
        previous_grade=row.grade,
        grade=row.grade,
        before=before,
        after=after,
        reason=PENALTY,
        policy_version=policy_version,
        reference=event.code,
        now=at,
    ).save()
    return [event]


def held_by(row: Privileges) -> GradePrivileges:
    """What the shop may do now."""
    return _columns(row, "")


def base_of(row: Privileges) -> GradePrivileges:
    """What its grade grants, before penalties."""
    return _columns(row, "base_")


def _columns(row: Privileges, prefix: str) -> GradePrivileges:
    values: dict[str, Any] = {name: _plain(getattr(row, f"{prefix}{name}")) for name in NAMES}
    return GradePrivileges.model_construct(**values)


def _plain(value: bool | int | Decimal) -> bool | int | float:
    return float(value) if isinstance(value, Decimal) else value
