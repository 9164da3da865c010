"""Windows reach back over dates that are not final for a shop; nobody else's window changes."""

from __future__ import annotations

from itertools import product

import pytest
from django.db.models import F

from governance.actions.window_measures import ShopDates, read_shard_windows, read_windows
from governance.models import AgentScore, ShopRating
from shops.actions.standards import clock_standards
from shops.chat.clock import to_ms
from shops.chat.log import open_log
from shops.models import ControlTotal, Shop
from tests.builders import ANN, BOOKS, LONG_AFTER, TEA, make_policy, make_shop, on
from tests.governance.actions.marketplace import BAD, GOOD, QUICK, make_quick_policy, score, talk

pytestmark = pytest.mark.django_db


def lose(day: int, shop: str = TEA) -> None:
    """The sender says that the shop had one more message than the log holds."""
    ControlTotal.objects.create(shop=Shop.objects.get(code=shop), on=on(day), messages=999, counted=998)


def find(day: int, shop: str = TEA) -> None:
    """The sender says as many messages as were counted."""
    ControlTotal.objects.filter(shop__code=shop, on=on(day)).update(messages=F("counted"))


def windows(first: int, last: int, window_days: int = 3):
    days = [on(day) for day in range(first, last + 1)]
    standard = clock_standards(days[0], days[-1])[-1][2]
    return list(read_windows(open_log(), days, standard, window_days, to_ms(LONG_AFTER)))


@pytest.fixture(autouse=True)
def two_shops(request, settings) -> None:
    """Tea house and book nook over eight days, each with ten turns a day; the tea house is bad on day 4."""
    settings.CHAT_LOG_SHARDS = getattr(request, "param", 1)
    make_quick_policy(window_days=3)
    for code in (TEA, BOOKS):
        make_shop(code, category=code)
        for day in range(8):
            talk(day, BAD if (day, code) == (4, TEA) else GOOD, code)


def test_a_lost_date_is_in_no_window_of_its_shop_and_the_window_reaches_further_back() -> None:
    score(0, 3)
    lose(4)
    score(4, 5)

    tea, books = (ShopRating.objects.get(shop__code=code, on=on(5)) for code in (TEA, BOOKS))
    assert (tea.window_first_on, tea.window_last_on, tea.left_out) == (on(2), on(5), [on(4).isoformat()])
    assert (tea.turns, tea.unanswered) == (30, 0)  # days 2, 3 and 5
    assert (books.window_first_on, books.window_last_on, books.left_out) == (on(3), on(5), [])
    scores = AgentScore.objects.filter(on=on(5), agent__code=ANN).order_by("agent__shop__code")
    assert list(scores.values_list("agent__shop__code", "window_first_on", "turns")) == [
        (BOOKS, on(3), 30), (TEA, on(2), 30),
    ]  # fmt: skip


def test_a_date_lost_for_everybody_is_in_no_window() -> None:
    for code in (TEA, BOOKS):
        lose(5, code)

    (window,) = windows(6, 6)
    for code in (TEA, BOOKS):
        assert window.dates_of(code) == ShopDates((on(3), on(4), on(6)), (on(5),))


def test_a_date_found_again_is_part_of_the_windows_after_it() -> None:
    lose(4)
    score(5)
    find(4)
    score(6)

    ratings = ShopRating.objects.filter(shop__code=TEA).order_by("on")
    assert list(ratings.values_list("unanswered", "left_out")) == [(0, [on(4).isoformat()]), (4, [])]


def test_a_shop_for_which_no_date_is_final_is_not_rated_and_keeps_what_it_has() -> None:
    score(3)
    grade = Shop.objects.get(code=TEA).privileges.grade
    ControlTotal.objects.bulk_create(
        ControlTotal(shop=Shop.objects.get(code=TEA), on=on(day), messages=9, counted=8) for day in range(-45, 8)
    )
    score(4, 7)

    assert ShopRating.objects.filter(shop__code=TEA).count() == 1
    assert ShopRating.objects.filter(shop__code=BOOKS).count() == 5
    assert Shop.objects.get(code=TEA).privileges.grade == grade


def test_days_together_have_the_windows_of_days_one_by_one() -> None:
    score(0, 7)
    for code, day in ((TEA, 2), (TEA, 4), (BOOKS, 4), (BOOKS, 5)):
        lose(day, code)

    together = windows(2, 7)
    apart = [window for day in range(2, 8) for window in windows(day, day)]

    assert all(window.shops.keys() == {TEA, BOOKS} for window in together)
    assert [window.on for window in together] == [window.on for window in apart]
    for one, other in zip(together, apart, strict=True):
        assert (one.shops, one.agents) == (other.shops, other.agents)
        for code in (TEA, BOOKS):
            assert one.dates_of(code) == other.dates_of(code)


@pytest.mark.parametrize("two_shops", [4], indirect=True)
def test_windows_of_shards_make_up_the_whole(two_shops) -> None:
    score(0, 7)
    lose(4)
    whole = windows(5, 6)
    days = [on(5), on(6)]
    standard = clock_standards(days[0], days[-1])[-1][2]

    log = open_log()
    assert log.shards == 4
    by_shard = [
        list(read_shard_windows(log, shard, days, standard, 3, to_ms(LONG_AFTER))) for shard in range(log.shards)
    ]

    for number, code in product(range(2), (TEA, BOOKS)):
        found = [windows_[number] for windows_ in by_shard if code in windows_[number].shops]
        assert len(found) == 1
        assert found[0].shops[code] == whole[number].shops[code]
        assert found[0].dates_of(code) == whole[number].dates_of(code)


def test_a_policy_that_ignores_totals_leaves_nothing_out() -> None:
    make_policy(on(-30), shops=QUICK, measures_window_days=3, clock={"control_totals": "ignored"})
    lose(4)

    (window,) = windows(5, 5)
    assert (window.own_dates, window.dates_of(TEA).dates) == ((), (on(3), on(4), on(5)))


def test_turns_of_a_window_are_judged_by_the_targets_of_their_own_days() -> None:
    """All turns take 20 s. The policy of days 0 to 4 allows 180 s, that from day 5 on 10 s."""
    make_policy(on(5), shops=QUICK, agents={"min_turns": 5}, measures_window_days=3, clock={"target_seconds": 10})
    score(0, 7)

    on_time = dict(ShopRating.objects.filter(shop__code=BOOKS).values_list("on", "on_time"))
    assert [on_time[on(day)] for day in (4, 5, 6, 7)] == [30, 20, 10, 0]
