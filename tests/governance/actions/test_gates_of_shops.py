"""Gates through the whole chain: from the chat log to what a shop may do, kept with the rating and replayed equal."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions.replay_rating import replay_rating
from governance.models import ShopRating
from tests.builders import TEA, make_policy, make_shop, on
from tests.governance.actions.marketplace import BAD, GOOD, NO_BRAKE, POOR, changes, privileges, score, talk
from tests.screens_data import make_staff

pytestmark = pytest.mark.django_db

STEADY = {"min_turns": 5, "new_shop_days": 0, "rise": {"margin_points": 0, "after_days": 300}}
STEADY["fall"] = {"margin_points": 0, "after_days": 300}
"""Grades stand still, so that only gates move anything."""


def make_gated_policy(**values: Any) -> None:
    """One gate on the answer rate of a single day, by the plain figure unless told otherwise."""
    gate = {
        "key": "campaigns",
        "title": {"en": "Big campaigns", "zh-hans": "大促报名"},
        "needs": [{"of": "answer_rate", "at_least": 0.9}],
        "needs_proof": False,
        "while_closed": {"may_join_campaigns": False, "search_weight": 0.5},
    }
    make_policy(on(-400), shops=STEADY, measures_window_days=1, brake=NO_BRAKE, gates=[gate | values])


def states() -> list[tuple[bool, str]]:
    ratings = ShopRating.objects.filter(shop__code=TEA).order_by("on")
    return [(gate["is_open"], gate["reason"]) for rating in ratings for gate in rating.gates]


def test_a_gate_takes_and_gives_back_what_the_grade_grants():
    make_gated_policy()
    make_shop()
    for day, waits in enumerate((GOOD, BAD, BAD, GOOD)):
        talk(day, waits)

    score(0)
    before = privileges()
    score(1, 2)
    closed = privileges()
    score(3)

    assert states() == [(True, "met"), (False, "missed"), (False, "missed"), (True, "met")]
    assert (closed["may_join_campaigns"], closed["search_weight"]) == (0, 0.5)
    assert closed == before | {"may_join_campaigns": 0, "search_weight": 0.5}
    assert privileges() == before
    assert [(day, taken, granted) for day, _, _, taken, granted in changes()][1:] == [
        (1, ["may_join_campaigns", "search_weight"], []),
        (3, [], ["may_join_campaigns", "search_weight"]),
    ]


def test_a_gate_that_needs_proof_closes_only_on_proof():
    make_gated_policy(needs_proof=True)
    make_shop()
    for day, waits in enumerate((GOOD, POOR, BAD)):  # 8 of 10 prove nothing, 6 of 10 do
        talk(day, waits)

    score(0, 2)

    assert states() == [(True, "met"), (True, "not_proven"), (False, "missed")]


def test_days_in_a_row_go_on_where_the_next_run_begins():
    make_gated_policy(closes_after_days=3)
    make_shop()
    for day, waits in enumerate((GOOD, BAD, BAD, BAD)):
        talk(day, waits)

    for day in range(4):
        score(day)

    assert [reason for _, reason in states()] == ["met", "closing", "closing", "missed"]


def test_ratings_with_gates_replay_equal():
    make_gated_policy(needs=[{"of": "points", "at_least": 80, "mean_of_days": 3}], closes_after_days=2)
    make_shop()
    for day, waits in enumerate((GOOD, BAD, BAD, GOOD, BAD)):
        talk(day, waits)
    score(0, 4)

    assert len(states()) == 5
    assert all(replay_rating(rating.pk).is_equal for rating in ShopRating.objects.all())


def test_whoever_reads_the_scorecard_sees_what_the_gate_asked_and_found(client: Client):
    make_gated_policy()
    make_shop()
    talk(0, BAD)
    score(0)
    client.force_login(make_staff())

    page = client.get(reverse("scorecard", args=[TEA])).content.decode()
    assert "Answered at all: at least 90.0%" in page
    assert "60.0% (6 of 10, 4 buyers affected)" in page
    rating = ShopRating.objects.get()
    assert (
        "A condition is not met."
        in client.get(reverse("admin:governance_shoprating_change", args=[rating.pk])).content.decode()
    )
