"""Bulk upserts: what goes in comes out, on both databases, and a rerun changes nothing."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from shops.actions.upsert_rows import upsert_rows
from shops.models import Event, Holiday, Privileges, Shop, ShopDay
from shops.models.measures import MEASURE_COLUMNS
from tests.builders import BOOKS, MONDAY, TEA, make_shop, on

pytestmark = pytest.mark.django_db

SHOP_COLUMNS = ("code", "name", "category", "timezone", "opened_on")
PRIVILEGES = (
    "shop_id",
    "grade",
    "in_force_on",
    "keyword_limit",
    "blocked_buyer_limit",
    "may_join_campaigns",
    "search_weight",
    "may_list",
    "base_keyword_limit",
    "base_blocked_buyer_limit",
    "base_may_join_campaigns",
    "base_search_weight",
    "base_may_list",
)
CHANGED_AT = "2026-05-04T10:00:00+00:00"
AWKWARD = [
    "tab\there", "line\nbreak", "carriage\rreturn", "back\\slash", "\\N", "\\.", "it's", 'say "hi"', "50 %s 100%",
    "", " ", "茶馆 ☕", ";--", "{}", "$1", "NULL", "a,b",
]  # fmt: skip


def shop_row(code: str, name: str = "", opened_on: str | None = None) -> tuple:
    return (code, name or code, "food", "UTC", opened_on)


def privileges_row(shop: Shop, grade: str = "A", weight: object = "1.05", **rest) -> tuple:
    return (
        shop.pk,
        grade,
        MONDAY.isoformat(),
        100,
        300,
        rest.get("campaigns", True),
        weight,
        rest.get("may_list", False),
        *(100, 300, True, weight, True),
    )


def test_new_rows_are_inserted_and_counted():
    assert upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a"), shop_row("b")], key=("code",)) == 2

    assert list(Shop.objects.order_by("code").values_list(*SHOP_COLUMNS)) == [shop_row("a"), shop_row("b")]


def test_no_rows_are_no_trouble():
    assert upsert_rows(Shop, SHOP_COLUMNS, [], key=("code",)) == 0


def test_a_known_row_is_updated_in_place():
    upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", "Old"), shop_row("b", "Other")], key=("code",))
    ids = dict(Shop.objects.values_list("code", "pk"))

    assert upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", "New")], key=("code",)) == 1

    assert dict(Shop.objects.values_list("code", "name")) == {"a": "New", "b": "Other"}
    assert dict(Shop.objects.values_list("code", "pk")) == ids


def test_a_rerun_changes_nothing():
    rows = [shop_row(code, opened_on="2024-01-01") for code in "abc"]
    upsert_rows(Shop, SHOP_COLUMNS, rows, key=("code",))
    before = list(Shop.objects.order_by("pk").values_list())

    upsert_rows(Shop, SHOP_COLUMNS, rows, key=("code",))

    assert list(Shop.objects.order_by("pk").values_list()) == before


def test_an_existing_row_is_kept_where_that_is_asked_for():
    upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", "Old")], key=("code",))

    upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", "New"), shop_row("b", "Other")], key=("code",), keep_existing=True)

    assert dict(Shop.objects.values_list("code", "name")) == {"a": "Old", "b": "Other"}


def test_rows_that_are_nothing_but_their_key_are_kept():
    shop = make_shop()
    through = Shop.working_holidays.through
    holiday = Holiday.objects.create(date=MONDAY)
    for _ in range(2):
        upsert_rows(through, ("holiday_id", "shop_id"), [(holiday.pk, shop.pk)], key=("holiday_id", "shop_id"))

    assert list(holiday.working_shops.all()) == [shop]


def test_any_text_comes_back_as_it_was():
    upsert_rows(Shop, SHOP_COLUMNS, [shop_row(f"s{n}", f"x{text}y") for n, text in enumerate(AWKWARD)], key=("code",))
    upsert_rows(Shop, SHOP_COLUMNS, [(f"t{n}", text, "", "UTC", None) for n, text in enumerate(AWKWARD)], key=("code",))

    stored = dict(Shop.objects.values_list("code", "name"))
    assert stored == {f"s{n}": f"x{text}y" for n, text in enumerate(AWKWARD)} | {
        f"t{n}": text for n, text in enumerate(AWKWARD)
    }


@pytest.mark.parametrize("given", ["2024-02-29", date(2024, 2, 29)])
def test_dates_are_taken_as_text_and_as_dates(given):
    upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", opened_on=given), shop_row("b", opened_on=None)], key=("code",))

    assert dict(Shop.objects.values_list("code", "opened_on")) == {"a": date(2024, 2, 29), "b": None}


@pytest.mark.parametrize("weight", ["1.05", Decimal("1.05")])
def test_decimals_and_yes_and_no_come_back_as_they_were(weight):
    tea, books = make_shop(TEA), make_shop(BOOKS)
    rows = [privileges_row(tea, weight=weight), privileges_row(books, weight=weight, campaigns=False, may_list=True)]

    upsert_rows(Privileges, (*PRIVILEGES, "changed_at"), [(*row, CHANGED_AT) for row in rows], key=("shop_id",))

    first, second = Privileges.objects.order_by("pk")
    assert (first.search_weight, first.may_join_campaigns, first.may_list) == (Decimal("1.05"), True, False)
    assert (second.search_weight, second.may_join_campaigns, second.may_list) == (Decimal("1.05"), False, True)
    assert Privileges.objects.filter(search_weight=Decimal("1.05"), may_join_campaigns=True).count() == 1


@pytest.mark.parametrize("value", [[], ["keyword_limit"], [{"deep": ["值", 'a\tb\\n"', None, 1.5, True]}]])
def test_json_comes_back_as_it_was(value):
    columns = ("position", "code", "type", "happened_at", "data")
    row = (1, "evt_1", "webhook.test", CHANGED_AT, json.dumps(value))

    upsert_rows(Event, columns, [row], key=("position",))

    assert Event.objects.get().data == value
    assert Event.objects.filter(data=value).exists()


def test_figures_come_back_exactly_and_none_stays_none():
    shop = make_shop()
    values = [None if name.endswith(("_mean", "_p50", "_p90")) else n for n, name in enumerate(MEASURE_COLUMNS)]
    exact = [0.1 + 0.2 if value is None else value for value in values]
    columns = ("shop_id", "on", "is_final", *MEASURE_COLUMNS)
    rows = [(shop.pk, on(0).isoformat(), True, *values), (shop.pk, on(1).isoformat(), False, *exact)]

    upsert_rows(ShopDay, columns, rows, key=("shop_id", "on"))

    assert list(ShopDay.objects.order_by("on").values_list(*columns)) == [
        (shop.pk, on(0), True, *values),
        (shop.pk, on(1), False, *exact),
    ]


def test_rows_may_be_a_generator_of_any_length():
    rows = (shop_row(f"s{number:05d}") for number in range(20_001))

    assert upsert_rows(Shop, SHOP_COLUMNS, rows, key=("code",)) == 20_001

    assert Shop.objects.count() == 20_001


def test_a_row_that_the_table_refuses_leaves_nothing_of_the_batch():
    shop = make_shop()
    good = (*privileges_row(shop), CHANGED_AT)

    with pytest.raises(IntegrityError):
        upsert_rows(Privileges, (*PRIVILEGES, "changed_at"), [good, (None, *good[1:])], key=("shop_id",))

    assert Privileges.objects.count() == 0


def test_rows_that_fail_to_arrive_leave_nothing_of_the_batch():
    def rows():
        yield shop_row("a")
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        upsert_rows(Shop, SHOP_COLUMNS, rows(), key=("code",))

    assert Shop.objects.count() == 0


def test_two_upserts_fit_into_one_transaction():
    for name in ("Old", "New"):
        upsert_rows(Shop, SHOP_COLUMNS, [shop_row("a", name)], key=("code",))

    assert Shop.objects.get().name == "New"


def test_a_thousand_rows_cost_as_many_statements_as_ten():
    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            upsert_rows(Shop, SHOP_COLUMNS, [shop_row(f"{count}-{n}") for n in range(count)], key=("code",))
        return len(queries)

    assert statements(1_000) == statements(10)
