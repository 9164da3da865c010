"""The senders' control totals against the chat log: counting what it holds, and accepting a difference for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils.translation import gettext

from shops.actions.final_days import mark_final_days
from shops.actions.standards import clock_standards
from shops.actions.upsert_rows import upsert_rows
from shops.chat.clock import to_ms
from shops.chat.counts import count_messages
from shops.chat.engine import EngineError, connect
from shops.chat.log import ChatLog, Look, open_log, shard_of
from shops.chat.turns import Span
from shops.models import AuditEntry, ControlTotal, CountedDay, Shop, ShopDay, User

ONE_DAY = timedelta(days=1)
CHUNK_BYTES = 256_000_000
"""Days are counted together up to about this much of the log: far narrower rows than turns are made of."""


class TotalError(ValueError):
    """A control total cannot be accepted as asked; the message says why and what to do."""


@dataclass
class TotalsCounted:
    """What counting a span of one shard did."""

    days_counted: int = 0
    totals_changed: int = 0
    """Rows whose count is another one than before, and those that were made because their sender owes a total."""
    days_marked: int = 0
    """Days of shops that became final or stopped being so."""


def count_control_totals(shard: int, first: date, last: date, *, as_of: datetime) -> TotalsCounted:
    """Count the messages of a shard on those local dates (both included) that have totals, and mark the final days.

    Counted are dates that were over everywhere as of `as_of`, where a total is new or the log's messages changed since;
    where policy requires totals, each shop without one gets a row that says so. Dates that retention has touched keep
    their counts. Safe to run twice, to be killed, and before or after settling; run it after, so that a day of new
    messages is compared the same night.
    """
    log = open_log()
    work = _Counting(log, shard, as_of)
    counted = TotalsCounted()
    if not work.shops:
        return counted
    wanted = work.wanted(first, last)
    for chunk in work.chunks(sorted(wanted)):
        counted.totals_changed += work.count_and_store(chunk, wanted)
        counted.days_counted += len(chunk)
    counted.days_marked = mark_final_days(shard, set(work.shops), first, last)
    return counted


@transaction.atomic
def accept_total(total: ControlTotal, *, by: User, why: str, now: datetime) -> ControlTotal:
    """Accept that the log holds other messages than the sender says: the date is final then. Leaves an audit entry.

    Raises TotalError without a reason, for a total that is met, and for one that was accepted before.
    """
    total = ControlTotal.objects.select_for_update(of=("self",)).select_related("shop").get(pk=total.pk)
    if not why.strip():
        raise TotalError(
            gettext("A difference is accepted for a reason. Say why the log need not hold what the sender says.")
        )
    if total.is_met():
        raise TotalError(gettext("This total is met or was accepted before. There is nothing to accept any more."))
    total.accepted_by, total.accepted_at, total.accepted_why = by, now, why.strip()[:500]
    total.save(update_fields=["accepted_by", "accepted_at", "accepted_why"])
    AuditEntry.objects.create(
        by=by,
        action="accept_total",
        target=f"{total.shop.code} {total.on}"[:300],
        detail={"stated": total.messages, "counted": total.counted, "why": total.accepted_why},
    )
    mark_final_days(shard_of(total.shop.code, open_log().shards), {total.shop_id}, total.on, total.on)
    return total


class _Counting:
    """The work on one shop shard."""

    def __init__(self, log: ChatLog, shard: int, as_of: datetime) -> None:
        self.log, self.shard, self.as_of = log, shard, as_of
        everybody = list(Shop.objects.order_by("pk").values_list("pk", "code", "timezone", "opened_on"))
        mine = set(log.shops_in(shard, [code for _pk, code, _zone, _opened_on in everybody]))
        shops = [row for row in everybody if row[1] in mine]
        self.shops = {pk: code for pk, code, _zone, _opened_on in shops}
        """By primary key, the oldest first."""
        self.zones = {code: zone for _pk, code, zone, _opened_on in shops}
        self._opened_on = {pk: opened_on for pk, _code, _zone, opened_on in shops}
        self._changed: set[date] = set()
        self._seen: dict[date, Look] = {}
        self._zone_digests: dict[int, str] = {}

    def wanted(self, first: date, last: date) -> dict[date, set[int]]:
        """By date the shops to count; dates on which nothing changed are left out. Six queries, more where some owe."""
        over = min(self.as_of.astimezone(ZoneInfo(zone)).date() for zone in set(self.zones.values())) - ONE_DAY
        days = [day for day in _days(first, min(last, over)) if not any(look.dropped for look in self._near(day))]
        if not days:
            return {}
        totals = ControlTotal.objects.filter(on__gte=days[0], on__lte=days[-1]).order_by()
        if self.log.shards > 1:
            totals = totals.filter(shop_id__in=self.shops)
        rows = dict(totals.values_list("on").annotate(Count("pk")))
        counted = {
            day.on: day for day in CountedDay.objects.filter(shard=self.shard, on__gte=days[0], on__lte=days[-1])
        }
        required = self._required(days)
        self._changed = {
            day
            for day in days
            if (day in rows or day in required)
            and (
                day not in counted
                or counted[day].fingerprint != self._fingerprint(day, self._near(day), counted[day].shops)
            )
        }
        found: dict[date, set[int]] = defaultdict(set)
        for shop, day in totals.filter(on__in=self._changed).values_list("shop_id", "on").iterator(20_000):
            found[day].add(shop)
        for shop, day in totals.uncounted().filter(on__in=days).values_list("shop_id", "on").iterator(20_000):
            found[day].add(shop)
        for day, expected in required.items():
            if day in self._changed or rows.get(day, 0) != len(expected):
                found[day] |= expected - set(totals.filter(on=day).values_list("shop_id", flat=True))
        return {day: shops for day, shops in found.items() if shops}

    def chunks(self, days: Sequence[date]) -> Iterator[list[date]]:
        """Runs of consecutive days with a bounded weight of messages."""
        chunk: list[date] = []
        weight = 0
        sizes = self.log.size_of_days(days[0] - ONE_DAY, days[-1] + ONE_DAY, self.shard) if days else {}
        for day in days:
            size = sizes.get(day, 0)
            if chunk and (day != chunk[-1] + ONE_DAY or weight + size > CHUNK_BYTES):
                yield chunk
                chunk, weight = [], 0
            chunk.append(day)
            weight += size
        if chunk:
            yield chunk

    def count_and_store(self, days: Sequence[date], wanted: Mapping[date, set[int]]) -> int:
        """Count consecutive days from one listing of the log; return how many totals changed. One transaction."""
        shops = {self.shops[pk] for day in days for pk in wanted[day]}
        zones = {shop: self.zones[shop] for shop in shops}
        starts, ends = (
            to_ms(datetime.combine(day, time(), UTC)) for day in (days[0] - ONE_DAY, days[-1] + 2 * ONE_DAY)
        )
        span = Span(starts, starts, ends, to_ms(self.as_of))
        while True:
            look = self.log.look(days[0] - ONE_DAY, days[-1] + ONE_DAY, self.shard)
            try:
                with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
                    found = count_messages(con, [part.path for part in look.parts], zones, span)
            except EngineError:
                if look == self.log.look(days[0] - ONE_DAY, days[-1] + ONE_DAY, self.shard):
                    raise
            else:
                return self._store(days, wanted, found, look)

    def _store(
        self,
        days: Sequence[date],
        wanted: Mapping[date, set[int]],
        found: Mapping[tuple[str, date], int],
        look: Look,
    ) -> int:
        stored = ControlTotal.objects.filter(on__gte=days[0], on__lte=days[-1]).order_by()
        known = {(shop, day): n for shop, day, n in stored.values_list("shop_id", "on", "counted").iterator(20_000)}
        known_shops = len(self.shops)
        now = connection.ops.adapt_datetimefield_value(self.as_of)
        counts = {(pk, day): found.get((self.shops[pk], day), 0) for day in days for pk in sorted(wanted[day])}
        rows = [(pk, day.isoformat(), n, now) for (pk, day), n in counts.items() if known.get((pk, day)) != n]
        with transaction.atomic():
            upsert_rows(ControlTotal, ("shop_id", "on", "counted", "counted_at"), rows, key=("shop_id", "on"))
            CountedDay.objects.bulk_create(
                [
                    CountedDay(
                        on=day,
                        shard=self.shard,
                        fingerprint=self._fingerprint(day, [look], known_shops),
                        shops=known_shops,
                    )
                    for day in days
                    if day in self._changed
                ],
                update_conflicts=True,
                unique_fields=["on", "shard"],
                update_fields=["fingerprint", "shops"],
            )
        return len(rows)

    def _required(self, days: Sequence[date]) -> dict[date, set[int]]:
        """By date that requires totals the shops that owe one: those that were open, or had messages, by then."""
        required = [
            day
            for starts_on, ends_on, standard in clock_standards(days[0], days[-1])
            if standard.control_totals == "required"
            for day in days
            if starts_on <= day <= ends_on
        ]
        if not required:
            return {}
        owes_from = {pk: opened_on for pk, opened_on in self._opened_on.items() if opened_on is not None}
        begun = ShopDay.objects.filter(shop__opened_on__isnull=True).order_by().values_list("shop_id")
        owes_from |= {pk: first_on for pk, first_on in begun.annotate(Min("on")) if pk in self.shops}
        return {day: {pk for pk, first_on in owes_from.items() if first_on <= day} for day in required}

    def _near(self, day: date) -> list[Look]:
        """What the log holds of the UTC days that a local date can touch; each is listed once."""
        near = [day - ONE_DAY, day, day + ONE_DAY]
        for on in near:
            if on not in self._seen:
                self._seen[on] = self.log.look(on, on, self.shard)
        return [self._seen[on] for on in near]

    def _fingerprint(self, day: date, looks: Iterable[Look], shops: int) -> str:
        """A digest of all that a day's counts follow from: the messages near it, and the zones of the oldest shops."""
        sources = {on: source for look in looks for on, source in look.sources.items()}
        near = [sources.get(day + distance * ONE_DAY) for distance in (-1, 0, 1)]
        if shops not in self._zone_digests:
            zones = [(code, self.zones[code]) for code in list(self.shops.values())[:shops]]
            self._zone_digests[shops] = sha256(repr(zones).encode()).hexdigest()
        return sha256(repr((near, self._zone_digests[shops])).encode()).hexdigest()


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
