"""Who exists in the demo: shops with their character, agents, hours and time zone. No Django, no messages."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from governance.config.demo.chance import dice
from governance.config.demo.characters import Character, deal
from governance.config.demo.people import CATEGORIES, Category, agent_names, shop_names
from governance.config.demo.rhythm import Calendar, make_calendar

CODE_PREFIX = "demo-"
"""Every shop's code begins with it: what the demo may wipe, and nothing else."""


@dataclass(frozen=True)
class Person:
    """One agent of one shop."""

    code: str
    name: str
    pace: float
    """Factor on the character's waits."""
    is_bad: bool
    """Far worse than the shop: ignores many, brushes off others."""
    canned_text: int
    """Which all-purpose text this agent likes."""


@dataclass(frozen=True)
class DemoShop:
    """One shop of the demo."""

    number: int
    code: str
    name: str
    category: Category
    character: Character
    timezone: str
    opened_on: date
    hours: str
    people: tuple[Person, ...]
    contacts_a_day: float
    first_on: date
    """The first date on which buyers write."""
    works_on_holiday: bool
    hit_by_local_outage: bool
    greets: bool
    """Sends an automatic reply at the start of a contact."""


@dataclass(frozen=True)
class Plan:
    """The whole cast, and the calendar that it lives by."""

    seed: int
    calendar: Calendar
    shops: tuple[DemoShop, ...] = field(repr=False)


def make_plan(*, seed: int, shops: int, days: int, today: date, timezone: ZoneInfo) -> Plan:
    """The same cast for the same arguments, on any machine."""
    calendar = make_calendar(today, days, timezone)
    rng = dice(seed, "cast")
    characters = deal(shops)
    categories = [CATEGORIES[(index * 5 + index // 8) % len(CATEGORIES)] for index in range(shops)]
    names = shop_names(rng, categories)
    hit = {shops // 5, shops // 2, (shops * 4) // 5}
    return Plan(
        seed,
        calendar,
        tuple(
            _make_shop(
                rng,
                index,
                characters[index],
                category=categories[index],
                name=names[index],
                calendar=calendar,
                is_hit=index in hit,
            )
            for index in range(shops)
        ),
    )


def _make_shop(
    rng: Random,
    index: int,
    character: Character,
    *,
    category: Category,
    name: str,
    calendar: Calendar,
    is_hit: bool,
) -> DemoShop:
    code = f"{CODE_PREFIX}{index + 1:03d}"
    low, high = character.contacts_a_day
    today = calendar.last_on + timedelta(days=1)
    first_on = calendar.first_on
    opened_on = first_on - timedelta(days=rng.randint(60, 2000))
    if character.opened_days_ago is not None:
        opened_on = first_on = max(calendar.first_on, today - timedelta(days=rng.randint(*character.opened_days_ago)))
    return DemoShop(
        number=index + 1,
        code=code,
        name=name,
        category=category,
        character=character,
        timezone=character.timezones[index % len(character.timezones)],
        opened_on=opened_on,
        hours=character.hours,
        people=_make_people(rng, code, character),
        contacts_a_day=low * math.exp(rng.random() * math.log(high / low)),
        first_on=first_on,
        works_on_holiday=rng.random() < 0.3,
        hit_by_local_outage=is_hit,
        greets=rng.random() < 0.4,
    )


def _make_people(rng: Random, shop_code: str, character: Character) -> tuple[Person, ...]:
    count = rng.randint(*character.agents)
    bad = rng.randrange(count) if count >= 3 and rng.random() < character.bad_agent else None
    return tuple(
        Person(
            code=f"{shop_code}-a{index + 1}",
            name=name,
            pace=math.exp(rng.gauss(0, 0.2)) * (6.0 if index == bad else 1.0),
            is_bad=index == bad,
            canned_text=rng.randrange(5),
        )
        for index, name in enumerate(agent_names(rng, count))
    )
