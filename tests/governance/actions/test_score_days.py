"""From the chat log to ratings and privileges over days: what is published, when, and that it stays."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from governance.actions.score_days import score_days
from governance.models import AgentScore, Policy, ShopRating
from shops.actions.progress import Progress
from shops.models import Agent, AgentDay, ComputedDay, Privileges, PrivilegesChange, ShopDay
from tests.builders import (
    ANN,
    BEA,
    BOOKS,
    LONG_AFTER,
    TEA,
    at,
    judgements_stored,
    make_shop,
    on,
)
from tests.governance.actions.marketplace import (
    BAD,
    GOOD,
    LAST,
    assert_privileges_follow_ratings,
    grades,
    make_marketplace,
    make_quick_policy,
    privileges,
    score,
    talk,
)

pytestmark = pytest.mark.django_db

TABLES = (ShopDay, AgentDay, ComputedDay, ShopRating, AgentScore, Privileges, PrivilegesChange)


def every_row() -> dict:
    """All columns of all rows, ids and digests of files included."""
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in TABLES}


def test_scoring_twice_judges_once():
    make_marketplace()
    first = score(0, LAST)
    rows = every_row()
    assert first.days_rated == LAST + 1
    assert all(rows.values())

    again = score(0, LAST)

    assert (again.ratings, again.scores, again.privileges_changed, again.settled.days_computed) == (0, 0, 0, 0)
    assert every_row() == rows


def test_scoring_day_by_day_equals_scoring_the_span():
    make_marketplace()
    score(0, LAST)
    rows = judgements_stored()
    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()

    for day in range(LAST + 1):
        score(day)

    assert judgements_stored() == rows


def test_every_shop_holds_what_its_grade_grants_and_can_see_how_it_came_to_that():
    make_marketplace()

    score(0, LAST)

    assert_privileges_follow_ratings()
    assert len({grade for _, grade, _ in grades(BOOKS)}) > 1


def test_a_rating_names_its_window_and_keeps_the_measures_it_was_judged_by():
    make_quick_policy(window_days=2)
    make_shop()
    for day, waits in enumerate([[10], [20, 40], [30, 50, 70]]):
        talk(day, waits)

    score(0, 2)

    found = ShopRating.objects.order_by("on").values_list("window_first_on", "window_last_on", "turns", "response_p50")
    assert list(found) == [
        (on(-1), on(0), 1, 10.0),
        (on(0), on(1), 3, 20.0),  # of 10, 20, 40
        (on(1), on(2), 5, 40.0),  # of 20, 30, 40, 50, 70
    ]


def test_only_final_days_are_judged():
    """As of Friday 00:00 Tuesday is over for good (answers until Wednesday midnight), Wednesday is not."""
    make_quick_policy(window_days=30)
    make_shop()
    for day in range(5):
        talk(day, GOOD)

    score(4, as_of=at("00:00", 4) - timedelta(milliseconds=1))
    assert ShopRating.objects.get().window_last_on == on(0)
    ShopRating.objects.all().delete()

    score(4, as_of=at("00:00", 4))
    assert ShopRating.objects.get().window_last_on == on(1)


def test_an_agents_score_keeps_the_agents_own_measures():
    make_quick_policy()
    make_shop()
    talk(0, [10] * 6)
    talk(0, [300] * 6, agent=BEA, hour=15)

    assert score(0).scores == 2

    ann, bea = AgentScore.objects.order_by("agent__code")
    assert (ann.agent.code, ann.on_time, bea.agent.code, bea.on_time) == (ANN, 6, BEA, 0)
    assert ann.points > bea.points
    assert bea.standing == "below"  # no answer of six in time: the upper bound is 0.39, the line 0.75


def test_facts_that_come_later_do_not_rewrite_a_published_rating():
    make_quick_policy()
    make_shop()
    talk(0, BAD)
    score(0)
    published = judgements_stored()

    talk(0, GOOD, hour=15)
    score(0)

    assert ShopDay.objects.get().turns == 20
    assert judgements_stored() == published
    assert ShopRating.objects.get().turns == 10


def test_rating_the_past_does_not_touch_todays_privileges():
    """Days 0 and 3 are rated; the days between would have taken privileges away by their end, had they been in time."""
    make_quick_policy()
    make_shop()
    for day, waits in enumerate([GOOD, BAD, BAD, GOOD]):
        talk(day, waits)
    score(0)
    score(3)
    held, history = privileges(), list(PrivilegesChange.objects.values_list())
    assert [grade for _, grade, _ in grades()] == ["S", "S"]

    score(1, 2)

    assert grades()[2] == (2, "D", "fallen")
    assert privileges() == held
    assert list(PrivilegesChange.objects.values_list()) == history


def test_a_replay_as_of_the_past_counts_only_contacts_that_had_settled_then():
    """Wednesday 00:00: Monday's turns have all settled; its contacts settle on Thursday."""
    make_quick_policy()
    make_shop()
    talk(0, GOOD)
    score(0, as_of=at("00:00", 3))
    in_time = judgements_stored()
    assert ShopRating.objects.get().contacts_settled == 0

    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()
    score(1)
    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()
    assert ShopDay.objects.get().contacts_settled == 10
    score(0, as_of=at("00:00", 3))

    assert judgements_stored() == in_time


