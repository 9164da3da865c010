"""`import chat` from Parquet, with every check, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from benchmarks.made.marketplace import Marketplace
from benchmarks.made.messages import Shape, message_file
from benchmarks.made.tables import fill_shops
from benchmarks.measuring import Cost, Meter, cpu_seconds
from shops.chat import messages
from shops.chat.log import Appended, ChatLog
from shops.chat.messages import Check
from shops.chat.rejects import Reject
from shops.imports.chat import ChatImport
from shops.imports.files import Batch, Source
from shops.imports.kinds import CHAT, COLUMNS, clock_standard_at
from shops.imports.opening import open_source


def prepare(meter: Meter, **shape: int) -> None:
    """Make the file where the cache has none."""
    meter.count("bytes", message_file(Shape(**shape)).stat().st_size)


def import_chat(meter: Meter, **shape: int) -> None:
    """Import the file into a new log, its shops and agents being known, as the command does."""
    path = message_file(Shape(**shape))
    call_command("migrate", verbosity=0)
    market = Marketplace.of_size(shape["shops"])
    fill_shops(market)
    parts = Stopwatch()
    steps = tuple((name, parts.timed(f"check: {name}", check)) for name, check in messages.CHECKS)
    setattr(messages, "CHECKS", steps)  # noqa: B010 - final for everybody else
    now = timezone.now()
    with meter.step("import"):
        with parts.measure("known shops and agents"):
            log = TimedLog(parts, settings.CHAT_LOG_DIR, shape["shards"])
            chat = ChatImport(log, now, clock_standard_at(now))
        source = TimedSource(parts, open_source(path, COLUMNS[CHAT]))
        tally = chat.run(source, reject=_nowhere)
    taken = {name: [cost.wall_seconds, cost.cpu_seconds] for name, cost in parts.costs.items()}
    with meter.step("the same file again"):
        again = ChatImport(ChatLog(settings.CHAT_LOG_DIR), timezone.now(), clock_standard_at(now))
        repeated = again.run(open_source(path, COLUMNS[CHAT]), reject=_nowhere)
    meter.facts |= {
        "rows": tally.read,
        "new": tally.new,
        "repeated": tally.repeated,
        "rejected": tally.rejected,
        "repeated again": repeated.repeated,
        "file bytes": path.stat().st_size,
        "log bytes": sum(part.stat().st_size for part in Path(settings.CHAT_LOG_DIR).rglob("*.parquet")),
        "parts": taken,
    }


class Stopwatch:
    """Seconds by name of what happens inside one step."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}

    def measure(self, name: str) -> Lap:
        """A context that adds its seconds to a name."""
        return Lap(self.costs.setdefault(name, Cost()))

    def timed(self, name: str, check: Callable[[Check], None]) -> Callable[[Check], None]:
        """The same check, measured."""

        def measured(check_: Check) -> None:
            with self.measure(name):
                check(check_)

        return measured


class Lap:
    """Adds the seconds between entering and leaving to a cost."""

    def __init__(self, cost: Cost) -> None:
        self.cost = cost

    def __enter__(self) -> None:
        self.began = (time.perf_counter(), cpu_seconds())

    def __exit__(self, *_error: object) -> None:
        self.cost.wall_seconds += time.perf_counter() - self.began[0]
        self.cost.cpu_seconds += cpu_seconds() - self.began[1]


class TimedLog(ChatLog):
    """A chat log whose appends are measured."""

    def __init__(self, parts: Stopwatch, root: Path, shards: int) -> None:
        super().__init__(root, shards)
        self._parts = parts

    def append(self, table: pa.Table, received_ms: int) -> Appended:
        """Append, measured."""
        with self._parts.measure("append to the log"):
            return super().append(table, received_ms)


class TimedSource:
    """A source whose reading is measured."""

    def __init__(self, parts: Stopwatch, source: Source) -> None:
        self._parts, self._source = parts, source
        self.path, self.size, self.unit = source.path, source.size, source.unit

    def batches(self, max_rows: int) -> Iterator[Batch]:
        """The batches of the source, each measured while it is read."""
        batches = self._source.batches(max_rows)
        while True:
            with self._parts.measure("read the file"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def _nowhere(_rejects: Iterable[Reject]) -> None:
    """Rejects are counted by the tally."""
