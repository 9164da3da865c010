"""Turns and measures, step by step, with the functions that settle_days uses."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.made.marketplace import FIRST_DAY, Marketplace, clock_standard
from benchmarks.made.messages import Shape, chat_log, feedback_and_cases
from benchmarks.measuring import CORES, Meter
from shops.actions.settle_days import CHUNK_BYTES, reach_of_day
from shops.chat.calendars import CalendarBook
from shops.chat.days import DayFiles, Manifest
from shops.chat.engine import Connection, connect, quoted, read_sql
from shops.chat.log import ChatLog, Part, shard_of, utc_day
from shops.chat.measures import Targets, compute_measures, load_buyers_word
from shops.chat.standard import ClockStandard
from shops.chat.turns import MESSAGE_COLUMNS, Span, TurnRules, load_calendars, load_messages, load_rules

ENGINE_MEMORY_MB = 1_200


def prepare(meter: Meter, **shape: int) -> None:
    """Make the chat log where the cache has none."""
    log = chat_log(Shape(**shape))
    for shard in range(log.shards):
        feedback_and_cases(log, shard)
    meter.count("parts", len(_all_parts(log)))


def hash_columns(meter: Meter, **shape: int) -> None:
    """The floor: read every needed column of every part and hash it."""
    parts = [part.path for part in _all_parts(chat_log(Shape(**shape)))]
    sums = " + ".join(f"sum(hash({name}))" for name in MESSAGE_COLUMNS.split(", "))
    with connect(memory_mb=ENGINE_MEMORY_MB, threads=CORES) as con, meter.step("floor"):
        con.execute(f"select {sums} from read_parquet({quoted(parts)}, hive_partitioning = false)").fetchall()


def settle(meter: Meter, **shape: int) -> None:
    """What settle_days does with every shard, without the web database."""
    log = chat_log(Shape(**shape))
    meter.count("parts", len(_all_parts(log)))
    standard = clock_standard()
    market = Marketplace.of_size(shape["shops"])
    book = market.book(standard)
    days = [FIRST_DAY + timedelta(days=number) for number in range(shape["days"])]
    with tempfile.TemporaryDirectory(prefix="openline-bench-days-") as folder:
        for shard in range(log.shards):
            shops = [shop for shop in market.shops if shard_of(shop, log.shards) == shard]
            work = ShardWork(meter, log, shard, book.only(shops), standard, DayFiles(Path(folder)))
            for chunk in work.chunks(days):
                work.settle(chunk)


@dataclass
class ShardWork:
    """The work on one shard."""

    meter: Meter
    log: ChatLog
    shard: int
    book: CalendarBook
    standard: ClockStandard
    files: DayFiles

    def chunks(self, days: Sequence[date]) -> Iterator[list[date]]:
        """Consecutive days, cut as settle_days cuts them."""
        sizes = self.log.size_of_days(days[0] - timedelta(days=1), days[-1] + timedelta(days=1), self.shard)
        chunk: list[date] = []
        weight = 0
        for day in days:
            size = sizes.get(day, 0)
            if chunk and weight + size > CHUNK_BYTES:
                yield chunk
                chunk, weight = [], 0
            chunk.append(day)
            weight += size
        yield chunk

    def settle(self, days: Sequence[date]) -> None:
        """Turns, contacts and measures of consecutive days together, as of a day on which all of it has settled."""
        meter, standard = self.meter, self.standard
        reads_from = reach_of_day(self.book, days[0], standard)[0]
        reads_to = reach_of_day(self.book, days[-1], standard)[1]
        starts = self.book.local_bounds(days[0], days[-1])[0]
        span = Span(reads_from, starts - standard.answer_window_ms, reads_to, reads_to)
        rules, targets = TurnRules.from_standard(standard), Targets.from_standard(standard)
        parts = self.log.parts(utc_day(reads_from), utc_day(reads_to - 1), self.shard)
        feedback, cases = (pq.read_table(path) for path in feedback_and_cases(self.log, self.shard))
        with connect(memory_mb=ENGINE_MEMORY_MB, threads=CORES) as con:
            with meter.step("rules and calendars"):
                load_rules(con, rules, span.as_of_ms)
                load_calendars(con, self.book.calendars(reads_from, reads_to), span, rules.window_ms)
            with meter.step("load: repeats and order"):
                load_messages(con, [part.path for part in parts], span)
            with meter.step("turns.sql"):
                con.execute(f"create or replace temp table turns as {read_sql('turns')}")
            with meter.step("contacts.sql"):
                con.execute(f"create or replace temp table contacts as {read_sql('contacts')}")
            with meter.step("stars and cases"):
                load_buyers_word(con, feedback, cases)
            with meter.step("measures.sql"):
                compute_measures(con, [(days[-1], day) for day in days], targets)
            with meter.step("measures by day"):
                measures = compute_measures(con, [(day, day) for day in days], targets)
            with meter.step("rows to Python"):
                meter.count("measures", sum(1 for _ in measures))
            with meter.step("write files"):
                for day in days:
                    rows, sizes = self.files.write(con, day, self.shard)
                    names = [part.name for part in parts]
                    self.files.write_manifest(day, self.shard, Manifest("", names, span.as_of_ms, True, rows, sizes))
            for table in ("messages", "turns", "contacts"):
                meter.count(table, _rows_of(con, table))


def _rows_of(con: Connection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])


def _all_parts(log: ChatLog) -> list[Part]:
    days = log.days()
    return log.parts(days[0], days[-1])