def test_a_policy_in_the_middle_judges_from_its_day_on():
    make_quick_policy()
    second = make_quick_policy(on(2), target_seconds=15)
    make_shop()
    for day in range(4):
        talk(day, GOOD)

    score(0, 3)

    rows = ShopRating.objects.order_by("on").values_list("policy__version", "on_time")
    assert list(rows) == [(1, 10), (1, 10), (2, 0), (2, 0)]  # all waited 20 s
    assert Policy.objects.get(version=2) == second


def test_days_measured_with_a_longer_window_are_final_by_it_also_after_a_policy_with_a_shorter_one():
    """Until Monday W is 72 h, from Tuesday on 2 h: as of Wednesday Monday's turns may still be answered."""
    make_quick_policy(window_days=30, answer_window_hours=72)
    make_quick_policy(on(1), window_days=30, answer_window_hours=2)
    make_shop()
    for day in range(3):
        talk(day, GOOD)

    score(2, as_of=at("03:00", 3))

    assert ShopRating.objects.get().turns == 10  # Tuesday's
    assert ShopRating.objects.get().pending == 0


def test_without_messages_a_shop_is_rated_once_and_then_left_alone():
    make_quick_policy()
    make_shop()
    make_shop(BOOKS)
    for day in range(3):
        talk(day, GOOD, BOOKS)

    score(0, 2)

    assert grades(TEA) == [(0, "provisional", "sample_too_small")]
    assert len(grades(BOOKS)) == 3


def test_a_shop_that_fell_silent_keeps_its_grade_and_is_rated_until_that_is_the_last_word():
    make_quick_policy()
    make_shop()
    make_shop(BOOKS)
    talk(0, GOOD)
    talk(3, GOOD, BOOKS)

    score(0, 3)

    assert grades() == [(0, "S", "first_grade"), (1, "S", "sample_too_small")]


def test_a_log_without_messages_rates_every_shop_provisionally():
    make_quick_policy()
    make_shop()

    summary = score(0, 1)

    assert (summary.ratings, summary.settled.days_computed) == (1, 0)
    assert privileges()["keyword_limit"] == 50


def test_progress_is_told_from_nothing_to_all_of_each_step():
    make_quick_policy()
    make_shop()
    for day in range(3):
        talk(day, GOOD)
    told: list[Progress] = []

    score_days(on(0), on(2), as_of=LONG_AFTER, report=told.append)

    for step in ("settle", "rate"):
        mine = [progress for progress in told if progress.step == step]
        assert mine[0].done == 0
        assert mine[-1].done == mine[-1].total > 0
        assert [progress.done for progress in mine] == sorted(progress.done for progress in mine)
    assert LONG_AFTER.tzinfo is UTC


def test_an_agent_at_another_shop_is_another_agent():
    make_quick_policy()
    make_shop()
    make_shop(BOOKS)
    talk(0, [10] * 6)
    talk(0, [None] * 6, BOOKS)

    score(0)

    assert {score_.agent.shop.code: score_.answered for score_ in AgentScore.objects.all()} == {TEA: 6, BOOKS: 0}
    assert Agent.objects.filter(code=ANN).count() == 2
