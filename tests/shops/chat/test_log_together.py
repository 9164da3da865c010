"""Everybody at once: senders, readers, compaction, erasure and tidying in processes of their own, on one log.

Replaced files are deleted at once here (no grace), which is harsher than life: every reader finds files gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.chat.clock import to_ms
from shops.chat.log import Appended, ChatLog, open_log
from shops.chat.reading import conversation
from shops.chat.rewriting import rewrite_day
from tests.builders import MONDAY, TEA, as_table, asks, at, days_stored, on, store, turns
from tests.shops.actions.settling import DAYS, fingerprints, from_scratch, make_tea_house, settle

RECEIVED_MS = to_ms(at("12:00"))
SENDERS, BATCHES, ROWS = 2, 25, 4
# What the processes share: where the log is, and when to stop. Each prints what it saw as JSON when it ends.
COMMON = """
import json, os, random, sys, time
from datetime import date, timedelta
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
from shops.chat.engine import EngineError, connect, quoted
from shops.chat.log import ChatLog
from shops.chat.rewriting import KeptKeys, Writer, count_texts_of, rewrite_day, tidy_day
root, day = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
log = ChatLog(root)
stop, erased = root / "stop", root / "erased"
keep = KeptKeys(frozenset({"thanks"}), 0)
print("ready", flush=True)
"""
SENDER = """
batches = sorted(Path(sys.argv[4]).glob("*.parquet"))
random.Random(sys.argv[3]).shuffle(batches)
new = 0
for batch in batches:
    new += log.append(pq.read_table(batch), 1_000).rows
    (root / f"acknowledged-{batch.stem}").touch()
print(json.dumps(new))
"""
REWRITER = """
done = 0
while not (stop.exists() and done):
    for number in range(3):
        done += rewrite_day(log, day + timedelta(days=number), 0) is not None
        tidy_day(log, day + timedelta(days=number), 0)
print(json.dumps(done))
"""
ERASER = """
def count():
    while True:
        try:
            return count_texts_of(log, day, day + timedelta(days=1), 0, Writer("bo"))
        except EngineError:
            pass  # Replaced between listing and reading.
rounds = 0
while found := count():
    rounds += 1
    for each in found:
        rewrite_day(log, each, 0, without_texts_of=[Writer("bo")], keep=keep)
erased.touch()
print(json.dumps(rounds))
"""
READER = """
reads, texts, faults = 0, 0, []
while not stop.exists():
    acknowledged = {name.removeprefix("acknowledged-") for name in os.listdir(root) if name.startswith("acknowledged-")}
    was_erased = erased.exists()
    found = []
    while parts := log.parts(day, day + timedelta(days=2), 0):
        try:
            with connect(threads=1) as con:
                found = con.execute(
                    "select message_id, buyer_id, max(text) from read_parquet("
                    f"{quoted([part.path for part in parts])}, hive_partitioning = false) group by all").fetchall()
            break
        except EngineError as error:
            if parts == log.parts(day, day + timedelta(days=2), 0):
                raise
    reads += 1
    batches = {}
    for id_, _buyer, _text in found:
        batch = id_.split("/")[0]
        batches[batch] = batches.get(batch, 0) + 1
    faults += [f"{batch}: {batches.get(batch, 0)}" for batch in acknowledged if batches.get(batch) != 4]
    said = sum(buyer == "bo" and text is not None for _id, buyer, text in found)
    texts += said > 0
    if was_erased and said:
        faults.append(f"{said} texts after the erasure")
print(json.dumps([reads, texts, faults]))
"""


class Together:
    """Programs at work side by side on one log, until they are told to stop; then each says what it saw."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, name: str, program: str, *arguments: str) -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "governance.config.settings",
            "OPENLINE_CHAT_LOG_GRACE_SECONDS": "0",
            "OPENLINE_ENGINE_THREADS": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", COMMON + program, self.root, MONDAY.isoformat(), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
            env=environment,
        )
        self.running[name] = process
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]

    def wait(self, name: str) -> Any:
        """What a program says that ends by itself."""
        process = self.running.pop(name)
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, f"{name}: {error}"
        return json.loads(out)

    def stop(self) -> dict[str, Any]:
        """What those say that went on until now."""
        (self.root / "stop").touch()
        return {name: self.wait(name) for name in list(self.running)}

    def kill(self) -> None:
        for process in self.running.values():
            process.kill()
            process.communicate()


@pytest.fixture
def together() -> Iterator[Callable[[Path], Together]]:
    made: list[Together] = []

    def make(root: Path) -> Together:
        made.append(Together(root))
        return made[-1]

    yield make
    for each in made:
        each.kill()


def batch_of(sender: int, number: int) -> list[dict]:
    """Messages of two days, half of them bo's, all with a text."""
    return [
        asks(
            at(f"{number % 24:02d}:{row:02d}:{sender:02d}", row % 2),
            "bo" if row < 2 else f"buyer-{sender}",
            text=f"words {sender} {number} {row}",
            message_id=f"{sender}-{number}/{row}",
        )
        for row in range(ROWS)
    ]


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    folder = tmp_path / "batches"
    folder.mkdir()
    for sender in range(SENDERS):
        for number in range(BATCHES):
            pq.write_table(as_table(batch_of(sender, number)), folder / f"{sender}-{number}.parquet")
    return folder


