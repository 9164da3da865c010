"""A policy with small ladders, a shop that holds privileges, and short ways to decide about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from governance.actions.decide_violation import Ruling, decide_violation
from governance.actions.grant_privileges import Grant, grant_privileges
from governance.models import Decision, Policy
from governance.policy.reasons import Statement
from governance.policy.sections.grades import GradePrivileges
from shops.models import Privileges, Shop, User
from tests.builders import at, make_policy, make_shop, on

RULING = Ruling(
    Statement("A message was stopped.", "一条消息被拦截。"), Statement("It was a refund.", "内容涉及退款。")
)
BASE = GradePrivileges(
    keyword_limit=100, blocked_buyer_limit=300, may_join_campaigns=True, search_weight=1.05, may_list=True
)


def title(text: str) -> dict[str, str]:
    return {"en": text, "zh-hans": f"{text}（中文）"}


def penalty(days: int | None = 7, *, held: bool = False, kind: str = "restriction", **limits: Any) -> dict[str, Any]:
    suspended = limits.pop("suspended", False)
    return {
        "kind": kind,
        "title": title("Restricted"),
        "days": days,
        "limits": limits,
        "held": held,
        "suspended_by_appeal": suspended,
    }


def ladder(key: str = "A", **changes: Any) -> dict[str, Any]:
    """At 6 no campaigns for 7 days, at 12 fewer keywords for 14, at 24 (held) no listing for 30."""
    return {
        "key": key,
        "title": title(f"Class {key}"),
        "period": {"calendar": "year"},
        "nodes": [
            {"at": 6, "penalties": [penalty(7, may_join_campaigns=False, suspended=True)]},
            {"at": 12, "penalties": [penalty(14, keyword_limit=10)]},
            {"at": 24, "penalties": [penalty(30, held=True, may_list=False)]},
        ],
    } | changes


def clause(key: str = "muting", **changes: Any) -> dict[str, Any]:
    gravities = [("minor", 3), ("serious", 6), ("grave", 12), ("extreme", 24)]
    return {
        "key": key,
        "title": title("Muting buyers"),
        "rule": title("A shop does not mute buyers."),
        "gravities": [
            {"key": name, "title": title(name), "ladder": "A", "points": points} for name, points in gravities
        ],
    } | changes


def violations(*clauses: dict[str, Any], ladders: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"clauses": list(clauses) or [clause()], "ladders": ladders or [ladder()]}


APPEALS = [
    {"who": who, "against": group, "within_days": 7, "times": 1}
    for who, group in (("shop", "violation"), ("buyer", "no_violation"), ("agent", "agent_consequence"))
]


def make_violation_policy(*clauses: dict[str, Any], ladders: list[dict[str, Any]] | None = None) -> Policy:
    return make_policy(violations=violations(*clauses, ladders=ladders), redress={"appeals": APPEALS})


def make_granted_shop(code: str = "tea-house", base: GradePrivileges = BASE) -> Shop:
    shop = make_shop(code)
    grant_privileges(on(-1), {shop.pk: Grant("A", base, "first_grade", 1)}, now=at("00:00", -1))
    return shop


def make_staff(name: str) -> User:
    return User.objects.create_user(name, is_staff=True)


def decide(shop: Shop, gravity: str, by: User, *, day: float = 0, clause: str = "muting", **changes: Any) -> Decision:
    return decide_violation(
        shop,
        clause=clause,
        gravity=gravity,
        occurred_on=on(0),
        **{"ruling": RULING} | changes,
        by=by,
        at=noon(day),
    )


def noon(day: float = 0) -> datetime:
    return at("12:00") + timedelta(days=day)


def held_privileges(shop: Shop) -> Privileges:
    return Privileges.objects.get(shop=shop)
