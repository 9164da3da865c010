"""The disk is full: a batch is refused whole, what was there stays, and the same batch sent again is stored once."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.chat import log as log_module
from shops.chat.clock import to_ms
from shops.chat.log import Appended, ChatLog, LogError
from tests.builders import MONDAY, as_table, asks, at, on

RECEIVED_MS = to_ms(at("12:00"))
LONG = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(20_000))
"""A text that no compression makes small."""
# Run in a process of its own: no file of it may grow beyond the size given, as on a disk that is nearly full.
LIMITED = """
import resource, sys
import pyarrow.parquet as pq
from shops.chat.log import ChatLog, LogError
root, batch, size = sys.argv[1], pq.read_table(sys.argv[2]), int(sys.argv[3])
log = ChatLog(root)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    log.append(batch, 0)
except LogError as error:
    print(error)
    sys.exit(7)
"""


@pytest.fixture
def log(tmp_path: Path) -> ChatLog:
    found = ChatLog(tmp_path / "log")
    found.append(as_table([asks(at("09:00"), message_id="before")]), RECEIVED_MS)
    return found


def batch() -> list[dict]:
    """Two days, of which only the second is large."""
    return [asks(at("10:00")), asks(at("10:00", 1), text=LONG)]


def stored_ids(log: ChatLog) -> list[str]:
    return sorted(
        id_ for part in log.parts(MONDAY, on(1)) for id_ in pq.read_table(part.path)["message_id"].to_pylist()
    )


def files(log: ChatLog) -> set[str]:
    return {path.name for path in (log.root / "messages").rglob("*") if path.is_file()}


def ids_of(rows: list[dict]) -> list[str]:
    return [row["message_id"] for row in rows]


def test_a_batch_whose_last_part_finds_no_room_is_refused_whole(log, tmp_path):
    before = files(log)
    pq.write_table(as_table(batch()), tmp_path / "batch.parquet")
    command = [sys.executable, "-c", LIMITED, log.root, tmp_path / "batch.parquet", str(20_000)]

    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, timeout=60)

    assert ended.returncode == 7, ended.stderr
    assert "send the batch again, whole" in ended.stdout
    assert files(log) == before
    assert stored_ids(log) == ["before"]
    assert log.append(as_table(batch()), RECEIVED_MS) == Appended(rows=2, repeated=0)
    assert stored_ids(log) == sorted([*ids_of(batch()), "before"])


def full(*_args: object, **_kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_whichever_file_brought_to_the_disk_finds_it_full_nothing_of_the_batch_is_left_half(log, monkeypatch, turn):
    """The first two calls are for the two parts, the later ones for their folders: then both parts are there."""
    before = files(log)
    real, count = os.fsync, iter(range(1, 100))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: full() if next(count) == turn else real(handle))
        with pytest.raises(LogError, match="not stored"):
            log.append(as_table(batch()), RECEIVED_MS)

    assert len(files(log) - before) in ({0} if turn <= 2 else {0, 2})
    log.append(as_table(batch()), RECEIVED_MS)
    assert stored_ids(log) == sorted([*ids_of(batch()), "before"])


def test_a_folder_that_cannot_be_made_refuses_the_batch_whole(log, monkeypatch):
    before = files(log)
    real = Path.mkdir

    def mkdir(path, *args, **kwargs):
        return full() if f"day={on(1)}" in str(path) else real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", mkdir)
        with pytest.raises(LogError, match="No space left"):
            log.append(as_table(batch()), RECEIVED_MS)

    assert files(log) == before


def test_a_client_that_was_told_its_batch_is_stored_keeps_it_when_another_that_sends_it_finds_the_disk_full(
    log, monkeypatch
):
    """Both send one batch. The first has named a part when the other comes and is answered; only then it fails."""
    real = os.link
    answered = []

    def link(source, target, **kwargs):
        if str(target).endswith(".parquet") and f"day={on(1)}" in str(target) and not answered:
            monkeypatch.setattr(os, "link", real)
            answered.append(log.append(as_table(batch()), RECEIVED_MS + 1))
            full()
        return real(source, target, **kwargs)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(LogError):
        log.append(as_table(batch()), RECEIVED_MS)

    assert answered[0].rows + answered[0].repeated == 2
    assert stored_ids(log) == sorted([*ids_of(batch()), "before"])


def test_what_stays_in_a_full_disk_is_found_by_the_next_append_whichever_parts_there_were(log, monkeypatch):
    """A kill between the names of two parts leaves one: the batch sent again brings the other."""

    class Killed(BaseException):
        pass

    real = log_module.name_part
    named = []

    def dies(draft, target):
        if named:
            raise Killed
        named.append(target)
        return real(draft, target)

    with monkeypatch.context() as patch:
        patch.setattr(log_module, "name_part", dies)
        with pytest.raises(Killed):
            log.append(as_table(batch()), RECEIVED_MS)

    assert log.append(as_table(batch()), RECEIVED_MS) == Appended(rows=1, repeated=1)
    assert stored_ids(log) == sorted([*ids_of(batch()), "before"])
