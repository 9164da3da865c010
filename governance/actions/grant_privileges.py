"""Privileges: the row that other systems read, kept equal to what the grade grants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from governance.models import ShopRating
from governance.policy.schema import GradePrivileges
from shops.actions.upsert_rows import upsert_rows
from shops.models import Privileges, PrivilegesChange

NAMES = tuple(GradePrivileges.model_fields)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a rating grants a shop."""

    grade: str
    privileges: GradePrivileges
    reason: str
    policy_version: int


@transaction.atomic
def grant_privileges(on: date, grants: Mapping[int, Grant]) -> tuple[int, int]:
    """Make the privileges of shops (by primary key) what their grades grant as of `on`; keep what changed.

    Returns how many shops got their privileges changed, and how many of those lost something. A shop that was rated for
    a later day already, or whose privileges follow from one, stays as it is: rating the past changes nothing today. The
    rows are locked, in the order of the shops.
    """
    if not grants:
        return 0, 0
    held = {row.shop_id: row for row in Privileges.objects.select_for_update().order_by("shop_id")}
    rated_later = set(ShopRating.objects.filter(on__gt=on).values_list("shop_id", flat=True).distinct())
    rows, changes = [], []
    losses = 0
    for shop_id, grant in sorted(grants.items()):
        row = held.get(shop_id)
        if shop_id in rated_later or (row is not None and row.in_force_on > on):
            continue
        before = _as_granted(row) if row is not None else None
        if row is not None and before == grant.privileges and row.grade == grant.grade:
            continue
        taken = grant.privileges.smaller_than(before) if before is not None else ()
        granted = before.smaller_than(grant.privileges) if before is not None else ()
        losses += bool(taken)
        values = [_stored(getattr(grant.privileges, name)) for name in NAMES]
        rows.append((shop_id, grant.grade, on.isoformat(), *values))
        if row is None or row.in_force_on < on or taken or granted or row.grade != grant.grade:
            changes.append(
                (
                    shop_id,
                    on.isoformat(),
                    grant.grade,
                    row.grade if row is not None else "",
                    json.dumps(taken),
                    json.dumps(granted),
                    grant.reason,
                    grant.policy_version,
                    *values,
                )
            )
    upsert_rows(Privileges, ("shop_id", "grade", "in_force_on", *NAMES), rows, key=("shop_id",))
    told = ("shop_id", "on", "grade", "previous_grade", "taken", "granted", "reason", "policy_version", *NAMES)
    upsert_rows(PrivilegesChange, told, changes, key=("shop_id", "on"))
    return len(rows), losses


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
