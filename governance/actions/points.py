"""The ledger of points: entered, taken back, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from governance.actions.marketplace import in_chunks
from governance.formulas.ladders import Fallen, balance_on
from governance.models import Decision, PointEntry
from governance.policy.ladders import compile_ladder
from governance.policy.schema import PolicyDocument

COLUMNS: Final = ("shop_id", "ladder", "points", "fell_on")


def balances_of(
    shop_ids: Iterable[int],
    on: date,
    document: PolicyDocument,
    *,
    known_by: datetime | None = None,
    without: Decision | None = None,
) -> dict[int, dict[str, int]]:
    """The points in force on a day, by shop (primary key) and ladder; shops and ladders without any are left out.

    A ladder that the policy no longer has counts no points. `known_by`: only what was entered by then; `without`: as if
    that decision had never been. One query for ten thousand shops.
    """
    entries: dict[tuple[int, str], list[Fallen]] = defaultdict(list)
    for some in in_chunks(shop_ids):
        rows = PointEntry.objects.filter(shop__in=some, fell_on__lte=on)
        if known_by is not None:
            rows = rows.filter(entered_at__lte=known_by)
        if without is not None:
            rows = rows.exclude(decision=without)
        for shop_id, ladder, points, fell_on in rows.order_by("pk").values_list(*COLUMNS):
            entries[shop_id, ladder].append(Fallen(points, fell_on))
    return _added_up(entries, on, document)


def balance_of(
    shop_id: int, ladder: str, on: date, document: PolicyDocument, *, without: Decision | None = None
) -> int:
    """The points of one class in force on a day."""
    return balances_of([shop_id], on, document, without=without).get(shop_id, {}).get(ladder, 0)


def enter_points(
    decision: Decision, ladder: str, points: int, *, at: datetime, kind: str = PointEntry.Kind.INCURRED
) -> PointEntry | None:
    """Add points that fall on the local date of `at` to the ledger; nothing for 0 points. The shop must be locked."""
    if not points:
        return None
    return PointEntry.objects.create(
        shop_id=decision.shop_id,
        decision=decision,
        ladder=ladder,
        kind=kind,
        points=points,
        fell_on=timezone.localdate(at),
        entered_at=at,
    )


def reverse_points(decision: Decision, *, at: datetime) -> list[PointEntry]:
    """Take back every entry of a decision that was not taken back yet, each on the day that it fell on."""
    standing = PointEntry.objects.filter(decision=decision, reverses=None, reversed_by=None).order_by("pk")
    return [
        PointEntry.objects.create(
            shop_id=entry.shop_id,
            decision=decision,
            ladder=entry.ladder,
            kind=PointEntry.Kind.REVERSED,
            points=-entry.points,
            fell_on=entry.fell_on,
            reverses=entry,
            entered_at=at,
        )
        for entry in standing
    ]


def _added_up(
    entries: Mapping[tuple[int, str], list[Fallen]], on: date, document: PolicyDocument
) -> dict[int, dict[str, int]]:
    ladders = {ladder.key: compile_ladder(ladder) for ladder in document.violations.ladders}
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for (shop_id, key), fallen in entries.items():
        balance = balance_on(ladders[key], fallen, on) if key in ladders else 0
        if balance:
            found[shop_id][key] = balance
    return dict(found)
