"""Which dates are final for which shops: all turns have settled, and control totals are met where policy asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import Q

from shops.actions.standards import NoStandardError, clock_standards
from shops.models import AgentDay, ComputedDay, ControlTotal, ShopDay
from shops.models.intake import ControlTotalQuerySet

Pair = tuple[int, date]
"""A shop's primary key and a date."""


def unmet_totals(first: date, last: date) -> ControlTotalQuerySet:
    """The totals between two dates (included) that keep their date from being final; each date obeys its own standard.

    One query at once.
    """
    asked_for = Q(pk__in=())
    try:
        spans = clock_standards(first, last)
    except NoStandardError:
        spans = []
    for starts_on, ends_on, standard in spans:
        mine = Q(on__gte=starts_on, on__lte=ends_on)
        if standard.control_totals == "required":
            asked_for |= mine
        elif standard.control_totals == "where_given":
            asked_for |= mine & Q(messages__isnull=False)
    return ControlTotal.objects.unmet().filter(asked_for)


def find_unmet_pairs(first: date, last: date, shops: Collection[int]) -> set[Pair]:
    """The dates between two (included) that are not final for one of these shops, whatever has settled. Two queries."""
    unmet = unmet_totals(first, last).order_by().values_list("shop_id", "on")
    return {pair for pair in unmet.iterator(20_000) if pair[0] in shops}


def find_dates_left_out(first: date, last: date) -> Mapping[str, tuple[date, ...]]:
    """By shop id the dates between two (included) that no window of the shop may use, rising. Two queries."""
    found: dict[str, list[date]] = defaultdict(list)
    for shop, day in unmet_totals(first, last).order_by("on").values_list("shop__code", "on").iterator(20_000):
        found[shop].append(day)
    return {shop: tuple(days) for shop, days in found.items()}


@transaction.atomic
def mark_final_days(shard: int, shops: Collection[int], first: date, last: date) -> int:
    """Let the stored days of some shops of a shard, and of their agents, say whether they are final.

    Returns how many of the shops' days changed. A day is final when all turns of its shard have settled and none of
    the shop's totals is unmet. Safe to run twice, before and after settling. Five queries, and two for each date on
    which something changed.
    """
    unmet = find_unmet_pairs(first, last, shops)
    computed = ComputedDay.objects.filter(shard=shard, on__gte=first, on__lte=last, is_final=True)
    settled = list(computed.values_list("on", flat=True))
    held = _pairs({day for _shop, day in unmet}, shops, is_final=True) & unmet
    freed = _pairs(settled, shops, is_final=False) - unmet
    for pairs, is_final in ((held, False), (freed, True)):
        for day, owners in _by_day(pairs).items():
            ShopDay.objects.filter(on=day, shop_id__in=owners).update(is_final=is_final)
            AgentDay.objects.filter(on=day, agent__shop_id__in=owners).update(is_final=is_final)
    return len(held) + len(freed)


def _pairs(days: Collection[date], shops: Collection[int], *, is_final: bool) -> set[Pair]:
    if not days:
        return set()
    rows = ShopDay.objects.filter(on__in=days, is_final=is_final).order_by().values_list("shop_id", "on")
    return {pair for pair in rows.iterator(20_000) if pair[0] in shops}


def _by_day(pairs: Iterable[Pair]) -> dict[date, list[int]]:
    found: dict[date, list[int]] = defaultdict(list)
    for shop, day in sorted(pairs):
        found[day].append(shop)
    return found
