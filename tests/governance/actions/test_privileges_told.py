"""A change of privileges is told: to other systems as an event, to the shop as a notice, or not at all with it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from governance.actions import grant_privileges as granting
from governance.actions.grant_privileges import Grant, grant_privileges
from governance.policy.schema import GradePrivileges
from shops.models import Event, Notice, Privileges, PrivilegesChange
from tests.builders import BOOKS, TEA, at, make_shop, on, policy_document

pytestmark = pytest.mark.django_db


def a_grant(grade: str = "A", reason: str = "first_grade", **changed: object) -> Grant:
    values = policy_document().privileges_of(grade).model_dump() | changed
    return Grant(grade, GradePrivileges(**values), reason, 2)


def test_the_first_grant_is_an_event_and_no_notice() -> None:
    shop = make_shop()
    grant_privileges(on(0), {shop.pk: a_grant()}, now=at("02:00", 1))

    event = Event.objects.get()
    assert (event.type, event.shop, event.happened_at) == ("privileges.changed", shop, at("02:00", 1))
    assert (event.data["shop_id"], event.data["before"], event.data["previous_grade"]) == (TEA, None, None)
    assert event.data["after"] == a_grant().privileges.model_dump()
    assert not Notice.objects.exists()
    row = Privileges.objects.get()
    assert (row.policy_version, row.changed_at) == (2, at("02:00", 1))


def test_a_fall_tells_the_shop_in_both_languages_what_it_lost_and_why() -> None:
    shop, other = make_shop(), make_shop(BOOKS)
    grant_privileges(on(0), {shop.pk: a_grant("A"), other.pk: a_grant("A")})
    fall = a_grant("D", "fallen", keyword_limit=10, blocked_buyer_limit=5, may_join_campaigns=False, search_weight=0.5)
    grant_privileges(on(1), {shop.pk: fall, other.pk: a_grant("A")}, now=at("02:00", 2))

    notice = Notice.objects.get()
    assert (notice.shop, notice.agent, notice.kind, notice.created_at) == (shop, None, "privileges", at("02:00", 2))
    assert notice.reference == Event.objects.order_by("position").last().code
    assert (notice.title_en, notice.title_zh_hans) == ("Your grade went from A to D", "您的等级由 A 变为 D")
    before = a_grant("A").privileges
    since, taken, why = notice.text_en.splitlines()
    assert since == "Since 2026-05-05, by policy version 2."
    assert taken == (
        f"Taken away: keyword rules {before.keyword_limit} → 10; blocked buyers {before.blocked_buyer_limit} → 5; "
        f"joining campaigns yes → no; weight in search {before.search_weight:.2f} → 0.50."
    )
    assert why.startswith("Why: The grade fell")
    assert f"关键词规则数量上限 {before.keyword_limit} → 10" in notice.text_zh_hans
    assert notice.text_zh_hans.splitlines()[-1].startswith("原因：等级下降")


def test_the_same_grade_with_other_privileges_is_said_to_be_the_policys_doing() -> None:
    shop = make_shop()
    grant_privileges(on(0), {shop.pk: a_grant(keyword_limit=100)})
    grant_privileges(on(1), {shop.pk: a_grant(reason="steady", keyword_limit=150)})

    notice = Notice.objects.get()
    assert notice.title_en == "Your privileges have changed"
    assert "Granted: keyword rules 100 → 150." in notice.text_en
    assert "The grade is the same" in notice.text_en


def test_granting_again_tells_nothing() -> None:
    shop = make_shop()
    for day in (0, 0, 1):
        grant_privileges(on(day), {shop.pk: a_grant()})
    assert Event.objects.count() == 1


def test_two_changes_on_one_day_are_two_events_and_two_notices() -> None:
    shop = make_shop()
    grant_privileges(on(0), {shop.pk: a_grant(keyword_limit=100)})
    grant_privileges(on(0), {shop.pk: a_grant(keyword_limit=90)})
    grant_privileges(on(0), {shop.pk: a_grant(keyword_limit=80)})

    assert [event.data["after"]["keyword_limit"] for event in Event.objects.order_by("position")] == [100, 90, 80]
    assert Notice.objects.count() == 2


def test_what_cannot_be_told_is_not_changed_either(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    grant_privileges(on(0), {shop.pk: a_grant("A")})

    def fail(_events: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(granting, "publish_events", fail)
        with pytest.raises(ConnectionError):
            grant_privileges(on(1), {shop.pk: a_grant("D", "fallen")})

    assert Privileges.objects.get().grade == "A"
    assert (PrivilegesChange.objects.count(), Event.objects.count(), Notice.objects.count()) == (1, 1, 0)


def test_many_changes_cost_the_queries_of_few() -> None:
    shops = [make_shop(f"s{number}", agents=()) for number in range(10)]

    def queries(day: date, some: int, grade: str) -> int:
        asked: list[str] = []

        def note(execute, sql, *rest):
            asked.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            grant_privileges(day, {shop.pk: a_grant(grade, "fallen") for shop in shops[:some]})
        return len(asked)

    grant_privileges(on(0), {shop.pk: a_grant("A") for shop in shops})
    assert queries(on(1), 2, "D") == queries(on(2), 2, "A")
    assert queries(on(3), 2, "D") == queries(on(4), 10, "C")