def ids_in(log: ChatLog) -> list[str]:
    return [id_ for part in log.parts(MONDAY, on(1)) for id_ in pq.read_table(part.path)["message_id"].to_pylist()]


def everything() -> list[str]:
    return sorted(row["message_id"] for sender in range(SENDERS) for n in range(BATCHES) for row in batch_of(sender, n))


def test_nothing_that_was_acknowledged_is_ever_missing_or_doubled_while_all_of_it_is_rewritten(
    tmp_path, batches, together
):
    """Two clients send the same batches, each in another order; two rewriters work on the same days; one reads."""
    log = ChatLog(tmp_path / "log")
    work = together(log.root)
    work.start("reader", READER)
    work.start("compaction", REWRITER)
    work.start("compaction too", REWRITER)
    for client in ("client a", "client b"):
        work.start(client, SENDER, client, str(batches))

    new = [work.wait(client) for client in ("client a", "client b")]
    said = work.stop()

    reads, _texts, faults = said["reader"]
    assert faults == []
    assert reads > 0
    assert said["compaction"] + said["compaction too"] > 2
    assert sum(new) >= len(everything())
    assert sorted(set(ids_in(log))) == everything()
    for day in (MONDAY, on(1)):
        rewrite_day(log, day, 0)
    assert sorted(ids_in(log)) == everything()
    assert len(log.parts(MONDAY, on(1))) == 2
    for sender in range(SENDERS):
        assert log.append(as_table(batch_of(sender, 3)), RECEIVED_MS) == Appended(0, ROWS)


def test_an_erasure_during_compaction_leaves_no_text_behind_and_takes_no_message(tmp_path, batches, together):
    log = ChatLog(tmp_path / "log")
    for path in sorted(batches.iterdir()):
        log.append(pq.read_table(path), RECEIVED_MS)
    work = together(log.root)
    work.start("reader", READER)
    work.start("compaction", REWRITER)
    work.start("compaction too", REWRITER)
    work.start("erasure", ERASER)

    assert work.wait("erasure") > 0
    said = work.stop()

    assert said["reader"][2] == []
    for day in (MONDAY, on(1)):
        rewrite_day(log, day, 0)
    rows = [row for part in log.parts(MONDAY, on(1)) for row in pq.read_table(part.path).to_pylist()]
    assert sorted(row["message_id"] for row in rows) == everything()
    assert {row["buyer_id"] for row in rows if row["text"] is None} == {"bo"}
    assert {row["text_key"] for row in rows if row["buyer_id"] == "bo"} == {None}
    assert all(row["text"] for row in rows if row["buyer_id"] != "bo")


@pytest.mark.django_db
def test_figures_settled_while_the_log_is_compacted_are_those_of_a_quiet_log(together):
    make_tea_house()
    for hour in (12, 14, 16):
        for day in range(DAYS):
            store(*turns(day, [20, None], hour=hour))
    work = together(settings.CHAT_LOG_DIR)
    work.start("compaction", REWRITER.replace("range(3)", f"range({DAYS})"))
    for day in (0, 7, 14):
        store(*turns(day, [40], hour=18))
        settle()

    compacted = work.stop()["compaction"]

    assert compacted > 0
    stored = days_stored()
    assert stored == from_scratch()
    assert sum(row[2] for row in stored["days"]) == DAYS * 8 + 3


@pytest.mark.django_db
def test_compaction_makes_no_day_dirty_and_a_late_batch_in_a_compacted_day_does():
    make_tea_house()
    settle()
    before, stored = fingerprints(), days_stored()
    log = open_log()
    for day in range(DAYS):
        store(*turns(day, [30, None], hour=10))  # Sent again: nothing new.
        rewrite_day(log, on(day), 0)

    assert settle().days_computed == 0
    assert fingerprints() == before

    store(*turns(5, [15], hour=20))
    assert settle().days_computed > 0
    assert days_stored() != stored
    assert days_stored() == from_scratch()


def test_a_conversation_is_read_whole_while_its_days_are_rewritten(settings, together):
    log = open_log()
    for minute in range(20):
        log.append(as_table([asks(at(f"10:{minute:02d}"), text=f"words {minute}")]), RECEIVED_MS)
    work = together(settings.CHAT_LOG_DIR)
    work.start("compaction", REWRITER)
    for minute in range(20, 40):
        log.append(as_table([asks(at(f"10:{minute:02d}"), text=f"words {minute}")]), RECEIVED_MS)
        found = conversation(TEA, "bo@tea-house", around_ms=to_ms(at("10:00")))
        assert [message.text for message in found] == [f"words {number}" for number in range(minute + 1)]

    assert work.stop()["compaction"] > 0
