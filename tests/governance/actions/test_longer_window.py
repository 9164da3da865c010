"""A window that depends on volume, as eBay's: quiet shops are rated by a longer one, the others by the ordinary one."""

from __future__ import annotations

import pytest

from governance.actions.replay_rating import replay_rating
from governance.models import AgentScore, ShopRating
from tests.builders import BOOKS, TEA, make_policy, make_shop, on
from tests.governance.actions.marketplace import BAD, GOOD, NO_BRAKE, QUICK, score, talk

pytestmark = pytest.mark.django_db

BUSY = GOOD * 2
"""Twenty turns, all answered."""


@pytest.fixture
def _days() -> None:
    make_policy(
        on(-400), shops=QUICK, agents={"min_turns": 5}, brake=NO_BRAKE, measures_window_days=1,
        longer_window={"below_turns": 20, "days": 3},
    )  # fmt: skip
    make_shop()
    make_shop(BOOKS)
    for day, waits in enumerate((GOOD, BAD, GOOD, GOOD)):  # ten turns a day
        talk(day, waits)
        talk(day, BUSY, BOOKS)


def rated(shop: str, day: int) -> tuple[int, int, int, int]:
    """Of a rating: settled and answered turns, first and last day of its window after the Monday."""
    rating = ShopRating.objects.get(shop__code=shop, on=on(day))
    window = ((each - on(0)).days for each in (rating.window_first_on, rating.window_last_on))
    return (rating.settled, rating.answered, *window)


@pytest.mark.usefixtures("_days")
def test_a_shop_with_few_turns_is_rated_by_the_longer_window_and_one_with_enough_is_not():
    score(0, 3)

    assert rated(TEA, 2) == (30, 26, 0, 2)
    assert rated(TEA, 3) == (30, 26, 1, 3)
    assert rated(BOOKS, 2) == (20, 20, 2, 2)  # twenty are enough


@pytest.mark.usefixtures("_days")
def test_agents_are_scored_by_the_window_of_their_shop():
    score(0, 3)

    scores = AgentScore.objects.filter(on=on(3)).values_list("agent__shop__code", "settled", "window_first_on")
    assert set(scores) == {(TEA, 30, on(1)), (BOOKS, 20, on(3))}


@pytest.mark.usefixtures("_days")
def test_a_rating_by_the_longer_window_replays_equal_and_day_by_day_is_the_same():
    score(0, 3)
    together = list(ShopRating.objects.order_by("on", "shop").values_list("on", "shop", "points", "settled", "lines"))
    assert all(replay_rating(rating.pk).is_equal for rating in ShopRating.objects.all())
    ShopRating.objects.all().delete()

    for day in range(4):
        score(day)

    assert (
        list(ShopRating.objects.order_by("on", "shop").values_list("on", "shop", "points", "settled", "lines"))
        == together
    )
