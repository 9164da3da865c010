"""The jobs of the chat log as runs: done by any worker, told by their counts, a damaged log made known."""

from __future__ import annotations

import pytest
from django.utils import timezone

from governance.actions.jobs import JOBS
from shops.actions.erase_buyer import ask_erasure
from shops.actions.runs.start_run import start_run
from shops.actions.runs.work_run import work_run
from shops.chat.log import open_log
from shops.models import Erasure, Run
from tests.builders import at as at_time
from tests.builders import make_policy, make_shop, on, store, turn, turns

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def marketplace(settings):
    """A log of two shards with three batches of one day."""
    settings.CHAT_LOG_SHARDS = 2
    make_policy()
    make_shop()
    for hour in (9, 11, 13):
        store(*turns(0, [10, 20], hour=hour))


def done(kind: str) -> Run:
    return work_run(start_run(JOBS[kind], now=timezone.now()).pk, JOBS[kind])


def test_every_kind_of_run_has_its_job():
    assert set(JOBS) == set(Run.Kind.values)


def test_compaction_puts_the_batches_of_every_shard_together():
    run = done("compaction")
    assert run.state == Run.State.SUCCEEDED
    assert (run.counts["compact"]["days"], run.counts["compact"]["files_before"]) == (1, 3)
    assert len(open_log().parts(on(0), on(0))) == 1


def test_retention_of_a_young_log_drops_nothing():
    run = done("retention")
    assert run.state == Run.State.SUCCEEDED
    assert run.counts["retain"]["messages_dropped"] == 0


def test_an_erasure_that_was_asked_for_is_done_by_the_run():
    store(*turn(at_time("15:00"), 5, "buyer-7", text="my address is ..."))
    erasure = ask_erasure("buyer-7", reason="asked for it", by=None)

    run = done("erasure")

    assert run.state == Run.State.SUCCEEDED
    assert run.counts["erase"]["texts_erased"] > 0
    assert Erasure.objects.get(pk=erasure.pk).rewritten_at is not None


def test_a_check_of_a_whole_log_succeeds():
    run = done("check")
    assert run.state == Run.State.SUCCEEDED
    assert run.counts["check"]["files"] == 3


def test_a_check_that_finds_a_damaged_part_fails_with_where_and_what_to_do():
    part = open_log().parts(on(0), on(0))[0]
    part.path.write_bytes(b"")

    run = done("check")

    assert run.state == Run.State.FAILED
    assert part.path.name in run.error
