"""kill -9 at every step of every rewriting: what is read afterwards is the day before it or the day after it, whole.

Real processes die at each file operation that a rewriting makes, and at random instants while the engine writes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from shops.chat.clock import to_ms
from shops.chat.folders import read_folder
from shops.chat.log import Appended, ChatLog
from shops.chat.rewriting import KeptKeys, Writer, drop_day, rewrite_day, tidy_day
from tests.builders import BEA, MONDAY, answers, as_table, asks, at, turns

RECEIVED_MS = to_ms(at("12:00"))
RANDOM_KILLS = 10
FEWEST_STEPS = {"compact": 12, "erase": 12, "drop texts": 12, "drop the day": 5, "tidy": 5}
"""At how many file operations a kill must have come at least; with the random ones about a hundred kills in all."""
# One process that forks a child for every kill, so that libraries are loaded once. A child does one operation on a copy
# of the log. With a number it kills itself before its n-th file operation; else its parent kills it after a while.
DYING = """
import json, os, random, shutil, signal, sys, time
from datetime import date
from pathlib import Path
from shops.chat import parts, folders, rewriting
from shops.chat.log import ChatLog
from shops.chat.rewriting import KeptKeys, Writer, drop_day, rewrite_day, tidy_day
template, out, op, kills = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
day = date.fromisoformat(sys.argv[5])
keep = KeptKeys(frozenset({"thanks", "please wait"}), 20)
todo = {
    "compact": lambda log: rewrite_day(log, day, 0),
    "erase": lambda log: rewrite_day(log, day, 0, without_texts_of=[Writer("bo")], keep=keep),
    "drop texts": lambda log: rewrite_day(log, day, 0, without_texts_of=[Writer()], keep=keep),
    "drop the day": lambda log: drop_day(log, day, 0),
    "tidy": lambda log: tidy_day(log, day, 0, now=time.time() + 1e6),
}[op]
EVENTS = {"os.listdir", "os.link", "os.rename", "os.remove", "os.mkdir", "open"}
left = None
def dies(event, args):
    global left
    if left is None or event not in EVENTS or str(root) not in repr(args):
        return
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(dies)
real = os.fsync
def fsync(handle):
    dies("open", (str(root),))
    real(handle)
os.fsync = fsync
def child(number):
    global left, root
    root = out / f"{number:03d}"
    shutil.copytree(template, root)
    pid = os.fork()
    if pid == 0:
        code = 0
        try:
            log = ChatLog(root)
            left = number
            todo(log)
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 3
        os._exit(code)
    return pid
root = None
ended = []
for number in range(1, 200):
    status = os.waitpid(child(number), 0)[1]
    ended.append(status)
    if not os.WIFSIGNALED(status):
        break
chance = random.Random(op)
began = time.monotonic()
os.waitpid(child(10_000), 0)
whole = time.monotonic() - began
for number in range(10_001, 10_001 + kills):
    pid = child(number)
    time.sleep(chance.random() * whole)
    os.kill(pid, signal.SIGKILL)
    ended.append(os.waitpid(pid, 0)[1])
print(json.dumps(ended))
"""


def day_of_talk() -> list[list[dict]]:
    """Batches of one day with copies of messages in several of them, and words of bo's that must go."""
    bo = [
        asks(at("10:00"), text="my number is 555"),
        answers(at("10:01"), text="555, right?"),
        asks(at("10:02"), text="thanks"),
        answers(at("10:03"), text="please wait"),
        answers(at("10:04"), agent=BEA, text="in stock"),
    ]
    cy = [asks(at("11:00"), "cy", text="and mine is 777"), answers(at("11:01"), "cy", BEA, text="in stock")]
    copies = [bo[0] | {"text": "another text", "text_key": "another text"}, cy[1]]
    return [bo, cy, copies, turns(0, [30, None, 600])]


@pytest.fixture
def log(tmp_path: Path) -> ChatLog:
    found = ChatLog(tmp_path / "log")
    for number, rows in enumerate(day_of_talk()):
        found.append(as_table(rows), RECEIVED_MS + number)
    return found


def told(log: ChatLog) -> dict[str, tuple]:
    """Every message once, as a reader sees it: of copies the one received first."""
    rows = [row for part in log.parts(MONDAY, MONDAY) for row in pq.read_table(part.path).to_pylist()]
    rows.sort(key=lambda row: -row["received_ms"])
    return {row["message_id"]: tuple(row.values()) for row in rows}


def forgotten(log: ChatLog) -> dict[str, tuple]:
    """The same as it must be once bo's texts are gone."""
    texts = {name: place for place, name in enumerate(pq.read_schema(log.parts(MONDAY, MONDAY)[0].path).names)}
    stay = {"thanks", "please wait", "in stock"}
    found = {}
    for id_, row in told(log).items():
        changed = list(row)
        if row[texts["buyer_id"]] == "bo":
            changed[texts["text"]] = None
            if row[texts["text_key"]] not in stay:
                changed[texts["text_key"]] = None
        found[id_] = tuple(changed)
    return found


