"""Settled days open again for whatever changes them: late messages, outages, calendars, stars, agents, policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shops.models import (
    AgentDay,
    ComputedDay,
    Escalation,
    Feedback,
    Holiday,
    HoursOverride,
    Outage,
    ReplyTemplate,
    ServiceHours,
    ShopDay,
)
from tests.builders import (
    TEA,
    answers,
    asks,
    at,
    days_stored,
    make_agent,
    make_policy,
    make_shop,
    on,
    store,
    turns,
)
from tests.shops.actions.settling import DAYS, make_tea_house, reopened, settle

pytestmark = pytest.mark.django_db

MS = timedelta(milliseconds=1)


@pytest.fixture
def tea():
    return make_tea_house()


def test_a_late_message_reopens_the_days_it_can_touch(tea):
    """Sent on day 10: it may undo contacts of days 6 to 9; days 11 to 14 look three W back, in whole UTC days."""
    settle()

    store(asks(at("12:00", 10), "buyer-7-10-0"), received_at=at("12:00", 30))

    assert reopened() == [6, 7, 8, 9, 10, 11, 12, 13, 14]


def test_a_late_answer_turns_an_unanswered_turn_into_an_answered_one(tea):
    settle()
    assert ShopDay.objects.get(on=on(5)).unanswered == 1

    store(answers(at("10:05", 5), "buyer-5-10-1"), received_at=at("12:00", 30))
    reopened()

    row = ShopDay.objects.get(on=on(5))
    assert (row.answered, row.unanswered) == (2, 0)


def test_a_repeated_message_reopens_days_but_changes_nothing(tea):
    settle()
    rows = days_stored()

    store(*turns(5, [30]), received_at=at("12:00", 30))
    reopened()

    assert days_stored() == rows


@pytest.mark.parametrize("how", ["named", "everywhere"])
def test_an_outage_declared_afterwards_reopens_its_days(tea, how):
    settle()
    outage = Outage.objects.create(
        code="o1", starts_at=at("09:00", 10), ends_at=at("11:00", 10), hits_all_shops=how == "everywhere"
    )
    if how == "named":
        outage.shops.add(tea)

    changed = reopened()

    assert set(changed) >= {10}
    assert set(changed) <= set(range(6, 16))
    assert ShopDay.objects.get(on=on(10)).stoppage == 2
    assert ShopDay.objects.get(on=on(9)).stoppage == 0


def test_an_outage_of_another_shop_reopens_nothing_for_this_one(tea):
    other = make_shop("other", agents=(), hours="00:00-24:00")
    settle()
    rows = days_stored()
    Outage.objects.create(code="o1", starts_at=at("09:00", 10), hits_all_shops=False).shops.add(other)

    settle()

    assert days_stored() == rows


CHANGES_OF_DAY_10 = {
    "an exception": lambda shop: HoursOverride.objects.create(shop=shop, date=on(10)),
    "a holiday": lambda shop: Holiday.objects.create(date=on(10)),
    "stars": lambda shop: Feedback.objects.create(
        shop=shop, conversation_id="c", buyer_id="bo", rated_at=at("10:00", 10), stars=1
    ),
    "a case": lambda shop: Escalation.objects.create(
        shop=shop, buyer_id="buyer-9-10-0", source="case", reference="e1", escalated_at=at("10:00", 10)
    ),
}


@pytest.mark.parametrize("change", CHANGES_OF_DAY_10)
def test_what_becomes_known_of_a_day_later_reopens_the_days_around_it(tea, change):
    settle()
    rows = days_stored()

    CHANGES_OF_DAY_10[change](tea)

    changed = reopened()
    assert 10 in changed
    assert set(changed) <= set(range(3, 17))
    assert days_stored() != rows


def test_hours_from_a_later_day_on_leave_the_days_long_before_alone(tea):
    settle()
    ServiceHours.objects.create(shop=tea, starts_on=on(10), weekly="11:00-12:00")

    assert reopened() == list(range(3, DAYS))  # 10 - 5 days read after each - 2 days for time zones and nights
    assert [ShopDay.objects.get(on=on(day)).off_hours for day in (9, 10)] == [0, 2]


def test_a_new_template_reopens_every_day(tea):
    settle()
    ReplyTemplate.objects.create(shop=tea, text="It is in stock.")

    assert reopened() == list(range(DAYS))


def test_a_policy_that_measures_otherwise_reopens_its_days(tea):
    settle()
    make_policy(on(10), clock={"target_seconds": 20})

    assert reopened() == list(range(10, DAYS))
    assert [ShopDay.objects.get(on=on(day)).on_time for day in (9, 10)] == [1, 0]


def test_an_agent_who_becomes_known_gets_the_days_on_which_it_worked(tea):
    store(*turns(3, [10], agent="newcomer", hour=15))
    assert settle().unknown_agents == {(TEA, "newcomer")}
    assert settle().unknown_agents == {(TEA, "newcomer")}  # also where nothing had to be computed

    make_agent(tea, "newcomer")

    assert reopened() == [3]
    assert AgentDay.objects.get(agent__code="newcomer").answered == 1
    assert settle().unknown_agents == set()


def test_an_agent_nobody_ever_wrote_about_reopens_nothing(tea):
    settle()
    make_agent(tea, "newcomer")

    assert settle().days_computed == 0


def test_a_shop_that_becomes_known_gets_its_days(tea):
    store(*turns(3, [10], shop="new-shop"))
    assert settle().unknown_shop_messages > 0
    rows = days_stored()

    make_shop("new-shop", hours="00:00-24:00")
    found = settle()

    assert found.unknown_shop_messages == 0
    assert ShopDay.objects.get(shop__code="new-shop").on == on(3)
    assert [row for row in days_stored()["shop days"] if row[0] == TEA] == rows["shop days"]


def test_a_shop_that_joins_without_a_message_reopens_nothing(tea):
    settle()
    make_shop("silent", hours="09:00-18:00")

    assert settle().days_computed == 0


def test_messages_are_reported_where_no_shop_is_known_at_all():
    make_policy()
    store(*turns(0, [10]))

    assert settle(0, 0).unknown_shop_messages == 2


def test_rows_of_a_day_go_when_its_only_turn_goes(tea):
    """An intercepted message was received first after all, under the same id."""
    question = asks(at("09:00", 100))
    store(question, received_at=at("10:00", 100))
    settle(100, 100, as_of=at("00:00", 130))
    assert ShopDay.objects.filter(on=on(100)).count() == 1

    store(question | {"delivery": "intercepted"}, received_at=at("09:30", 100))
    settle(100, 100, as_of=at("00:00", 130))

    assert not ShopDay.objects.filter(on=on(100)).exists()
    assert ComputedDay.objects.get(on=on(100)).turns == 0
