"""The measures of one window over many computed days, shard by shard, as rating days read them."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from benchmarks.made.marketplace import FIRST_DAY, Marketplace, clock_standard, day_ms
from benchmarks.made.turns import day_files
from benchmarks.measuring import CORES, Meter
from shops.chat.engine import connect, quoted
from shops.chat.log import shard_of
from shops.chat.measures import ESCALATION_SCHEMA, FEEDBACK_SCHEMA, Targets, compute_measures, load_buyers_word
from shops.chat.turns import Span, load_calendars

ENGINE_MEMORY_MB = 1_200
READ = "shop_id, buyer_id, local_date, wait_ms, effective_wait_ms, credit, state, counted, first_of_contact"
"""The columns of turns that measures.sql reads."""


def prepare(meter: Meter, **shape: int) -> None:
    """Make the files of computed days where the cache has none."""
    files = day_files(**shape)
    last = FIRST_DAY + timedelta(days=shape["days"] - 1)
    for shard in range(shape["shards"]):
        for path in files.paths("turns", FIRST_DAY, last, shard):
            meter.count("bytes", path.stat().st_size)


def hash_columns(meter: Meter, **shape: int) -> None:
    """The floor: read every needed column of every file of turns and hash it."""
    files = day_files(**shape)
    last = FIRST_DAY + timedelta(days=shape["days"] - 1)
    sums = " + ".join(f"sum(hash({name}))" for name in READ.split(", "))
    for shard in range(shape["shards"]):
        paths = files.paths("turns", FIRST_DAY, last, shard)
        with connect(memory_mb=ENGINE_MEMORY_MB, threads=CORES) as con, meter.step("floor"):
            con.execute(f"select {sums} from read_parquet({quoted(paths)}, hive_partitioning = false)").fetchall()


def read_window(meter: Meter, **shape: int) -> None:
    """One window over all days: measures of every shop and agent, with exact quantiles."""
    files = day_files(**shape)
    standard = clock_standard()
    market = Marketplace.of_size(shape["shops"])
    book = market.book(standard)
    days = [FIRST_DAY + timedelta(days=number) for number in range(shape["days"])]
    starts, ends = day_ms(days[0]), day_ms(days[-1] + timedelta(days=1))
    for shard in range(shape["shards"]):
        shops = [shop for shop in market.shops if shard_of(shop, shape["shards"]) == shard]
        with connect(memory_mb=ENGINE_MEMORY_MB, threads=CORES) as con:
            with meter.step("calendars"):
                files.attach(con, days[0], days[-1], shard)
                load_calendars(con, book.only(shops).calendars(starts, ends), Span(starts, starts, ends, ends), 0)
                load_buyers_word(con, pa.table([[]] * 5, FEEDBACK_SCHEMA), pa.table([[]] * 4, ESCALATION_SCHEMA))
            with meter.step("measures.sql"):
                measures = compute_measures(con, [(days[-1], day) for day in days], Targets.from_standard(standard))
            with meter.step("rows to Python"):
                meter.count("measures", sum(1 for _ in measures))
            found = con.execute("select count(*) from turns").fetchall()
            meter.count("turns", int(found[0][0]))
