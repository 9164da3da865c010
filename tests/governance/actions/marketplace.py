"""A small marketplace in which grades move within days: windows of three days, two days to rise or fall."""

from __future__ import annotations

from datetime import date
from typing import Any

from governance.actions.score_days import ScoreSummary, score_days
from governance.models import Policy, ShopRating
from shops.models import Escalation, Feedback, Outage, Privileges, PrivilegesChange, Shop
from tests.builders import (
    ANN,
    BEA,
    BOOKS,
    LONG_AFTER,
    TEA,
    at,
    make_policy,
    make_shop,
    on,
    policy_document,
    store,
    turns,
)

LAST = 5
QUICK = {"min_turns": 5, "new_shop_days": 10, "rise": {"margin_points": 1, "after_days": 2}}
QUICK["fall"] = {"margin_points": 1, "after_days": 2}
GOOD, POOR, BAD = [20] * 10, [20] * 8 + [None] * 2, [20] * 6 + [None] * 4
"""Waits of ten turns: all answered; two left out (below the line, but not proven so); four left out (proven)."""


NO_BRAKE = {"max_share_losing": 1}


def make_quick_policy(
    starts_on: date = date(2020, 1, 1), window_days: int = 1, brake: dict[str, Any] = NO_BRAKE, **clock: Any
) -> Policy:
    """The default preset, but grades follow the days quickly, and nothing is held unless there is a brake."""
    return make_policy(
        starts_on,
        shops=QUICK,
        agents={"min_turns": 5},
        clock=clock,
        brake=brake,
        measures_window_days=window_days,
    )


def talk(day: int, waits: list[float | None], shop: str = TEA, agent: str = ANN, hour: int = 10) -> None:
    """Turns of a day, appended as one batch."""
    store(*turns(day, waits, shop=shop, agent=agent, hour=hour))


def score(first: int, last: int | None = None, as_of=LONG_AFTER) -> ScoreSummary:
    """Score days, counted from the Monday; one day where only one is named."""
    return score_days(on(first), on(first if last is None else last), as_of=as_of)


def grades(shop: str = TEA) -> list[tuple[int, str, str]]:
    """Each rating of the shop: days after the Monday, grade and reason."""
    rows = ShopRating.objects.filter(shop__code=shop).order_by("on").values_list("on", "grade", "reason")
    return [((day - on(0)).days, grade, reason) for day, grade, reason in rows]


def privileges(shop: str = TEA) -> dict[str, Any]:
    """What the shop may do now."""
    names = ("keyword_limit", "blocked_buyer_limit", "may_join_campaigns", "search_weight", "may_list")
    return {name: float(getattr(Privileges.objects.get(shop__code=shop), name)) for name in names}


def granted(grade: str) -> dict[str, Any]:
    """What the default preset grants a grade."""
    return {name: float(value) for name, value in policy_document().privileges_of(grade).model_dump().items()}


def changes(shop: str = TEA) -> list[tuple[int, str, str, list[str], list[str]]]:
    """The history of the shop's privileges: day, former grade, grade, what was taken, what was granted."""
    rows = PrivilegesChange.objects.filter(shop__code=shop).order_by("on")
    return [((row.on - on(0)).days, row.previous_grade, row.grade, row.taken, row.granted) for row in rows]


def make_marketplace() -> None:
    """Four shops of several zones and characters, six days of talk, two policies, stars, cases and an outage."""
    make_quick_policy(window_days=3)
    make_quick_policy(on(3), window_days=3, target_seconds=60)
    shops = {
        TEA: make_shop(),
        BOOKS: make_shop(BOOKS, category="books"),
        "corner": make_shop("corner", timezone="Asia/Tokyo", hours="00:00-24:00"),
        "fresh": make_shop("fresh", opened_on=on(-7), category="books"),
    }
    for day in range(LAST + 1):
        talk(day, GOOD, TEA, ANN if day % 2 else BEA)
        talk(day, GOOD if day < 2 else BAD, BOOKS)
        talk(day, [90, 400, None][: 1 + day % 3], "corner", BEA)
        talk(day, [30, 70, 300, *POOR], "fresh", "nobody-knows" if day == 3 else ANN)
        talk(day, [50], "fresh", BEA, hour=12)
    for number, (code, shop) in enumerate(shops.items()):
        buyer = f"buyer-{number}-10-0"
        Feedback.objects.create(shop=shop, conversation_id=code, buyer_id=buyer, rated_at=at("15:00", number), stars=2)
        Escalation.objects.create(
            shop=shop, buyer_id=buyer, source="case", reference=code, escalated_at=at("16:00", number)
        )
    Outage.objects.create(code="o1", starts_at=at("10:03", 4), ends_at=at("10:06", 4))


def assert_privileges_follow_ratings() -> None:
    """Every shop holds what the grade of its newest rating grants, and its history leads there step by step."""
    for shop in Shop.objects.all():
        newest = ShopRating.objects.filter(shop=shop).order_by("-on").first()
        assert newest is not None
        assert privileges(shop.code) == granted(newest.grade)
        history = changes(shop.code)
        former = [""] + [grade for _, _, grade, _, _ in history[:-1]]
        assert [before for _, before, _, _, _ in history] == former
        assert history[-1][2] == newest.grade