def assert_silent(before: dict[str, tuple], after: dict[str, tuple], names: list[str]) -> None:
    """Nobody's text is left, of the keys those are that figures are told by, and everything else is as it was."""
    assert set(after) == set(before)
    for id_, row in after.items():
        was, now = dict(zip(names, before[id_], strict=True)), dict(zip(names, row, strict=True))
        assert now["text"] is None
        assert now["text_key"] in (was["text_key"], None)
        if was["text_key"] in {"thanks", "please wait", "in stock"}:
            assert now["text_key"] == was["text_key"]
        assert now == was | {"text": None, "text_key": now["text_key"]}
    assert sum(row[names.index("text_key")] is None for row in after.values()) > 2


def die(log: ChatLog, tmp_path: Path, op: str) -> tuple[list[ChatLog], ChatLog]:
    """The logs that kills during an operation left, in the order of the kills, and the one where nobody was killed."""
    out = tmp_path / "killed"
    out.mkdir()
    command = [sys.executable, "-c", DYING, log.root, out, op, str(RANDOM_KILLS), MONDAY.isoformat()]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "governance.config.settings"}
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=settings.BASE_DIR, timeout=300, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    statuses = json.loads(ended.stdout)
    left = [ChatLog(root) for root in sorted(out.iterdir())]
    (whole,) = [each for each in left if each.root.name == "10000"]
    killed = [each for each in left if each is not whole]
    assert len(killed) == len(statuses)
    assert statuses[:-RANDOM_KILLS].count(signal.SIGKILL) >= FEWEST_STEPS[op]
    return killed, whole


def finish(log: ChatLog, op: str) -> None:
    """Run the operation that was killed again, and then whatever tidies up after it."""
    keep = KeptKeys(frozenset({"thanks", "please wait"}), 20)
    match op:
        case "compact":
            rewrite_day(log, MONDAY, 0)
        case "erase":
            rewrite_day(log, MONDAY, 0, without_texts_of=[Writer("bo")], keep=keep)
        case "drop texts":
            rewrite_day(log, MONDAY, 0, without_texts_of=[Writer()], keep=keep)
        case "drop the day":
            drop_day(log, MONDAY, 0)
    now = max(path.stat().st_mtime for path in log.folder_of(MONDAY, 0).iterdir()) + 10 * 86_400
    tidy_day(log, MONDAY, 0, now=now)


@pytest.mark.parametrize("op", ["compact", "erase", "drop texts", "drop the day"])
def test_a_rewriting_killed_at_any_step_leaves_the_day_before_or_after_it_and_is_finished_by_running_it_again(
    log, tmp_path, op
):
    before = told(log)
    sources = log.look(MONDAY, MONDAY, 0).sources
    killed, whole = die(log, tmp_path, op)
    after = {"compact": lambda: before, "erase": lambda: forgotten(log), "drop the day": dict}.get(
        op, lambda: told(whole)
    )()
    assert told(whole) == after
    if op == "drop texts":
        assert_silent(before, after, pq.read_schema(log.parts(MONDAY, MONDAY)[0].path).names)

    seen = [told(each) for each in killed]
    assert all(state in (before, after) for state in seen)
    assert before in seen
    assert after in seen
    for each in killed:
        finish(each, op)
        assert told(each) == after
        assert each.look(MONDAY, MONDAY, 0).sources == sources
        assert len(each.parts(MONDAY, MONDAY)) == (op != "drop the day")
        view = read_folder(each.folder_of(MONDAY, 0))
        assert (view.leftovers, view.drafts) == ((), ())
    for number, rows in enumerate(day_of_talk()):
        for each in (killed[0], killed[-1], whole):
            assert each.append(as_table(rows), RECEIVED_MS + number) == Appended(0, len(rows))
            assert told(each) == after


def test_tidying_killed_at_any_step_takes_away_nothing_that_is_read(log, tmp_path):
    before = told(log)
    finish(log, "compact")
    late = asks(at("13:00"), "di", text="late")
    log.append(as_table([late]), RECEIVED_MS)
    finish_without_tidying(log)
    before |= told(log)
    killed, whole = die(log, tmp_path, "tidy")

    for each in [*killed, whole]:
        assert told(each) == before
        finish(each, "tidy")
        assert told(each) == before
        view = read_folder(each.folder_of(MONDAY, 0))
        assert (view.leftovers, view.drafts) == ((), ())


def finish_without_tidying(log: ChatLog) -> None:
    rewrite_day(log, MONDAY, 0)
    (log.folder_of(MONDAY, 0) / ".draft.tmp").write_bytes(b"half")
