"""The chat log when things break: processes killed in the middle of an append, parts that cannot be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.chat.clock import to_ms
from shops.chat.log import Appended, ChatLog, LogError
from tests.builders import MONDAY, as_table, asks, at, on

RECEIVED_MS = to_ms(at("12:00"))
STEPS = ["before write", "in write", "before fsync", "before link", "after link", "before folder fsync"]
# Run in a process of its own: it kills itself at the named step of the append of two days, at the second part.
DYING = """
import os, signal, sys
import pyarrow.parquet as pq
from shops.chat.log import ChatLog
root, batch, step, turn = sys.argv[1], pq.read_table(sys.argv[2]), sys.argv[3], int(sys.argv[4])
count = 0
def dies(function, before):
    def wrapped(*args, **kwargs):
        global count
        count += 1
        if count == turn and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if count == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return wrapped
def half(table, sink, **kwargs):
    sink.write(b"PAR1 half of a file")
    sink.flush()
    os.kill(os.getpid(), signal.SIGKILL)
log = ChatLog(root)
if step == "before write":
    pq.write_table = dies(pq.write_table, True)
elif step == "in write":
    pq.write_table = half
elif step == "before fsync":
    pq.write_table = dies(pq.write_table, False)
elif step == "before link":
    os.link = dies(os.link, True)
elif step == "after link":
    os.link = dies(os.link, False)
elif step == "before folder fsync":
    from shops.chat import log as module
    module.sync_folder = dies(module.sync_folder, True)
log.append(batch, 0)
print("survived")
"""


def batch():
    return [asks(at("10:00")), asks(at("10:01")), asks(at("10:00", 1))]


def stored_ids(log: ChatLog) -> list[str]:
    """The ids in the parts, each of which must be readable as a whole."""
    return sorted(
        id_ for part in log.parts(MONDAY, on(1)) for id_ in pq.read_table(part.path)["message_id"].to_pylist()
    )


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_in_an_append_leaves_whole_parts_or_nothing(tmp_path, step):
    root = tmp_path / "log"
    turn = "1" if step in {"in write", "before folder fsync"} else "2"
    pq.write_table(as_table(batch()), tmp_path / "batch.parquet")
    command = [sys.executable, "-c", DYING, root, tmp_path / "batch.parquet", step, turn]
    died = subprocess.run(command, check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, timeout=60)
    assert died.returncode == -signal.SIGKILL, died.stderr

    log = ChatLog(root)
    everything = sorted(row["message_id"] for row in batch())
    whole_days = [everything, [], sorted(row["message_id"] for row in batch()[:2])]
    assert stored_ids(log) in whole_days
    drafts = list(root.rglob("*.tmp"))
    assert bool(drafts) == (step != "before folder fsync")
    assert not {part.path for part in log.parts(MONDAY, on(1))} & set(drafts)

    kept = len(stored_ids(log))
    assert log.append(as_table(batch()), RECEIVED_MS) == Appended(rows=3 - kept, repeated=kept)
    assert stored_ids(log) == everything


def test_the_disk_has_the_folders_of_a_part_that_another_append_left_there(tmp_path, monkeypatch):
    """The first append may have died before its folders were on the disk: the second takes nothing for granted."""
    log = ChatLog(tmp_path / "log")
    log.append(as_table(batch()), RECEIVED_MS)
    synced = []
    monkeypatch.setattr("shops.chat.log.sync_folder", synced.append)

    log.append(as_table(batch()), RECEIVED_MS)

    messages = log.root / "messages"
    folders = [
        folder for day in (MONDAY, on(1)) for folder in (messages / f"day={day}", messages / f"day={day}/shard=00")
    ]
    assert set(synced) == {log.root, messages, *folders}


def test_a_part_is_on_the_disk_before_it_gets_its_name_and_its_folder_after(tmp_path, monkeypatch):
    log = ChatLog(tmp_path / "log")
    steps = []
    for name in ("fsync", "link"):
        original = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, _name=name, _do=original: (steps.append(_name), _do(*args))[1])

    log.append(as_table(batch()[:2]), RECEIVED_MS)

    assert steps == ["fsync", "link", *["fsync"] * 4]  # the shard's folder, the day's, messages and the log's own


@pytest.fixture
def log(tmp_path) -> ChatLog:
    found = ChatLog(tmp_path / "log")
    found.append(as_table(batch()), RECEIVED_MS)
    return found


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "no footer":
        path.write_bytes(content[:-1])
    elif how == "garbage":
        path.write_bytes(os.urandom(2_000))
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "other columns":
        pq.write_table(pa.table({"message_id": ["a"], "price": [3]}), path)
    elif how == "other types":
        table = pq.read_table(path)
        pq.write_table(table.set_column(7, "sent_ms", table["sent_ms"].cast(pa.string())), path)
    elif how == "other rows":
        table = pq.read_table(path)
        pq.write_table(table.slice(0, 0), path)


@pytest.mark.parametrize(
    "how", ["truncated", "no footer", "garbage", "empty", "other columns", "other types", "other rows"]
)
def test_a_broken_part_is_found_with_a_reason(log, how):
    broken, whole = log.parts(MONDAY, on(1))
    damage(broken.path, how)

    ((part, reason),) = log.find_unreadable([broken, whole])

    assert part == broken
    assert reason


def test_whole_parts_are_not_found_broken(log):
    assert log.find_unreadable(log.parts(MONDAY, on(1))) == []


def test_a_part_that_is_gone_is_not_broken(log):
    gone, broken = log.parts(MONDAY, on(1))
    gone.path.unlink()
    damage(broken.path, "empty")

    assert [part for part, _ in log.find_unreadable([gone, broken])] == [broken]


def test_a_part_without_the_right_to_read_it_is_no_broken_one(log, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("shops.chat.log.fault_of", forbidden)

    with pytest.raises(LogError, match="may not be read"):
        log.find_unreadable(log.parts(MONDAY, on(1)))


def test_what_is_set_aside_is_kept_with_its_reason_and_read_no_more(log):
    part, other = log.parts(MONDAY, on(1))
    content = part.path.read_bytes()

    log.set_aside(part, "it is 破的")

    assert log.parts(MONDAY, on(1)) == [other]
    assert log.aside() == [
        {"part": part.path.name, "reason": "it is 破的", "was_at": f"messages/day={MONDAY}/shard=00/{part.path.name}"}
    ]
    assert (log.root / "aside" / f"day={MONDAY}" / "shard=00" / part.path.name).read_bytes() == content


def test_a_part_gone_before_it_is_set_aside_stays_gone(log):
    part, other = log.parts(MONDAY, on(1))
    part.path.unlink()

    log.set_aside(part, "it was there a moment ago")

    assert log.parts(MONDAY, on(1)) == [other]


def test_a_batch_whose_part_was_set_aside_can_be_sent_again(log):
    part = log.parts(MONDAY, MONDAY)[0]
    damage(part.path, "truncated")
    log.set_aside(part, "truncated")

    assert log.append(as_table(batch()), RECEIVED_MS) == Appended(rows=2, repeated=1)

    assert stored_ids(log) == sorted(row["message_id"] for row in batch())


def test_a_part_deleted_while_sizes_are_read_weighs_nothing(log, monkeypatch):
    parts = log.parts(MONDAY, on(1))
    parts[0].path.unlink()
    monkeypatch.setattr(ChatLog, "parts", lambda *_args: parts)

    assert log.size_of_days(MONDAY, MONDAY + timedelta(days=1)) == {on(1): parts[1].path.stat().st_size}
