"""What came of the demo, read back from the stored judgements: the figures that the command prints."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from governance.config.demo.plan import CODE_PREFIX, Plan
from governance.formulas.intervals import wilson
from governance.formulas.standing import BELOW
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.schema import PolicyDocument
from shops.models import Agent, PrivilegesChange, Shop, ShopDay

STATES = ("answered", "unanswered", "bot_served", "pending", "off_hours", "stoppage", "closed_soon")
SUMMED = ("turns", *STATES, "settled", "on_time", "effective_on_time", "brushed_off")


@dataclass(frozen=True)
class Rate:
    """A rate with the numbers behind it."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """0 to 1; None where nothing was counted."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval."""
        return wilson(self.numerator, self.denominator)


@dataclass(frozen=True)
class Proof:
    """One rate that is proven to be on the wrong side of its line."""

    measure: str
    rate: Rate
    line: float


@dataclass(frozen=True)
class Change:
    """One change of a shop's privileges, with its proofs where something was taken away."""

    shop: Shop
    on: date
    previous_grade: str
    grade: str
    changed: tuple[tuple[str, Any, Any], ...]
    """Privilege, before, after."""
    proofs: tuple[Proof, ...]

    @property
    def is_first_grade(self) -> bool:
        """True where the shop had no grade before."""
        return self.previous_grade in {"", ShopRating.PROVISIONAL}


@dataclass(frozen=True)
class PoorAgent:
    """An agent proven below standard on the last day."""

    agent: Agent
    points: float | None
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class Found:
    """What Openline found at the shops that were made with one character."""

    character: str
    shops: int
    on_time: Rate
    effective_on_time: Rate
    grades: tuple[tuple[str, int], ...]
    """Grade and number of shops on the last day, best first."""


@dataclass(frozen=True)
class Summary:
    """Everything that is printed about the judgements."""

    policy: PolicyDocument
    totals: Mapping[str, int]
    ladder: tuple[str, ...]
    """The grades from best to worst, then provisional."""
    grades_by_day: tuple[tuple[date, Mapping[str, int]], ...]
    """A few days from first to last, each with the number of shops per grade."""
    lost: tuple[Change, ...]
    """Newest first."""
    gained: tuple[Change, ...]
    poor_agents: tuple[PoorAgent, ...]
    """Lowest score first."""
    found: tuple[Found, ...]

    def rate(self, numerator: str, denominator: str = "settled") -> Rate:
        """A rate of the whole platform over all days."""
        return Rate(self.totals[numerator], self.totals[denominator])


def summarise(plan: Plan) -> Summary:
    """Read back what the scoring run stored. A fixed number of queries."""
    policy = Policy.objects.in_force_on(plan.calendar.last_on)
    assert policy is not None
    rules = policy.rules()
    ladder = (*(grade.key for grade in rules.grades), ShopRating.PROVISIONAL)
    days = _totals_by_shop()
    lost, gained = _changes(rules, plan.calendar.first_on)
    return Summary(
        policy=rules,
        totals={name: sum(shop[name] for shop in days.values()) for name in SUMMED},
        ladder=ladder,
        grades_by_day=_grades_by_day(plan),
        lost=lost,
        gained=gained,
        poor_agents=_poor_agents(plan.calendar.last_on),
        found=_found(plan, days, ladder),
    )


def _totals_by_shop() -> dict[str, dict[str, int]]:
    rows = (
        ShopDay.objects.filter(shop__code__startswith=CODE_PREFIX)
        .order_by("shop__code")
        .values("shop__code")
        .annotate(**{f"total_{name}": Sum(name) for name in SUMMED})
    )
    shops: list[dict[str, Any]] = [dict(row) for row in rows]
    return {row["shop__code"]: {name: row[f"total_{name}"] for name in SUMMED} for row in shops}


def _grades_by_day(plan: Plan) -> tuple[tuple[date, Mapping[str, int]], ...]:
    """The first day, the last one and three between them: the shops that were open then, by their newest grade."""
    calendar = plan.calendar
    opened_on = {shop.code: shop.opened_on for shop in plan.shops}
    chosen = sorted({calendar.first_on + timedelta(days=(calendar.days - 1) * step // 4) for step in range(5)})
    counts = []
    for day in chosen:
        ratings = ShopRating.objects.newest_per_shop(before=day + timedelta(days=1))
        grades = ratings.values_list("shop__code", "grade")
        counts.append((day, Counter(grade for code, grade in grades if opened_on[code] <= day)))
    return tuple(counts)


def _changes(rules: PolicyDocument, first_on: date) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Changes that took something away, and those that only granted; newest first, the first day's grants left out."""
    rows = list(
        PrivilegesChange.objects.filter(shop__code__startswith=CODE_PREFIX, on__gt=first_on)
        .select_related("shop")
        .order_by("-on", "-id")
    )
    takers = [row.shop_id for row in rows if row.taken]
    ratings = ShopRating.objects.filter(shop_id__in=takers).values_list("shop_id", "on", "lines")
    lines = {(shop_id, on): stored for shop_id, on, stored in ratings}
    lost: list[Change] = []
    gained: list[Change] = []
    for row in rows:
        before, after = rules.privileges_of(row.previous_grade), rules.privileges_of(row.grade)
        names = [*row.taken, *row.granted]
        change = Change(
            shop=row.shop,
            on=row.on,
            previous_grade=row.previous_grade,
            grade=row.grade,
            changed=tuple((name, getattr(before, name), getattr(after, name)) for name in names),
            proofs=_proofs(lines.get((row.shop_id, row.on), [])) if row.taken else (),
        )
        if row.taken:
            lost.append(change)
        elif row.granted:
            gained.append(change)
    return tuple(lost), tuple(gained)


def _poor_agents(on: date) -> tuple[PoorAgent, ...]:
    rows = (
        AgentScore.objects.filter(on=on, standing=AgentScore.Standing.BELOW, agent__shop__code__startswith=CODE_PREFIX)
        .select_related("agent__shop")
        .order_by("points", "agent__code")
    )
    return tuple(PoorAgent(row.agent, row.points, _proofs(row.lines)) for row in rows)


def _proofs(lines: list[dict[str, Any]]) -> tuple[Proof, ...]:
    return tuple(
        Proof(line["measure"], Rate(line["numerator"], line["denominator"]), line["line"])
        for line in lines
        if line["standing"] == BELOW
    )


def _found(plan: Plan, days: dict[str, dict[str, int]], ladder: tuple[str, ...]) -> tuple[Found, ...]:
    grades = dict(ShopRating.objects.filter(on=plan.calendar.last_on).values_list("shop__code", "grade"))
    codes: dict[str, list[str]] = defaultdict(list)
    for shop in plan.shops:
        codes[shop.character.code].append(shop.code)
    found = []
    for character, members in codes.items():
        sums = {name: sum(days[code][name] for code in members if code in days) for name in SUMMED}
        counts = Counter(grades[code] for code in members if code in grades)
        found.append(
            Found(
                character=character,
                shops=len(members),
                on_time=Rate(sums["on_time"], sums["settled"]),
                effective_on_time=Rate(sums["effective_on_time"], sums["settled"]),
                grades=tuple((grade, counts[grade]) for grade in ladder if counts[grade]),
            )
        )
    return tuple(found)
