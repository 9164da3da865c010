"""Ratings by violation points: lowered by a decision, corrected as of their days when it is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.actions.appeals import decide_appeal, file_appeal
from governance.actions.override_decision import withdraw_decision
from governance.actions.rating_corrections import correct_ratings
from governance.actions.replay_rating import replay_rating
from governance.actions.review_decision import release_decision
from governance.models import AgentScore, Decision, RatingCorrection, ShopRating
from governance.policy.reasons import Statement
from shops.models import Privileges, Shop, User
from tests.builders import LONG_AFTER, TEA, make_policy, make_shop, on, policy_document
from tests.governance.actions.marketplace import GOOD, NO_BRAKE, QUICK, changes, grades, score, talk
from tests.governance.actions.violating import APPEALS, decide, make_staff, noon, violations

pytestmark = pytest.mark.django_db
WORDS = Statement("It was wrong.", "原决定有误。")
CURVE = [[0, 100], [12, 50], [24, 0]]
"""Points of the rating by violation points: 6 cost a quarter of the dimension, 12 half, 24 all of it."""


@pytest.fixture
def carol() -> User:
    return make_staff("carol")


def with_points(**changes: Any) -> dict[str, Any]:
    """The rules for shops by which answering weighs 60 and violation points 40; above 5 is proven substandard."""
    title = {"en": "Violations", "zh-hans": "违规"}
    answered = {"key": "answered", "title": title, "measure": "answer_rate", "weight": 60, "curve": [[0, 0], [1, 100]]}
    points = {"key": "violations", "title": title, "measure": "violation_points", "weight": 40, "curve": CURVE}
    return QUICK | {"dimensions": [answered, points | {"line": 5} | changes]}


def make_rated_policy(**rules: Any) -> None:
    make_policy(
        shops=with_points() | rules,
        agents={"min_turns": 5},
        brake=NO_BRAKE,
        measures_window_days=1,
        violations=violations(),
        redress={"appeals": APPEALS},
    )


def points_lost(shop: Shop) -> list[float]:
    """What the violations cost on each day."""
    ratings = ShopRating.objects.filter(shop=shop).order_by("on")
    return [line["points_lost"] for rating in ratings for line in rating.lines if line["key"] == "violations"]


def talk_daily(days: int) -> None:
    for day in range(days):
        talk(day, GOOD)


def score_daily(first: int, last: int) -> None:
    """Each night by what is known three days later, when every turn of the day is settled."""
    for day in range(first, last + 1):
        score(day, as_of=noon(day + 3))


def test_points_in_force_on_the_day_cost_what_the_curve_says(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(3)

    score_daily(0, 0)
    decide(shop, "serious", carol, day=1)  # 6 points
    score_daily(1, 1)
    decide(shop, "serious", carol, day=2)  # 12 in all
    score_daily(2, 2)

    assert points_lost(shop) == [0, 10, 20]  # 40 x 0, 40 x 25 %, 40 x 50 %
    line = ShopRating.objects.get(on=on(1)).lines[1]
    assert (line["value"], line["standing"], line["interval"], line["prior"]) == (6, "below", None, None)
    assert [replay_rating(rating.pk).is_equal for rating in ShopRating.objects.all()] == [True] * 3


def test_a_decision_of_the_next_day_is_no_part_of_a_rating(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(1)
    decide(shop, "serious", carol, day=1)

    score_daily(0, 0)

    assert points_lost(shop) == [0]


def test_points_alone_lower_a_grade_and_its_privileges(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(4)
    score_daily(0, 0)
    decide(shop, "extreme", carol, day=1)
    assert grades() == [(0, "S", "first_grade")]

    release(carol)
    score_daily(1, 3)

    # 60 of 100 from the second day on; it falls after two days in a row, since points over the line are proven.
    assert [grade for _, grade, _ in grades()] == ["S", "S", "C", "C"]


def release(first: User) -> None:
    decision = Decision.objects.get()
    assert decision.decided_by == first
    release_decision(decision.pk, by=make_staff("erin"), at=noon(1), reason="Clear.")


def test_a_won_appeal_corrects_each_day_the_grade_and_the_privileges(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(6)
    score_daily(0, 0)
    decision = decide(shop, "extreme", carol, day=1)
    release(carol)
    score_daily(1, 3)
    fallen = Privileges.objects.get(shop=shop)
    assert fallen.grade == "C"
    scores = list(AgentScore.objects.order_by("pk").values())

    appeal = file_appeal(decision, who="shop", text="No.", at=noon(7))
    decide_appeal(appeal.pk, accept=True, answer=WORDS, by=make_staff("dave"), at=noon(7))

    corrected = RatingCorrection.objects.order_by("rating__on")
    assert [(each.rating.on, each.points, each.grade) for each in corrected] == [
        (on(day), 100, "S") for day in (1, 2, 3)
    ]
    assert {each.decision.kind for each in corrected} == {"withdrawal"}
    assert [grade for _, grade, _ in grades()] == ["S", "S", "C", "C"]  # what was published stays
    assert list(AgentScore.objects.order_by("pk").values()) == scores
    risen = Privileges.objects.get(shop=shop)
    document = policy_document()
    assert (risen.grade, risen.keyword_limit) == ("S", document.privileges_of("S").keyword_limit)
    assert changes()[-1][2] == "S"

    score_daily(4, 5)
    assert [grade for _, grade, _ in grades()][-2:] == ["S", "S"]  # the next day starts from the corrected grade
    newest = ShopRating.objects.get(on=on(5))
    assert replay_rating(newest.pk).is_equal
    assert replay_rating(ShopRating.objects.get(on=on(2)).pk).is_equal  # as known then


def test_a_correction_is_made_once_and_a_second_withdrawal_starts_from_it(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(3)
    first = decide(shop, "serious", carol, day=0)
    second = decide(shop, "serious", carol, day=1)
    score_daily(0, 2)
    assert points_lost(shop) == [10, 20, 20]

    one = withdraw_decision(first.pk, words=WORDS, by=carol, at=noon(6))
    correct_ratings(one, at=noon(6))
    assert correct_ratings(one, at=noon(6)) == 0
    two = withdraw_decision(second.pk, words=WORDS, by=carol, at=noon(7))
    correct_ratings(two, at=noon(7))

    rows = RatingCorrection.objects.order_by("pk").values_list("decision", "rating__on", "points")
    assert list(rows) == [
        *((one.pk, on(0), 100), (one.pk, on(1), 90), (one.pk, on(2), 90)),
        *((two.pk, on(1), 100), (two.pk, on(2), 100)),
    ]


def test_ratings_that_do_not_use_points_stay(carol: User) -> None:
    make_policy(shops=QUICK, agents={"min_turns": 5}, measures_window_days=1, violations=violations(), redress={})
    shop = make_shop()
    talk_daily(2)
    decision = decide(shop, "serious", carol, day=0)
    score_daily(0, 1)

    ending = withdraw_decision(decision.pk, words=WORDS, by=carol, at=noon(3))

    assert correct_ratings(ending, at=noon(3)) == 0
    assert not RatingCorrection.objects.exists()


def test_a_quiet_shop_is_rated_again_when_its_points_change(carol: User) -> None:
    make_rated_policy(few_turns=None)
    shop = make_shop()
    talk(0, GOOD)
    talk(1, GOOD, shop=make_shop("book-nook").code)
    score_daily(0, 2)  # the first day has facts, the second none, and then nothing new can be said
    rated = [day for day, _, _ in grades(TEA)]

    decide(shop, "serious", carol, day=3)
    for day in (3, 4):
        talk(day, GOOD, shop="book-nook")
    score_daily(3, 4)

    assert [day for day, _, _ in grades(TEA)] == [*rated, 3]


def test_scoring_late_counts_what_was_in_force_on_the_day(carol: User) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(2)
    decide(shop, "serious", carol, day=1)

    score(0, 1, as_of=LONG_AFTER)

    assert points_lost(shop) == [0, 10]


def test_the_scorecard_says_that_a_rating_was_corrected(carol: User, client: Client) -> None:
    make_rated_policy()
    shop = make_shop()
    talk_daily(2)
    decision = decide(shop, "serious", carol)
    score_daily(0, 1)
    client.force_login(User.objects.create_superuser("root"))
    assert "This rating was corrected" not in client.get(f"/shops/{TEA}/scorecard/").content.decode()

    ending = withdraw_decision(decision.pk, words=WORDS, by=carol, at=noon(6))

    page = client.get(f"/shops/{TEA}/scorecard/").content.decode()
    assert "This rating was corrected" in page
    assert ending.code in page
