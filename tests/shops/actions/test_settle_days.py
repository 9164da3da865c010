"""Settling days: what is up to date is left alone, what is missing or not settled is computed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from shops.models import (
    Agent,
    AgentDay,
    ComputedDay,
    ShopDay,
)
from tests.builders import (
    ANN,
    LONG_AFTER,
    at,
    days_stored,
    message,
    on,
    store,
    turn,
)
from tests.shops.actions.settling import DAYS, files, fingerprints, make_tea_house, settle

pytestmark = pytest.mark.django_db

MS = timedelta(milliseconds=1)


@pytest.fixture
def tea():
    return make_tea_house()


def test_every_day_with_messages_around_it_is_computed(tea):
    found = settle()

    assert (found.days_computed, found.days_kept, found.turns) == (DAYS, 0, 2 * DAYS)
    assert list(ShopDay.objects.values_list("on", "turns", "answered").order_by("on")) == [
        (on(day), 2, 1) for day in range(DAYS)
    ]


def test_days_that_are_up_to_date_are_not_touched(tea):
    settle()
    rows, computed, kept = days_stored(), fingerprints(), files()

    found = settle(as_of=LONG_AFTER + timedelta(days=30))

    assert (found.days_computed, found.days_kept) == (0, DAYS)
    assert (days_stored(), fingerprints(), files()) == (rows, computed, kept)


def test_a_day_is_computed_again_until_its_contacts_have_settled(tea):
    """Tuesday's last contact settles after Friday's end; whole UTC days are read, so all is over on Sunday."""
    settle(1, 1, as_of=at("00:00", 6) - MS)
    assert settle(1, 1, as_of=at("00:00", 6)).days_computed == 1
    assert settle(1, 1, as_of=at("00:00", 7)).days_computed == 0


def test_a_day_is_final_when_all_its_turns_have_settled(tea):
    """The last turn could open at 23:59:59.999 on Monday, and the day of its last answer, Tuesday, must be over."""
    settle(0, 0, as_of=at("00:00", 3) - MS)
    assert not ShopDay.objects.get().is_final
    settle(0, 0, as_of=at("00:00", 3))
    assert ShopDay.objects.get().is_final
    assert ComputedDay.objects.get().is_final


def test_a_fresh_database_beside_old_files_is_filled_again(tea):
    settle()
    rows = days_stored()
    for model in (ComputedDay, ShopDay, AgentDay):
        model.objects.all().delete()

    assert settle().days_computed == DAYS
    assert days_stored() == rows


def test_a_day_whose_files_are_gone_is_computed_again(tea):
    settle()
    rows = days_stored()
    shutil.rmtree(Path(settings.CHAT_LOG_DIR) / "days" / f"day={on(4)}")

    assert settle().days_computed == 1
    assert days_stored() == rows


@pytest.mark.parametrize("kind", ["turns.parquet", "manifest.json"])
def test_a_day_whose_file_was_cut_off_is_computed_again(tea, kind):
    settle()
    path = Path(settings.CHAT_LOG_DIR) / "days" / f"day={on(4)}" / "shard=00" / kind
    content = path.read_bytes()
    path.write_bytes(content[:-10])

    assert settle().days_computed == 1
    assert len(path.read_bytes()) == len(content)


def test_a_day_without_messages_far_and_wide_is_not_computed(tea):
    found = settle(100, 103)

    assert (found.days_computed, found.days_kept) == (0, 4)


def test_an_as_of_in_the_past_leaves_what_settled_since_alone(tea):
    settle()
    rows = days_stored()

    settle(as_of=at("00:00", 15))

    assert [row for row in days_stored()["shop days"] if row[1] < on(11)] == [
        row for row in rows["shop days"] if row[1] < on(11)
    ]


def test_what_was_sent_after_as_of_does_not_exist_yet(tea):
    settle(5, 5, as_of=at("10:00:29", 5))
    row = ShopDay.objects.get()
    assert (row.turns, row.pending, row.answered) == (1, 1, 0)

    settle(5, 5, as_of=at("10:00:30", 5))
    assert ShopDay.objects.get().answered == 1


def test_a_note_of_ann_counts_for_nobody(tea):
    store(message("agent", at("18:00", 2), agent=ANN, kind="note"))
    settle()

    assert ShopDay.objects.get(on=on(2)).turns == 2
    assert Agent.objects.get(code=ANN).days.get(on=on(2)).turns == 2


def test_a_turn_over_midnight_belongs_to_the_day_it_opened(tea):
    store(*turn(at("23:59:59.999", 2), 3_600))
    settle()

    assert [ShopDay.objects.get(on=on(day)).turns for day in (2, 3)] == [3, 2]
