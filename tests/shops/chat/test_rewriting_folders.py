"""The folder of a day and shard: what its newest index says, who may commit the next one, and what goes when."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from shops.chat import folders
from shops.chat.clock import to_ms
from shops.chat.folders import FolderError, Index, commit_index, next_index, read_folder, tidy_folder
from shops.chat.log import Appended, ChatLog, LogError, Part
from shops.chat.parts import REWRITTEN
from tests.builders import MONDAY, as_table, asks, at

RECEIVED_MS = to_ms(at("12:00"))
GRACE_SECONDS = 900.0
A_DAY_SECONDS = 86_400.0


@pytest.fixture
def log(tmp_path: Path) -> ChatLog:
    found = ChatLog(tmp_path / "log")
    for number in range(3):
        found.append(as_table([asks(at(f"10:0{number}"))]), RECEIVED_MS)
    return found


@pytest.fixture
def folder(log: ChatLog) -> Path:
    return log.folder_of(MONDAY, 0)


def put(folder: Path, name: str) -> str:
    """A rewritten file, as far as the folder goes by its name."""
    (folder / f"{REWRITTEN}{name}.parquet").write_bytes(b"rewritten")
    return f"{REWRITTEN}{name}"


def rewrite(folder: Path, name: str, **changes) -> Index:
    index = next_index(read_folder(folder), file=put(folder, name), rows=3, **changes)
    assert commit_index(folder, index)
    return index


def age(folder: Path, seconds: float, pattern: str = "*") -> float:
    """Make the files so much older; return the present, in seconds since the epoch."""
    now = max(path.stat().st_mtime for path in folder.iterdir())
    for path in folder.glob(pattern):
        os.utime(path, (now - seconds, now - seconds))
    return now


def listed(log: ChatLog) -> list[str]:
    return [part.path.name for part in log.parts(MONDAY, MONDAY)]


def test_a_folder_without_an_index_is_its_batches(log, folder):
    view = read_folder(folder)

    assert len(view.batches) == 3
    assert view.index is None
    assert list(view.files) == sorted(path.name for path in folder.iterdir())


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert read_folder(tmp_path / "nowhere").files == ()


def test_after_a_rewriting_readers_see_the_new_file_and_what_came_in_since(log, folder):
    rewrite(folder, "a")
    log.append(as_table([asks(at("11:00"))]), RECEIVED_MS)

    view = read_folder(folder)

    assert len(view.batches) == 1
    assert listed(log) == [f"{view.batches[0]}.parquet", "r-a.parquet"]


def test_a_rewriting_does_not_change_what_the_messages_came_in_by_and_a_late_batch_does(log, folder):
    before = log.look(MONDAY, MONDAY, 0).sources
    rewrite(folder, "a")
    rewrite(folder, "b")
    assert log.look(MONDAY, MONDAY, 0).sources == before

    log.append(as_table([asks(at("11:00"))]), RECEIVED_MS)
    assert log.look(MONDAY, MONDAY, 0).sources != before


def test_a_batch_that_was_rewritten_is_a_repeat_also_when_its_own_file_is_gone(log, folder):
    rewrite(folder, "a")
    tidy_folder(folder, age(folder, 2 * GRACE_SECONDS), GRACE_SECONDS)
    assert listed(log) == ["r-a.parquet"]

    assert log.append(as_table([asks(at("10:00"))]), RECEIVED_MS) == Appended(rows=0, repeated=1)

    assert listed(log) == ["r-a.parquet"]


def test_a_rewritten_file_without_an_index_is_not_read(log, folder):
    before = listed(log)
    put(folder, "orphan")

    assert listed(log) == before


def test_of_two_who_rewrite_at_once_one_commits(log, folder):
    view = read_folder(folder)
    barrier = threading.Barrier(2)
    won = []

    def commit(name: str) -> None:
        index = next_index(view, file=put(folder, name), rows=3)
        barrier.wait()
        won.append((name, commit_index(folder, index)))

    clients = [threading.Thread(target=commit, args=(name,)) for name in "ab"]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    (winner,) = [name for name, has_won in won if has_won]
    assert listed(log) == [f"r-{winner}.parquet"]


def test_one_who_stalled_until_its_number_was_tidied_away_has_not_committed(log, folder):
    """Its index would be there, but nobody would read it: an erasure must not take that for done."""
    stale = next_index(read_folder(folder), file=put(folder, "stale"), rows=3)
    rewrite(folder, "a")
    rewrite(folder, "b")
    tidy_folder(folder, age(folder, 2 * GRACE_SECONDS), GRACE_SECONDS)
    assert not (folder / "index-000001.json").exists()

    assert not commit_index(folder, stale)

    assert listed(log) == ["r-b.parquet"]


def test_a_batch_whose_rewritten_file_was_set_aside_can_be_sent_again(log, folder):
    rewrite(folder, "a")
    tidy_folder(folder, age(folder, 2 * GRACE_SECONDS), GRACE_SECONDS)
    log.set_aside(Part(MONDAY, 0, folder / "r-a.parquet"), "its bytes are not those that were written")
    assert listed(log) == []

    assert log.append(as_table([asks(at("10:00"))]), RECEIVED_MS) == Appended(rows=1, repeated=0)

    assert len(listed(log)) == 1


def test_a_rewritten_file_that_is_lost_before_its_batches_are_deleted_loses_nothing(log, folder):
    before = listed(log)
    rewrite(folder, "a")
    (folder / "r-a.parquet").unlink()

    assert listed(log) == before


def test_a_lost_rewritten_file_changes_what_the_days_were_computed_from(log, folder):
    rewrite(folder, "a")
    tidy_folder(folder, age(folder, 2 * GRACE_SECONDS), GRACE_SECONDS)
    before = log.look(MONDAY, MONDAY, 0).sources
    (folder / "r-a.parquet").unlink()

    assert log.look(MONDAY, MONDAY, 0).sources != before


def test_replaced_files_stay_until_the_grace_is_over(log, folder):
    """A reader that listed the folder a moment before the rewriting opens its files a moment after it."""
    batches = listed(log)
    rewrite(folder, "a")
    now = age(folder, GRACE_SECONDS)

    assert tidy_folder(folder, now - 1, GRACE_SECONDS) == 3
    assert all((folder / name).exists() for name in batches)

    assert tidy_folder(folder, now, GRACE_SECONDS) == 0
    assert not any((folder / name).exists() for name in batches)
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".marker") == [
        "index-000001.json",
        "r-a.parquet",
    ]


def test_the_files_of_the_rewriting_before_the_last_go_with_their_index(log, folder):
    rewrite(folder, "a")
    rewrite(folder, "b")

    tidy_folder(folder, age(folder, 2 * GRACE_SECONDS), GRACE_SECONDS)

    assert not (folder / "r-a.parquet").exists()
    assert not (folder / "index-000001.json").exists()
    assert listed(log) == ["r-b.parquet"]


def test_a_batch_that_came_in_after_the_rewriting_is_never_tidied_away(log, folder):
    rewrite(folder, "a")
    log.append(as_table([asks(at("11:00"))]), RECEIVED_MS)
    late = read_folder(folder).batches

    tidy_folder(folder, age(folder, 30 * A_DAY_SECONDS) + 30 * A_DAY_SECONDS, GRACE_SECONDS)

    assert read_folder(folder).batches == late


@pytest.mark.parametrize("name", [".draft.tmp", "r-orphan.parquet"])
@pytest.mark.parametrize("is_rewritten", [False, True])
def test_what_a_killed_process_left_goes_after_a_day(log, folder, name, is_rewritten):
    if is_rewritten:
        rewrite(folder, "a")
        age(folder, 10 * A_DAY_SECONDS)
    (folder / name).write_bytes(b"half")
    now = (folder / name).stat().st_mtime

    tidy_folder(folder, now + A_DAY_SECONDS - 1, GRACE_SECONDS)
    assert (folder / name).exists()

    tidy_folder(folder, now + A_DAY_SECONDS, GRACE_SECONDS)
    assert not (folder / name).exists()
    assert len(listed(log)) == (1 if is_rewritten else 3)


def test_a_file_that_is_being_rewritten_now_is_not_taken_for_one_that_was_replaced(log, folder):
    """The folder was rewritten long ago; another rewriting has its file but not yet its index."""
    rewrite(folder, "a")
    now = age(folder, 2 * GRACE_SECONDS)
    put(folder, "b")

    tidy_folder(folder, now, GRACE_SECONDS)

    assert (folder / "r-b.parquet").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"generation": 1}', '{"generation": 1, "replaces": 3}'])
def test_an_index_that_cannot_be_read_is_told_and_nothing_is_guessed(log, folder, content):
    rewrite(folder, "a")
    (folder / "index-000001.json").write_text(content)

    with pytest.raises(FolderError, match="Restore it"):
        read_folder(folder)
    with pytest.raises(LogError, match=r"index-000001\.json"):
        log.parts(MONDAY, MONDAY)
    with pytest.raises(LogError, match=r"index-000001\.json"):
        log.append(as_table([asks(at("14:00"))]), RECEIVED_MS)


def test_a_listing_that_lost_its_index_meanwhile_is_made_again(log, folder, monkeypatch):
    """Between listing and reading, another rewriting commits and the old index is tidied away."""
    rewrite(folder, "a")
    real = folders._read_index
    meanwhile = []

    def overtaken(path):
        if not meanwhile:
            meanwhile.append(rewrite_(folder, "b"))
            path.unlink()
        return real(path)

    def rewrite_(folder, name):
        index = Index(
            2, put(folder, name), tuple(json.loads((folder / "index-000001.json").read_text())["replaces"]), 3
        )
        return commit_index(folder, index)

    monkeypatch.setattr(folders, "_read_index", overtaken)

    assert listed(log) == ["r-b.parquet"]


def test_a_listing_that_began_before_the_rewritten_file_appeared_still_finds_it(log, folder, monkeypatch):
    """A folder is not listed in one instant: the index may be in the list, and the file, older than it, not."""
    rewrite(folder, "a")
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: [name for name in real(path) if not name.startswith("r-")])

    assert listed(log) == ["r-a.parquet"]


def test_a_dropped_day_has_no_messages_and_knows_the_batches_that_it_had(log, folder):
    index = next_index(read_folder(folder), file=None, rows=0, is_dropped=True)
    assert commit_index(folder, index)

    assert listed(log) == []
    assert log.look(MONDAY, MONDAY, 0).dropped == {MONDAY}
    assert log.append(as_table([asks(at("10:00"))]), RECEIVED_MS) == Appended(rows=0, repeated=1)
