"""Control totals: a date is final for a shop only once the log holds what the sender says that it had."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shops.actions.control_totals import TotalError, accept_total, count_control_totals
from shops.actions.final_days import find_dates_left_out
from shops.actions.settle_days import settle_days
from shops.chat.log import open_log
from shops.models import AgentDay, AuditEntry, ControlTotal, Shop, ShopDay, User
from tests.builders import BOOKS, LONG_AFTER, TEA, asks, at, make_policy, make_shop, on, store, turns

pytestmark = pytest.mark.django_db


def state_total(messages: int, day: int = 0, shop: str = TEA) -> ControlTotal:
    """What the sender says."""
    total, _ = ControlTotal.objects.update_or_create(
        shop=Shop.objects.get(code=shop), on=on(day), defaults={"messages": messages, "stated_at": LONG_AFTER}
    )
    return total


def settle(first: int = 0, last: int = 2) -> None:
    settle_days(on(first), on(last), as_of=LONG_AFTER)


def count(first: int = 0, last: int = 2, as_of: datetime = LONG_AFTER):
    """Count every shard; the sum of what was done."""
    done = [count_control_totals(shard, on(first), on(last), as_of=as_of) for shard in range(open_log().shards)]
    return sum(one.days_counted for one in done), sum(one.totals_changed for one in done)


def final_days(model: type = ShopDay, shop: str = TEA) -> list[int]:
    """Which stored days of the shop (or its agents) are final, as days after the Monday."""
    whose = "shop__code" if model is ShopDay else "agent__shop__code"
    days = model.objects.filter(**{whose: shop}, is_final=True).order_by("on").values_list("on", flat=True)
    return [(day - on(0)).days for day in days]


@pytest.fixture
def tea() -> Shop:
    """Tea house with two answered turns, four messages, on each of three days."""
    make_policy()
    tea = make_shop(hours="00:00-24:00")
    for day in range(3):
        store(*turns(day, [30, 40]))
    return tea


def test_a_date_whose_total_is_met_is_final(tea) -> None:
    total = state_total(4)
    settle()
    assert count() == (1, 1)

    total.refresh_from_db()
    assert (total.counted, total.counted_at) == (4, LONG_AFTER)
    assert final_days() == [0, 1, 2]


@pytest.mark.parametrize("stated", [3, 5, 0])
def test_a_date_is_not_final_while_the_log_holds_more_or_less_than_stated(tea, stated) -> None:
    state_total(stated, day=1)
    settle()
    count()

    assert final_days() == [0, 2]
    assert final_days(AgentDay) == [0, 2]
    assert find_dates_left_out(on(0), on(2)) == {TEA: (on(1),)}


def test_a_stated_total_holds_its_date_before_anybody_counted(tea) -> None:
    state_total(4, day=1)
    settle()
    assert final_days() == [0, 2]

    count()
    assert final_days() == [0, 1, 2]


@pytest.mark.parametrize("order", [(settle, count), (count, settle), (settle, count, settle), (count, settle, count)])
def test_settling_and_counting_end_in_the_same_whatever_comes_first(tea, order) -> None:
    state_total(4, day=0)
    state_total(9, day=1)
    for step in order:
        step()
    count()

    assert final_days() == final_days(AgentDay) == [0, 2]


def test_a_late_message_meets_the_total_and_the_date_is_final_again(tea) -> None:
    state_total(5, day=1)
    settle()
    count()
    assert final_days() == [0, 2]

    store(asks(at("12:00", 1), buyer="late"), received_at=at("12:00", 20))
    settle()
    count()
    assert final_days() == [0, 1, 2]


def test_messages_sent_twice_count_once(tea) -> None:
    again = turns(0, [30, 40])
    store(*again[:3], received_at=at("00:00", 9))
    state_total(4)
    settle()
    count()

    assert final_days() == [0, 1, 2]


def test_messages_count_on_the_local_date_of_the_shop() -> None:
    make_policy()
    make_shop(TEA, timezone="Asia/Shanghai", hours="00:00-24:00")
    make_shop(BOOKS, timezone="America/New_York", hours="00:00-24:00")
    for shop in (TEA, BOOKS):
        # The last and the first instant of the Tuesday in Shanghai, and in New York.
        for number, sent_at in enumerate(
            (
                at("15:59:59.999"),
                at("16:00"),
                at("03:59:59.999", 1),
                at("04:00", 1),
                at("15:59:59.999", 1),
                at("16:00", 1),
            )
        ):
            store(asks(sent_at, buyer=f"b{number}", shop=shop))
    for shop in (TEA, BOOKS):
        for day in range(3):
            state_total(0, day, shop)
    count()

    counted = {
        shop: list(ControlTotal.objects.filter(shop__code=shop).order_by("on").values_list("counted", flat=True))
        for shop in (TEA, BOOKS)
    }
    assert counted == {TEA: [1, 4, 1], BOOKS: [3, 3, 0]}


def test_a_date_that_is_not_over_everywhere_is_not_counted(tea) -> None:
    state_total(4, day=1)

    assert count(as_of=at("23:59:59.999", 1)) == (0, 0)
    assert count(as_of=at("00:00", 2)) == (1, 1)


def test_nothing_is_counted_twice_unless_messages_or_totals_came(tea) -> None:
    state_total(4, day=0)
    state_total(4, day=1)
    assert count() == (2, 2)
    assert count() == (0, 0)

    state_total(4, day=2)
    assert count() == (1, 1)

    store(asks(at("12:00", 2), buyer="late"), received_at=at("12:00", 20))
    assert count() == (2, 1)  # the day itself, and the day before, whose end the same UTC day can hold


def test_a_shop_whose_time_zone_changed_is_counted_again(tea) -> None:
    total = state_total(4)
    count()
    Shop.objects.update(timezone="Asia/Tokyo")
    store(asks(at("18:00", -1), buyer="night"))
    assert count()[1] == 1

    total.refresh_from_db()
    assert total.counted == 5  # 18:00 of the Sunday in UTC is 03:00 of the Monday in Tokyo


def test_a_policy_that_ignores_totals_finalises_by_time(tea) -> None:
    make_policy(date(2021, 1, 1), clock={"control_totals": "ignored"})
    state_total(9, day=1)
    settle()
    count()

    assert final_days() == [0, 1, 2]
    assert find_dates_left_out(on(0), on(2)) == {}


def test_where_totals_are_required_a_missing_one_holds_the_date(tea) -> None:
    make_policy(on(1), clock={"control_totals": "required"})
    state_total(4, day=1)
    settle()
    count()

    assert final_days() == [0, 1]  # the Monday obeys the policy before, the Wednesday's total is owed
    owed = ControlTotal.objects.get(on=on(2))
    assert (owed.messages, owed.counted) == (None, 4)


def test_a_shop_owes_no_total_for_the_time_before_it_opened_or_wrote() -> None:
    make_policy(clock={"control_totals": "required"})
    make_shop(TEA, opened_on=on(1))
    make_shop(BOOKS, opened_on=None)
    store(*turns(2, [30], shop=BOOKS))
    settle()
    count()

    owed = set(ControlTotal.objects.values_list("shop__code", "on"))
    assert owed == {(TEA, on(1)), (TEA, on(2)), (BOOKS, on(2))}


def test_a_total_of_a_shop_without_any_messages_is_compared_too(tea) -> None:
    make_shop(BOOKS)
    state_total(0, 0, BOOKS)
    state_total(7, 1, BOOKS)
    count()

    assert find_dates_left_out(on(0), on(2)) == {BOOKS: (on(1),)}


def test_an_accepted_difference_makes_the_date_final_and_is_on_record(tea) -> None:
    total = state_total(9, day=1)
    settle()
    count()
    staff = User.objects.create_user("sam")

    accept_total(total, by=staff, why="The sender counted its test messages", now=LONG_AFTER)

    assert final_days() == final_days(AgentDay) == [0, 1, 2]
    entry = AuditEntry.objects.get(action="accept_total")
    assert (entry.by, entry.target) == (staff, f"{TEA} {on(1)}")
    assert entry.detail == {"stated": 9, "counted": 4, "why": "The sender counted its test messages"}


@pytest.mark.parametrize(
    ("stated", "why", "complaint"), [(9, "  ", "for a reason"), (4, "because", "nothing to accept")]
)
def test_a_difference_is_accepted_for_a_reason_and_only_where_there_is_one(tea, stated, why, complaint) -> None:
    total = state_total(stated)
    count()

    with pytest.raises(TotalError, match=complaint):
        accept_total(total, by=User.objects.create_user("sam"), why=why, now=LONG_AFTER)
    assert not AuditEntry.objects.filter(action="accept_total").exists()


def test_a_difference_is_accepted_once(tea) -> None:
    total = state_total(9)
    sam = User.objects.create_user("sam")
    accept_total(total, by=sam, why="known", now=LONG_AFTER)

    with pytest.raises(TotalError, match="accepted before"):
        accept_total(total, by=sam, why="known", now=datetime(2026, 8, 1, tzinfo=UTC))
