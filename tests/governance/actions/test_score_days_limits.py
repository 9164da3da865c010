"""What a scoring run refuses, and what it reports: spans, instants, unknown shops and agents."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from governance.actions.score_days import ScoreError, score_days
from governance.models import AgentScore, ShopRating
from shops.models import AgentDay
from tests.builders import (
    ANN,
    TEA,
    all_stored,
    at,
    make_agent,
    make_shop,
    on,
    store,
    turns,
)
from tests.governance.actions.marketplace import (
    GOOD,
    make_quick_policy,
    score,
    talk,
)

pytestmark = pytest.mark.django_db


def test_an_unknown_agent_is_reported_until_known_and_then_scored():
    make_quick_policy()
    shop = make_shop(agents=())
    talk(0, GOOD)
    assert score(0).settled.unknown_agents == {(TEA, ANN)}
    assert AgentScore.objects.count() == AgentDay.objects.count() == 0

    make_agent(shop, ANN)

    assert score(0).settled.unknown_agents == set()
    assert AgentScore.objects.count() == AgentDay.objects.count() == 1


def test_messages_of_unknown_shops_are_counted():
    make_quick_policy()
    make_shop()
    talk(0, GOOD)
    assert score(0).settled.unknown_shop_messages == 0

    store(*turns(0, [10], shop="no-such-shop"))

    assert score(0).settled.unknown_shop_messages == 2
    assert ShopRating.objects.count() == 1


def test_a_span_the_wrong_way_round_is_refused():
    make_quick_policy()
    with pytest.raises(ScoreError, match="Swap the two dates"):
        score(1, 0)


def test_days_before_the_first_policy_are_not_rated():
    make_quick_policy(on(1))
    make_shop()
    talk(0, GOOD)

    with pytest.raises(ScoreError, match="publish_policy default --from 2026-05-04"):
        score(0, 1)
    assert not any(all_stored().values())


@pytest.mark.parametrize(("last", "is_refused"), [(1, False), (2, True)])
def test_days_that_have_not_begun_anywhere_are_not_rated(last, is_refused):
    """On Monday at noon it is Tuesday already in Kiribati."""
    make_quick_policy()
    make_shop()

    if is_refused:
        with pytest.raises(ScoreError, match="had not begun"):
            score(0, last, as_of=at("12:00"))
    score(0, 1, as_of=at("12:00"))
    assert ShopRating.objects.count() == 1


def test_the_same_instant_in_another_zone_judges_the_same():
    make_quick_policy()
    make_shop()
    talk(0, GOOD)
    score_days(on(0), on(0), as_of=at("00:00", 9))
    rows = all_stored()

    score_days(on(0), on(0), as_of=at("00:00", 9).astimezone(timezone(timedelta(hours=8))))

    assert all_stored() == rows


def test_a_naive_instant_is_refused_before_anything_is_done():
    make_quick_policy()
    make_shop()
    talk(0, GOOD)

    with pytest.raises(ValueError, match="naive"):
        score_days(on(0), on(0), as_of=datetime(2026, 7, 1))  # noqa: DTZ001, that is what is refused
    assert not any(all_stored().values())
