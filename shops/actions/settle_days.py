"""From the chat log to turns, contacts and the measures of days: the facts of a span of local dates, kept up to date.

A day is computed when it never was, when the log holds other parts than those it was computed from, when the clock's
rules or a calendar changed, or while later messages may still settle something; otherwise it is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import digest_buyers_word, load_buyers_word_between, load_templates
from shops.actions.progress import Progress, Report, keep_quiet
from shops.actions.standards import clock_standards
from shops.actions.store_days import Known, store_day_measures
from shops.chat.calendars import CalendarBook
from shops.chat.clock import DAY_MS, from_ms, to_ms
from shops.chat.days import DayFiles, Manifest
from shops.chat.engine import Connection, EngineError, connect
from shops.chat.log import ChatLog, Look, open_log, utc_day
from shops.chat.measures import Targets, compute_measures, load_buyers_word
from shops.chat.standard import ClockStandard
from shops.chat.turns import Span, TurnRules, compute_turns, load_messages, load_rules, unknown_shops
from shops.chat.turns import load_calendars as put_calendars
from shops.models import ComputedDay

CHUNK_BYTES = 64_000_000
"""Days are computed together up to about this much of the log, so that a quiet day costs next to nothing."""
HALF_DAY_MS = DAY_MS // 2


@dataclass
class Settled:
    """What settling a span did."""

    days_computed: int = 0
    days_kept: int = 0
    days_frozen: int = 0
    """Of the days kept: those that would want computing, but whose messages retention has dropped."""
    turns: int = 0
    unknown_shop_messages: int = 0
    unknown_agents: set[tuple[str, str]] = field(default_factory=set)
    set_aside: list[tuple[str, str]] = field(default_factory=list)
    """(name of the part, reason)."""
    set_aside_before: list[tuple[str, str]] = field(default_factory=list)
    """The same of former runs, as long as the parts are there."""

    def merge(self, other: Settled) -> None:
        """Add what settling another shard or span did."""
        self.days_computed += other.days_computed
        self.days_kept += other.days_kept
        self.days_frozen += other.days_frozen
        self.turns += other.turns
        self.unknown_shop_messages += other.unknown_shop_messages
        self.unknown_agents |= other.unknown_agents
        self.set_aside += other.set_aside
        self.set_aside_before = sorted({*self.set_aside_before, *other.set_aside_before})

    def to_counts(self) -> dict[str, int]:
        """Numbers that add up over shards, for JSON."""
        return {
            "days_computed": self.days_computed,
            "days_kept": self.days_kept,
            "days_frozen": self.days_frozen,
            "turns": self.turns,
            "unknown_shop_messages": self.unknown_shop_messages,
            "unknown_agents": len(self.unknown_agents),
            "set_aside": len(self.set_aside),
        }


def settle_days(first: date, last: date, *, as_of: datetime, report: Report = keep_quiet) -> Settled:
    """Bring the turns, contacts and day measures of the local dates from `first` to `last` (included) up to date.

    Safe to run twice and to be killed: a day's files are declared whole only after its measures are stored.
    """
    log = open_log()
    settled = _start(log)
    for span in _spans(first, last, as_of):
        for shard in range(log.shards):
            _ShardWork(log, shard, span, settled).settle(report)
    return settled


def settle_shard(shard: int, first: date, last: date, *, as_of: datetime, report: Report = keep_quiet) -> Settled:
    """Do for one shop shard what settle_days does for all, so that many workers can share a span."""
    log = open_log()
    settled = _start(log)
    for span in _spans(first, last, as_of):
        _ShardWork(log, shard, span, settled).settle(report)
    return settled


def dirty_days(shard: int, first: date, last: date, *, as_of: datetime) -> list[date]:
    """Those local dates from `first` to `last` (included) of a shop shard that settle_shard would compute, in order.

    Read off the names of the log's parts, the manifests and the calendars; no part is opened.
    """
    log = open_log()
    return [
        day for span in _spans(first, last, as_of) for day in _ShardWork(log, shard, span, Settled()).days_to_compute()
    ]


def _start(log: ChatLog) -> Settled:
    return Settled(set_aside_before=[(note["part"], note["reason"]) for note in log.aside()])


@dataclass(frozen=True, slots=True)
class _Span:
    """Local dates (both included) under one clock standard, and what the web database says about all of their shops."""

    first: date
    last: date
    standard: ClockStandard
    as_of_ms: int
    book: CalendarBook
    known: Known
    buyers_word: Mapping[date, str]


def _spans(first: date, last: date, as_of: datetime) -> Iterator[_Span]:
    as_of_ms = to_ms(as_of)
    for starts_on, ends_on, standard in clock_standards(first, last):
        book = load_calendars(standard)
        known = Known.load()  # After the calendars: whoever has one is known.
        since, until = reach_of_day(book, starts_on, standard)[0], reach_of_day(book, ends_on, standard)[1]
        buyers_word = digest_buyers_word(since, until, as_of_ms)
        yield _Span(starts_on, ends_on, standard, as_of_ms, book, known, buyers_word)


def reach_of_day(book: CalendarBook, day: date, standard: ClockStandard) -> tuple[int, int]:
    """The instants, in milliseconds, between which messages can touch a local date of any shop."""
    starts, ends = book.local_bounds(day, day)
    after = max(standard.answer_window_ms, standard.resolution_ms)
    return _day_floor(starts - 3 * standard.answer_window_ms - 1), _day_ceil(ends + after + 1)


def final_from(book: CalendarBook, day: date, standard: ClockStandard) -> int:
    """The first instant, in milliseconds, as of which every turn of a local date has settled.

    Where often repeated replies are brush-offs, the whole UTC day of the last possible answer must be over.
    """
    ends = book.local_bounds(day, day)[1] + standard.answer_window_ms + 1
    return _day_ceil(ends) if standard.repeated_reply else ends


class _ShardWork:
    """The work on one shop shard over one span."""

    def __init__(self, log: ChatLog, shard: int, span: _Span, settled: Settled) -> None:
        self.log, self.shard, self.span, self.standard, self.settled = log, shard, span, span.standard, settled
        shops = log.shops_in(shard, span.book.of_shop)
        self.everyone, self.book = span.book, span.book.only(shops)
        self.buyers_word, self.known = span.buyers_word, span.known.only(shops)
        self.as_of_ms = span.as_of_ms
        self.files = DayFiles(log.root)
        self.rules = TurnRules.from_standard(span.standard)
        self.templates = load_templates(shops)
        self._seen: dict[date, Look] = {}
        self.inputs = repr((self.rules, self.templates, Targets.from_standard(span.standard)))

    def days_to_compute(self) -> list[date]:
        """The days of the span that need it, in order."""
        first, last = self.span.first, self.span.last
        computed = ComputedDay.objects.filter(shard=self.shard, on__gte=first, on__lte=last)
        stored = dict(computed.values_list("on", "fingerprint"))
        return [day for day in _days(first, last) if self._needs_work(day, stored.get(day))]

    def settle(self, report: Report) -> None:
        """Compute the days that need it, in chunks of about CHUNK_BYTES of messages."""
        todo = self.days_to_compute()
        self.settled.days_kept += (self.span.last - self.span.first).days + 1 - len(todo)
        done = 0
        for chunk in self._chunks(todo):
            report(Progress("settle", done, len(todo), f"{chunk[0]} … {chunk[-1]}"))
            self._compute(chunk)
            done += len(chunk)
        report(Progress("settle", done, len(todo)))

    def _needs_work(self, day: date, stored: str | None) -> bool:
        manifest = self.files.read_manifest(day, self.shard)
        sources, is_frozen = self._sources_of(day)
        if manifest is None:
            return not is_frozen and (bool(sources) or stored is not None)
        if (
            manifest.fingerprint() != stored
            or (not manifest.is_settled and manifest.as_of_ms != self.as_of_ms)
            or manifest.sources != sources
            or manifest.inputs != self._inputs(day, manifest.shops)
        ):
            self.settled.days_frozen += is_frozen
            return not is_frozen
        unknown = {(shop, agent) for shop, agent in manifest.unknown_agents}
        if not unknown.isdisjoint(self.known.agents) or not self.known.shops.keys().isdisjoint(manifest.unknown_shops):
            self.settled.days_frozen += is_frozen
            return not is_frozen
        self.settled.unknown_agents |= unknown
        return False

    def _inputs(self, day: date, shops: int) -> str:
        since, until = reach_of_day(self.book, day, self.standard)
        digest = self.book.digest(since, until, shops)
        words = [self.buyers_word.get(on, "") for on in _days(utc_day(since), utc_day(until - 1))]
        return sha256(f"{self.inputs}{digest}{words}".encode()).hexdigest()

    def _look(self, first: date, last: date) -> Look:
        """What the log holds now that can touch some days."""
        starts = reach_of_day(self.book, first, self.standard)[0]
        ends = reach_of_day(self.book, last, self.standard)[1]
        return self.log.look(utc_day(starts), utc_day(ends - 1), self.shard)

    def _sources_of(self, day: date) -> tuple[list[str], bool]:
        """What a day would be computed from, and whether some of it was dropped: then it stays as it is for ever.

        Each day of the log is listed once for all the days that it touches.
        """
        since, until = reach_of_day(self.book, day, self.standard)
        near = list(_days(utc_day(since), utc_day(until - 1)))
        for on in near:
            if on not in self._seen:
                self._seen[on] = self.log.look(on, on, self.shard)
        looks = [self._seen[on] for on in near]
        return [source for look in looks for source in _sources(look, near)], any(look.dropped for look in looks)

    def _chunks(self, days: Sequence[date]) -> Iterator[list[date]]:
        """Runs of consecutive days with a bounded weight of messages."""
        if not days:
            return
        sizes = self.log.size_of_days(days[0] - timedelta(days=1), days[-1] + timedelta(days=1), self.shard)
        chunk: list[date] = []
        weight = 0
        for day in days:
            size = sizes.get(day, 0)
            if chunk and (day != chunk[-1] + timedelta(days=1) or weight + size > CHUNK_BYTES):
                yield chunk
                chunk, weight = [], 0
            chunk.append(day)
            weight += size
        yield chunk

    def _compute(self, days: list[date]) -> None:
        """Compute consecutive days together; a part that cannot be read is set aside and the days computed without."""
        while True:
            look = self._look(days[0], days[-1])
            try:
                with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
                    self._compute_from(con, days, look)
            except EngineError:
                broken = self.log.find_unreadable(look.parts)
                if not broken and look == self._look(days[0], days[-1]):
                    raise
                for part, reason in broken:
                    self.log.set_aside(part, reason)
                    self.settled.set_aside.append((part.path.name, reason))
            else:
                return

    def _compute_from(self, con: Connection, days: list[date], look: Look) -> None:
        first, last = days[0], days[-1]
        starts, _ends = self.book.local_bounds(first, last)
        reads_from = reach_of_day(self.book, first, self.standard)[0]
        reads_to = reach_of_day(self.book, last, self.standard)[1]
        # Often repeated replies are counted over whole UTC days, whichever conversations they were sent in.
        active_from = min(starts - self.standard.answer_window_ms, _day_floor(starts))
        span = Span(reads_from, active_from, reads_to, self.as_of_ms)
        load_rules(con, self.rules, self.as_of_ms, self.templates)
        put_calendars(con, self.book.calendars(reads_from, reads_to), span, self.rules.window_ms)
        self.settled.unknown_shop_messages += load_messages(con, [part.path for part in look.parts], span)
        compute_turns(con)
        load_buyers_word(con, *load_buyers_word_between(starts - HALF_DAY_MS, reads_to, self.as_of_ms))
        written = {day: self.files.write(con, day, self.shard) for day in days}
        targets = Targets.from_standard(self.standard)
        measures = compute_measures(con, [(day, day) for day in days], targets, self.as_of_ms)
        final = {day for day in days if self.as_of_ms >= final_from(self.everyone, day, self.standard)}
        with transaction.atomic():
            unknown = store_day_measures(measures, days, final, self.known)
            strangers = [shop for shop, _messages in unknown_shops(con)]
            manifests = {
                day: self._manifest(day, look, *written[day], day in final, unknown.get(day, []), strangers)
                for day in days
            }
            self._declare(manifests, final)
        for day, manifest in manifests.items():
            self.files.write_manifest(day, self.shard, manifest)
            self.settled.unknown_agents |= set(manifest.unknown_agents)
        self.settled.days_computed += len(days)
        self.settled.turns += sum(manifest.rows["turns"] for manifest in manifests.values())

    def _manifest(
        self,
        day: date,
        look: Look,
        rows: dict[str, int],
        sizes: dict[str, int],
        is_final: bool,
        unknown_agents: list[tuple[str, str]],
        strangers: list[str],
    ) -> Manifest:
        """What is said of a day: `look` is what was read, whatever came in since."""
        since, until = reach_of_day(self.book, day, self.standard)
        return Manifest(
            inputs=self._inputs(day, len(self.book.of_shop)),
            sources=_sources(look, _days(utc_day(since), utc_day(until - 1))),
            as_of_ms=self.as_of_ms,
            is_settled=is_final and self.as_of_ms >= until,
            rows=rows,
            bytes=sizes,
            unknown_agents=unknown_agents,
            shops=len(self.book.of_shop),
            unknown_shops=strangers,
        )

    def _declare(self, manifests: dict[date, Manifest], final: set[date]) -> None:
        rows = (
            ComputedDay(
                on=day,
                shard=self.shard,
                fingerprint=manifest.fingerprint(),
                as_of=from_ms(manifest.as_of_ms),
                is_final=day in final,
                turns=manifest.rows["turns"],
            )
            for day, manifest in manifests.items()
        )
        ComputedDay.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["on", "shard"],
            update_fields=["fingerprint", "as_of", "is_final", "turns"],
        )


def _sources(look: Look, days: Iterable[date]) -> list[str]:
    """What a manifest keeps of some UTC days: one text for each that holds messages."""
    return [f"{day} {look.sources[day]}" for day in days if day in look.sources]


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day_floor(ms: int) -> int:
    return ms // DAY_MS * DAY_MS


def _day_ceil(ms: int) -> int:
    return -(-ms // DAY_MS) * DAY_MS
