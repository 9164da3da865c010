"""Settling days while things break: unreadable parts, messages that come in during the work, kills at every step."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shops.actions import settle_days as module
from shops.chat.days import DayFiles
from shops.chat.engine import EngineError
from shops.chat.log import open_log
from shops.models import AgentDay, ComputedDay, ShopDay
from tests.builders import at, days_stored, on, store, turns
from tests.shops.actions.settling import DAYS, from_scratch, make_tea_house, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea():
    return make_tea_house()


def part_of(day: int):
    (part,) = open_log().parts(on(day), on(day))
    return part


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


BREAKS = {
    "truncated": truncate,
    "garbage": lambda path: path.write_bytes(b"PAR1" + bytes(range(256)) * 20 + b"PAR1"),
    "empty": lambda path: path.write_bytes(b""),
    "of other columns": lambda path: pq.write_table(pa.table({"message_id": ["a"]}), path),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_part_is_set_aside_and_all_other_days_count(tea, how):
    broken = part_of(5)
    BREAKS[how](broken.path)

    found = settle()

    ((name, reason),) = found.set_aside
    assert name == broken.path.name
    assert reason
    assert {row["on"] for row in ShopDay.objects.values("on")} == {on(day) for day in range(DAYS) if day != 5}
    assert [note["part"] for note in open_log().aside()] == [name]
    assert not broken.path.exists()


def test_two_broken_parts_are_both_set_aside(tea):
    for day in (5, 12):
        truncate(part_of(day).path)

    assert len(settle().set_aside) == 2
    assert ShopDay.objects.count() == DAYS - 2


def test_what_was_set_aside_is_told_again_until_it_is_gone(tea):
    truncate(part_of(5).path)
    first = settle()
    assert first.set_aside_before == []

    again = settle()

    assert (again.set_aside, again.set_aside_before) == ([], first.set_aside)


def test_a_batch_sent_again_after_its_part_was_set_aside_fills_the_day(tea):
    whole = settle()
    rows = days_stored()
    truncate(part_of(5).path)
    ComputedDay.objects.all().delete()
    settle()
    assert days_stored() != rows

    store(*turns(5, [30, None]))
    settle()

    assert days_stored() == rows
    assert whole.set_aside == []


def test_a_part_that_breaks_after_its_days_were_computed_is_not_noticed_until_they_are_read_again(tea):
    settle()
    rows = days_stored()
    truncate(part_of(5).path)

    assert settle().set_aside == []
    assert days_stored() == rows


def test_a_part_deleted_during_the_work_is_no_error(tea, monkeypatch):
    gone = part_of(5)
    load = module.load_messages

    def after_it_went(*args):
        gone.path.unlink(missing_ok=True)
        return load(*args)

    monkeypatch.setattr(module, "load_messages", after_it_went)

    found = settle()

    assert found.set_aside == []
    assert ShopDay.objects.count() == DAYS - 1


def test_an_error_that_no_part_explains_is_raised(tea, monkeypatch):
    monkeypatch.setattr(module, "compute_turns", lambda con: con.execute("select no_such_column"))

    with pytest.raises(EngineError, match="no_such_column"):
        settle()
    assert ShopDay.objects.count() == 0


def test_a_message_that_comes_in_during_the_work_is_counted_by_the_next_run(tea, monkeypatch):
    """The day's manifest names the parts that were read, not those that are there when it is written."""
    computed = module.compute_turns

    def meanwhile(con):
        computed(con)
        store(*turns(5, [10], hour=15))

    with monkeypatch.context() as patch:
        patch.setattr(module, "compute_turns", meanwhile)
        settle()
    assert ShopDay.objects.get(on=on(5)).turns == 2

    assert settle().days_computed > 0

    assert ShopDay.objects.get(on=on(5)).turns == 3
    assert days_stored() == from_scratch()


class Killed(BaseException):
    """Stands for a kill: nothing in the code may catch it."""


STEPS = {
    "nothing computed": (module, "compute_turns", "before"),
    "turns computed": (module, "compute_turns", "after"),
    "first day's files": (DayFiles, "write", "after"),
    "rows stored": (module, "store_day_measures", "after"),
    "days declared": (module._ShardWork, "_declare", "after"),
    "no manifest": (DayFiles, "write_manifest", "before"),
    "first manifest": (DayFiles, "write_manifest", "after"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("was_computed", [False, True], ids=["first time", "again"])
def test_killed_at_any_step_and_run_again_gives_the_same_rows(tea, monkeypatch, step, was_computed):
    if was_computed:
        settle(as_of=at("12:00", 10))
    owner, name, when = STEPS[step]
    original = getattr(owner, name)

    def dies(*args, **kwargs):
        if when == "after":
            original(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            settle()

    settle()

    stored = days_stored()
    assert len(stored["shop days"]) == DAYS
    assert stored == from_scratch()


def test_killed_after_its_last_part_was_set_aside_a_day_loses_its_rows_in_the_next_run(tea, monkeypatch):
    """Without the part the day has nothing left to be computed from, but its rows must go."""
    store(*turns(100, [30]))
    settle(100, 100, at("00:00", 150))
    assert ShopDay.objects.filter(on=on(100)).exists()
    open_log().set_aside(part_of(100), "found to be forged")

    def dies(*_args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, "store_day_measures", dies)
        with pytest.raises(Killed):
            settle(100, 100, at("00:00", 150))
    settle(100, 100, at("00:00", 150))

    assert not ShopDay.objects.filter(on=on(100)).exists()
    assert not AgentDay.objects.filter(on=on(100)).exists()
