"""The brake: a day that would take privileges from too many shops waits for a person, unpublished."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from governance.actions.nightly.job import NIGHTLY
from governance.actions.nightly.spans import due_days
from governance.actions.score_days import ScoreError, release_days
from governance.models import ShopRating
from shops.actions.runs.judge_run import dismiss_run
from shops.actions.runs.start_run import start_run
from shops.actions.runs.work_run import work_run
from shops.models import Privileges, Run, User
from tests.builders import LONG_AFTER, make_shop, on, store, turns
from tests.governance.actions.marketplace import BAD, GOOD, make_quick_policy, privileges, score

pytestmark = pytest.mark.django_db

BRAKE = {"max_share_losing": 0.5, "at_least_shops": 2}


def make_shops(bad: int, good: int = 0) -> None:
    """Shops that are good on days 0 and 1; of these the bad ones are bad from day 2 on, so that they fall on day 3."""
    make_quick_policy(brake=BRAKE)
    batch = []
    for number in range(bad + good):
        make_shop(f"shop-{number}")
        for day in range(5):
            batch += turns(day, BAD if day > 1 and number < bad else GOOD, shop=f"shop-{number}")
    store(*batch)


def test_a_day_that_takes_from_too_many_is_held_with_the_list_and_not_published():
    make_shops(bad=3, good=1)
    score(0, 2)
    before = privileges("shop-0")

    summary = score(3, 4)

    run = summary.run
    assert run.state == Run.State.HELD
    held = run.held_because
    assert (held["on"], held["losing"], held["holding"]) == (on(3).isoformat(), 3, 4)  # 3 of 4 > 50 %
    assert [loser[0] for loser in held["losers"]] == ["shop-0", "shop-1", "shop-2"]
    _shop, from_grade, to_grade, taken, reason = held["losers"][0]
    assert from_grade != to_grade
    assert taken
    assert reason == "fallen"
    assert not ShopRating.objects.filter(on__gte=on(3)).exists()
    assert privileges("shop-0") == before


@pytest.mark.parametrize(("bad", "good"), [(2, 2), (1, 0)])
def test_a_share_at_the_limit_or_very_few_shops_hold_nothing(bad, good):
    """2 of 4 is not more than 50 %; one shop is fewer than two."""
    make_shops(bad, good)
    score(0, 2)
    assert score(3, 4).run.state == Run.State.SUCCEEDED
    assert ShopRating.objects.filter(on=on(4)).count() == bad + good


def test_the_first_scoring_of_days_is_never_held():
    make_shops(bad=3)
    assert score(0, 4).run.state == Run.State.SUCCEEDED
    assert Privileges.objects.count() == 3


def test_released_the_rest_of_the_run_is_done_as_if_nobody_had_held_it():
    make_shops(bad=3)
    score(0, 2)
    run = score(3, 4).run

    summary = release_days(run, "the shops were really closed")

    assert summary.run.state == Run.State.SUCCEEDED
    assert summary.privileges_lost == 3
    assert ShopRating.objects.filter(on=on(4)).count() == 3
    with pytest.raises(ScoreError, match="Only a held run"):
        release_days(run, "again")


def test_dismissed_nothing_of_the_day_is_published_and_the_next_night_starts_behind_it(monkeypatch):
    make_shops(bad=3)
    score(0, 2)
    run = score(3, 4).run
    before = privileges("shop-0")

    dismiss_run(run, why="a feed was lost", now=timezone.now(), by=User.objects.create_user("lin"))

    assert not ShopRating.objects.filter(on__gte=on(3)).exists()
    assert privileges("shop-0") == before
    run.refresh_from_db()
    assert (run.state, run.phase_on) == (Run.State.DISMISSED, on(3))
    assert due_days(LONG_AFTER)[0] == on(4)


def test_the_command_prints_who_would_lose_and_how_to_go_on():
    make_shops(bad=3)
    score(0, 2)
    output = io.StringIO()
    arguments = ("score", f"--from={on(3)}", f"--to={on(4)}", "--as-of=2026-07-01T00:00:00Z")

    with pytest.raises(CommandError, match="2026-05-07 is held: 3 of the 3 shops") as caught:
        call_command(*arguments, stdout=output)

    assert caught.value.returncode == 3
    assert "would lose: shop-0: " in output.getvalue()
    with pytest.raises(CommandError, match="One is under way already"):
        call_command(*arguments)
    call_command("score", "--release", "the shops were really closed", stdout=output)
    assert ShopRating.objects.filter(on=on(4)).count() == 3
    with pytest.raises(CommandError, match="No run is held"):
        call_command("score", "--release", "again")


def test_a_night_rates_the_days_that_were_missed():
    assert due_days(LONG_AFTER) == (due_days(LONG_AFTER)[1],) * 2  # Nothing was ever rated: yesterday only.
    make_shops(bad=0, good=1)
    score(0, 1)
    assert due_days(LONG_AFTER)[0] == on(2)


def test_a_night_of_workers_equals_scoring_inline(settings):
    settings.CHAT_LOG_SHARDS = 3
    make_shops(bad=1, good=3)
    run = start_run(NIGHTLY, now=LONG_AFTER, first_on=on(0), last_on=on(4))
    run = work_run(run.pk, NIGHTLY)

    assert run.state == Run.State.SUCCEEDED
    assert run.counts["publish"]["ratings"] == 20  # 4 shops x 5 days
    assert run.counts["judge"]["days"] == 5
    assert ShopRating.objects.count() == 20
    assert not (settings.CHAT_LOG_DIR / "runs" / str(run.pk)).exists()
