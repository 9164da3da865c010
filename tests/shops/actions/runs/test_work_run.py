"""A run of any job: one step a worker at a time, stage after stage, and what happens where something goes wrong."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from shops.actions.runs import steps as stepping
from shops.actions.runs.holders import holder_of_this_process, is_known_dead
from shops.actions.runs.jobs import Done, HoldRunError, Job, LeaseLostError, Phase, Piece, RunError
from shops.actions.runs.judge_run import dismiss_run, release_run
from shops.actions.runs.start_run import UnderWayError, restart_run, start_run
from shops.actions.runs.steps import claim_step, finish_step
from shops.actions.runs.stop_run import stop_run
from shops.actions.runs.sweep_runs import is_orphan, sweep_runs
from shops.actions.runs.work_run import Spell, work_run
from shops.models import AuditEntry, Run, RunStep, User

pytestmark = pytest.mark.django_db

SHARDS = 3


class Diary:
    """A job of two phases that writes down what it did; a step that is named in `breaks` fails so many times."""

    def __init__(self, kind: Run.Kind = Run.Kind.CHECK, lock: str = "", hopeless: tuple = ()) -> None:
        self.done: list[str] = []
        self.breaks: dict[str, int] = {}
        self.on_do = lambda _work: None
        phases = [Phase(name, name, lambda _run, _on: [Piece(n) for n in range(SHARDS)], self.do) for name in "ab"]
        self.job = Job.of(kind, phases, lambda _run: [("a", None), ("b", None)], lock=lock, hopeless=hopeless)

    def do(self, work) -> Done:
        self.on_do(work)
        if self.breaks.get(work.step.key, 0):
            self.breaks[work.step.key] -= 1
            raise ValueError("the disk made a noise")
        self.done.append(work.step.key)
        return Done({"turns": 2, "named": [work.step.key]})

    def start(self, **options) -> Run:
        return start_run(self.job, now=timezone.now(), **options)

    def work(self, run: Run, **spell) -> Run:
        return work_run(run.pk, self.job, Spell(**spell))


ALL = ["a s00", "a s01", "a s02", "b s00", "b s01", "b s02"]


def rested() -> None:
    """Steps that rest have rested."""
    RunStep.objects.exclude(not_before=None).update(not_before=timezone.now() - timedelta(seconds=1))


def test_every_step_is_done_once_stage_after_stage_and_the_counts_add_up():
    diary = Diary()
    run = diary.work(diary.start())

    assert run.state == Run.State.SUCCEEDED
    assert diary.done == ALL
    assert run.counts["a"] == {"turns": 6, "named": ALL[:3]}  # 3 steps x 2
    assert run.ended_at is not None


def test_work_on_a_run_that_is_over_does_nothing():
    diary = Diary()
    run = diary.work(diary.start())
    diary.work(run)
    assert diary.done == ALL


def test_a_second_run_of_a_kind_is_refused_while_one_is_open_and_not_afterwards():
    diary = Diary()
    run = diary.start()
    with pytest.raises(UnderWayError, match=rf"One is under way already .*#{run.pk}"):
        diary.start()
    diary.work(run)
    assert diary.start().pk > run.pk


def test_runs_with_the_same_lock_never_run_at_once():
    first, second = Diary(lock="days"), Diary(Run.Kind.HOURLY, lock="days")
    one, other = first.start(), second.start()
    seen = []
    first.on_do = lambda _work: seen.append(second.work(other).state)

    first.work(one)

    assert seen == [Run.State.WAITING] * 6
    assert second.done == []
    assert second.work(other).state == Run.State.SUCCEEDED


def test_two_workers_share_the_steps_and_do_each_once():
    diary = Diary()
    run = diary.start()
    with holder_of_this_process() as holder:
        diary.work(run, seconds=-1)  # Into the first stage.
        run.refresh_from_db()
        taken = claim_step(run, holder, timezone.now())
        assert taken.key == "a s00"

        run = diary.work(run)

        assert diary.done == ALL[1:3]  # What the other holds is waited for.
        assert run.phase == "a"
        finish_step(taken, Done())
        assert diary.work(run).state == Run.State.SUCCEEDED
        assert diary.done == ALL[1:]


def test_a_step_whose_lease_ran_out_is_taken_again_and_its_first_worker_changes_nothing_any_more():
    diary = Diary()
    run = diary.start()
    with holder_of_this_process() as holder:
        diary.work(run, seconds=-1)
        run.refresh_from_db()
        lost = claim_step(run, holder, timezone.now())
        RunStep.objects.filter(pk=lost.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

        assert diary.work(run).state == Run.State.SUCCEEDED

        with pytest.raises(LeaseLostError):
            finish_step(lost, Done({"turns": 1_000}))
    assert RunStep.objects.get(pk=lost.pk).counts["turns"] == 2
    assert RunStep.objects.get(pk=lost.pk).attempts == 2


def test_the_last_moment_of_a_lease_still_holds():
    diary = Diary()
    run = diary.start()
    with holder_of_this_process() as holder:
        diary.work(run, seconds=-1)
        run.refresh_from_db()
        now = timezone.now()
        for _ in range(SHARDS):
            claim_step(run, holder, now)
        ends_at = stepping.lease_from(now)
        assert claim_step(run, "another", ends_at) is None
        assert claim_step(run, "another", ends_at + timedelta(milliseconds=1)) is not None


def test_a_worker_of_this_machine_that_is_gone_is_known_dead_before_its_lease():
    with holder_of_this_process() as holder:
        assert not is_known_dead(holder)
        place, pid, _token = holder.split(":")
    assert is_known_dead(holder)
    assert is_known_dead(f"{place}:999999999:x")
    assert not is_known_dead(f"another-machine/1:{pid}:x")
    assert not is_known_dead(f"{place}:1:x")


def test_a_step_that_fails_is_tried_again_later_and_the_others_go_on():
    diary = Diary()
    diary.breaks = {"a s01": 1}
    told = []
    run = diary.work(diary.start(), tell=lambda workers, seconds: told.append((workers, seconds)))

    assert diary.done == ["a s00", "a s02"]
    step = RunStep.objects.get(key="a s01")
    assert (step.state, step.attempts, step.error) == ("waiting", 1, "ValueError: the disk made a noise")
    assert told == [(2, 0), (1, 5)]  # Two more workers for three steps; one after the first rest.
    rested()
    assert diary.work(run).state == Run.State.SUCCEEDED


def test_a_step_that_fails_five_times_fails_the_run_which_says_why_and_can_be_started_again():
    diary = Diary()
    diary.breaks = {"b s01": 5}
    run = diary.start()
    for _ in range(5):
        run = diary.work(run)
        rested()

    assert run.state == Run.State.FAILED
    assert run.error == "b s01: ValueError: the disk made a noise"
    assert RunStep.objects.get(key="b s01").attempts == 5
    done = list(diary.done)

    restart_run(run)
    assert diary.work(run).state == Run.State.SUCCEEDED
    assert diary.done == [*done, "b s01"]


def test_four_failures_do_not_fail_the_run():
    diary = Diary()
    diary.breaks = {"b s01": 4}
    run = diary.start()
    for _ in range(5):
        run = diary.work(run)
        rested()
    assert run.state == Run.State.SUCCEEDED


def test_what_trying_again_does_not_heal_fails_at_once():
    diary = Diary(hopeless=(ValueError,))
    diary.breaks = {"a s00": 1}
    assert diary.work(diary.start()).state == Run.State.FAILED


def test_a_step_that_kills_its_workers_time_and_again_fails_the_run(monkeypatch):
    monkeypatch.setattr(stepping, "MOST_LOST", 3)
    diary = Diary()
    run = diary.start()
    diary.work(run, seconds=-1)
    run.refresh_from_db()
    for _ in range(3):
        with holder_of_this_process() as holder:
            assert claim_step(run, holder, timezone.now()).key == "a s00"

    run = diary.work(run)

    assert run.state == Run.State.FAILED
    assert run.error.startswith("a s00: 3 workers were lost at it")


def test_a_run_that_is_asked_to_stop_stops_before_its_next_step_and_goes_on_when_started_again():
    diary = Diary()
    run = diary.start()
    diary.on_do = lambda work: work.step.key == "a s01" and stop_run(work.run, now=timezone.now())

    run = diary.work(run)

    assert run.state == Run.State.STOPPED
    assert diary.done == ALL[:2]  # The step in work was finished.
    restart_run(run)
    assert diary.work(run).state == Run.State.SUCCEEDED
    assert diary.done == ALL


def test_a_run_that_nobody_works_on_stops_at_once():
    run = Diary().start()
    stop_run(run, now=timezone.now())
    run.refresh_from_db()
    assert run.state == Run.State.STOPPED
    with pytest.raises(RunError, match="Only a run that waits or runs"):
        stop_run(run, now=timezone.now())


def test_a_held_run_goes_on_past_what_held_it_once_a_person_says_why():
    diary, person = Diary(), User.objects.create_user("lin")
    holds = ["b s00"]

    def hold(work) -> None:
        if work.step.key in holds:
            raise HoldRunError({"losing": 7})

    diary.on_do = hold
    run = diary.work(diary.start())
    assert (run.state, run.held_because) == (Run.State.HELD, {"losing": 7})
    assert sweep_runs(timezone.now()) == []
    with pytest.raises(UnderWayError):
        diary.start()
    with pytest.raises(RunError, match="Say why"):
        release_run(run, why="  ", now=timezone.now(), by=person)

    release_run(run, why="the feed is whole", now=timezone.now(), by=person)
    run = diary.work(run)

    assert run.state == Run.State.SUCCEEDED
    assert (run.judged_by, run.judged_why) == (person, "the feed is whole")
    assert AuditEntry.objects.filter(by=person, action="release run").count() == 1
    with pytest.raises(RunError, match="Only a held run"):
        dismiss_run(run, why="too late", now=timezone.now(), by=person)


def test_a_run_whose_news_was_lost_gets_workers_from_the_sweep_and_one_in_good_hands_does_not():
    diary = Diary()
    run = diary.start()
    assert [wanted.run_id for wanted in sweep_runs(timezone.now())] == [run.pk]
    diary.work(run, seconds=-1)
    run.refresh_from_db()
    with holder_of_this_process() as holder:
        assert sweep_runs(timezone.now())[0].workers == 3
        for _ in range(SHARDS):
            claim_step(run, holder, timezone.now())
        assert sweep_runs(timezone.now()) == []
    assert len(sweep_runs(timezone.now())) == 1  # They are dead.


def test_a_commands_run_whose_command_died_is_failed_by_the_sweep_and_left_alone_before():
    diary = Diary()
    run = diary.start(is_inline=True)
    assert sweep_runs(timezone.now()) == []
    run.refresh_from_db()
    assert run.state == Run.State.WAITING

    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep_runs(timezone.now())

    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    restart_run(run)
    assert diary.work(run).state == Run.State.SUCCEEDED


def test_an_old_run_is_not_started_again_after_a_newer_one():
    diary = Diary()
    run = diary.start()
    stop_run(run, now=timezone.now())
    diary.work(diary.start())
    with pytest.raises(RunError, match="There is a newer run"):
        restart_run(run)


def test_a_worker_ends_its_spell_in_time_and_sends_another_one():
    diary = Diary()
    told = []
    run = diary.work(diary.start(), seconds=-1, tell=lambda workers, seconds: told.append((workers, seconds)))
    assert run.state == Run.State.RUNNING
    assert told == [(2, 0), (1, 0)]  # For the other steps of the stage; for itself.


def test_who_started_a_run_is_kept():
    person = User.objects.create_user("lin")
    run = Diary().start(by=person)
    assert AuditEntry.objects.filter(by=person, action="start run", target=str(run)).count() == 1


def test_a_command_killed_before_its_first_step_is_known_as_dead():
    run = Diary().start(is_inline=True)
    assert not is_orphan(run, timezone.now())

    gone = subprocess.Popen(["true"])
    gone.wait()
    place, _pid, token = run.holder.split(":")
    run.holder = f"{place}:{gone.pid}:{token}"

    assert is_orphan(run, timezone.now())
