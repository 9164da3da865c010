"""What scoring costs: the same number of queries for three shops as for thirty, and little for quiet days."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.actions import window_measures
from governance.models import AgentScore, ShopRating
from shops.chat import engine
from shops.models import Privileges, PrivilegesChange
from tests.builders import TEA, judgements_stored, make_shop, store, turns
from tests.governance.actions.marketplace import BAD, GOOD, make_quick_policy, score, talk

pytestmark = pytest.mark.django_db


def make_shops(first: int, last: int) -> None:
    """Shops that are good on day 0 and bad on the days after, so that everything changes on day 2."""
    batch = []
    for number in range(first, last):
        make_shop(f"shop-{number}", category=f"kind-{number % 2}", hours=f"{number % 9:02d}:00-23:00")
        for day in range(3):
            batch += turns(day, BAD if day else GOOD, shop=f"shop-{number}")
    store(*batch)


@pytest.mark.parametrize("days", [(0, 0), (1, 2)])
def test_a_run_costs_the_same_queries_for_three_shops_as_for_thirty(days):
    make_quick_policy()

    def queries(first: int, last: int) -> int:
        make_shops(first, last)
        if days[0]:
            score(0, days[0] - 1)
        with CaptureQueriesContext(connection) as captured:
            score(*days)
        return len(captured)

    queries(100, 101)  # Whatever a process looks up once.
    ShopRating.objects.all().delete()
    few = queries(0, 3)
    ShopRating.objects.all().delete()
    assert queries(3, 30) == few
    assert ShopRating.objects.filter(shop__code="shop-29").count() == days[1] + 1


def test_a_rerun_costs_no_more_queries_for_thirty_shops_either():
    make_quick_policy()

    def queries(first: int, last: int) -> int:
        make_shops(first, last)
        score(0, 2)
        with CaptureQueriesContext(connection) as captured:
            score(0, 2)
        return len(captured)

    assert queries(0, 3) == queries(3, 30)


def test_quiet_days_share_one_connection_of_the_engine(monkeypatch):
    make_quick_policy()
    make_shop()
    for day in (0, 30):
        talk(day, GOOD)
    opened = []
    connect = engine.connect

    def counted(**options):
        opened.append(options)
        return connect(**options)

    monkeypatch.setattr("shops.actions.settle_days.connect", counted)
    monkeypatch.setattr(window_measures, "connect", counted)

    score(0, 30)

    assert len(opened) == 3  # the days around 0, those around 30, and the windows of all of them


@pytest.mark.parametrize("chunk_turns", [1, 25, 10_000])
def test_windows_computed_in_small_chunks_judge_the_same(monkeypatch, chunk_turns):
    make_quick_policy(window_days=3)
    make_shop()
    for day in range(6):
        talk(day, GOOD if day % 2 else BAD)
    score(0, 5)
    whole = judgements_stored()
    for model in (ShopRating, AgentScore, Privileges, PrivilegesChange):
        model.objects.all().delete()

    monkeypatch.setattr(window_measures, "CHUNK_TURNS", chunk_turns)
    score(0, 5)

    assert judgements_stored() == whole
    assert {row[0] for row in whole["ratings"]} == {TEA}
