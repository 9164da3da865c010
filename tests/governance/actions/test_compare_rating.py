"""A published rating stays; what later facts would have made of it is told beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.actions.compare_rating import Comparison, compare_rating
from governance.actions.replay_rating import replay_rating
from governance.models import ShopRating
from governance.views.later_facts import later_facts
from shops.actions.settle_days import settle_days
from shops.models import ControlTotal, Feedback, Outage, Shop, User
from tests.builders import BOOKS, LONG_AFTER, TEA, answers, asks, at, make_shop, on, store, turns
from tests.governance.actions.marketplace import BAD, GOOD, POOR, make_quick_policy, score, talk

pytestmark = pytest.mark.django_db

SOON = at("09:00", 8)
"""Turns up to day 5 have settled (repeated replies count over whole days), contacts of day 5 have not."""


@pytest.fixture(autouse=True)
def tea() -> Shop:
    """Tea house over six days: poor, in the end good."""
    make_quick_policy(window_days=3)
    shop = make_shop(hours="00:00-24:00")
    for day in range(6):
        talk(day, POOR if day < 4 else GOOD)
    return shop


def published(day: int = 5, shop: str = TEA) -> ShopRating:
    return ShopRating.objects.select_related("policy", "shop").get(shop__code=shop, on=on(day))


def compared(day: int = 5) -> Comparison:
    comparison = compare_rating(published(day))
    assert comparison is not None
    return comparison


def settle_later(days: int = 30) -> None:
    """Settle again so many days after."""
    settle_days(on(0), on(6), as_of=SOON + timedelta(days=days))


def test_nothing_differs_while_nothing_came_later() -> None:
    score(0, 5, as_of=SOON)

    comparison = compared()
    assert comparison.is_equal
    assert not comparison.would_change
    assert comparison.points == (published().points, published().points)


def test_contacts_that_settle_in_time_are_no_later_fact() -> None:
    """Contacts of the last days settle 72 h later: that is no news, and no difference."""
    score(0, 5, as_of=SOON)
    assert published().contacts_settled < published().contacts
    settle_later()

    assert compared().is_equal


def test_a_late_answer_shows_line_by_line() -> None:
    score(0, 5, as_of=SOON)
    before = published()
    store(answers(at("10:09", 3), "buyer-3-10-8"), received_at=at("09:00", 9))
    settle_later()

    comparison = compared()
    assert not comparison.is_equal
    assert comparison.measures["unanswered"] == (2, 1)
    assert comparison.measures["answered"] == (28, 29)
    assert {"answered"} <= {line.key for line in comparison.lines}
    assert comparison.would_change
    assert comparison.points[1] > comparison.points[0] == before.points
    assert published() == before
    assert replay_rating(before.pk).is_equal


def test_the_difference_equals_a_rating_that_knew_it_all() -> None:
    score(0, 5, as_of=SOON)
    store(*turns(4, BAD, hour=15), received_at=at("09:00", 9))
    Outage.objects.create(code="o1", starts_at=at("10:00", 3), ends_at=at("10:05", 3))
    Feedback.objects.create(
        shop=Shop.objects.get(), conversation_id="c", buyer_id="buyer-4-10-1", rated_at=at("12:00", 4), stars=1
    )
    settle_later()
    comparison = compared()
    ShopRating.objects.filter(on=on(5)).delete()
    score(5, as_of=SOON)

    again = published()
    values = {line["key"]: line["value"] for line in again.lines}
    assert {line.key: line.value[1] for line in comparison.lines}.items() <= values.items()
    assert {name: now for name, (_then, now) in comparison.measures.items()} == {
        name: getattr(again, name) for name in comparison.measures
    }
    assert {"turns", "stoppage", "stars_count"} <= comparison.measures.keys()


def test_a_date_that_was_found_again_shows_as_part_of_the_window(tea) -> None:
    ControlTotal.objects.create(shop=tea, on=on(5), messages=21)
    score(0, 5, as_of=SOON)
    assert published().left_out == [on(5).isoformat()]

    store(asks(at("16:00", 5), "late"), received_at=at("09:00", 9))
    score(6, as_of=SOON + timedelta(days=30))

    comparison = compared()
    assert (comparison.dates_found, comparison.dates_lost) == ((on(5),), ())


def test_a_total_that_is_stated_too_late_shows_as_a_date_taken_out(tea) -> None:
    score(0, 5, as_of=SOON)
    ControlTotal.objects.create(shop=tea, on=on(4), messages=99)

    assert compared().dates_lost == (on(4),)
    assert later_facts(published()).facts[0] == "control totals of 2026-05-08 that are not met"


def test_a_rating_of_a_release_that_kept_no_instant_is_not_compared() -> None:
    score(0, 5, as_of=SOON)
    ShopRating.objects.update(as_of=None)

    assert compare_rating(published()) is None
    assert later_facts(published()) is None


def test_comparing_costs_the_same_queries_for_two_shops_as_for_ten() -> None:
    def queries(first: int, last: int) -> int:
        for number in range(first, last):
            make_shop(f"shop-{number}")
            talk(3, GOOD, f"shop-{number}")
            Feedback.objects.create(
                shop=Shop.objects.get(code=f"shop-{number}"),
                conversation_id="c",
                buyer_id="b",
                stars=1,
                rated_at=at("12:00", 4),
            )
        ShopRating.objects.all().delete()
        score(0, 5, as_of=SOON)
        settle_later(30 + last)
        rating = published()
        with CaptureQueriesContext(connection) as captured:
            compare_rating(rating)
        return len(captured)

    assert queries(0, 2) == queries(2, 10)


@pytest.mark.parametrize("address", ["why", "scorecard"])
def test_staff_and_members_read_what_came_later_and_that_the_rating_stays(tea, address) -> None:
    score(0, 5, as_of=SOON)
    client = Client()
    client.force_login(User.objects.create_superuser("sam", password=None))
    url = reverse("admin:shops_shop_why", args=[tea.pk]) if address == "why" else reverse("scorecard", args=[tea.code])
    assert "Facts that came later" not in client.get(url).content.decode()

    store(*turns(4, [None] * 3, hour=15), received_at=at("09:00", 9))
    settle_later()
    page = client.get(url).content.decode()

    assert "Facts that came later: 3 more turns." in " ".join(page.split())
    assert "The published rating stays" in page


def test_a_rating_replays_equal_though_an_earlier_span_was_scored_after_it() -> None:
    """The rating of day 5 followed none. Scoring days 0 to 4 afterwards gives it a predecessor that it never had."""
    make_shop(BOOKS)
    score(5)
    score(0, 4)

    for rating in ShopRating.objects.all():
        assert replay_rating(rating.pk).is_equal
    assert published().reason == "first_grade"


def test_a_rating_replays_equal_though_the_shops_opening_date_was_corrected_since() -> None:
    score(5)
    Shop.objects.update(opened_on=on(3))

    assert replay_rating(published().pk).is_equal


def test_a_rating_that_kept_no_state_replays_from_the_one_before() -> None:
    score(0, 5)
    ShopRating.objects.update(came_as=None)

    assert all(replay_rating(pk).is_equal for pk in ShopRating.objects.values_list("pk", flat=True))


def test_what_was_known_when_a_rating_was_published_is_kept_with_it() -> None:
    score(0, 5)

    rating = published()
    assert rating.as_of == LONG_AFTER
    before = published(4)
    assert rating.came_as["state"]["grade"] == before.grade
    assert rating.came_as["state"]["since_on"] == before.since_on.isoformat()
    assert published(0).came_as == {"state": None, "gates": [], "opened_on": "2024-01-01"}
