"""Synthetic windows of measures: what rating days are judged by, without a chat log behind them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from benchmarks.made.marketplace import Marketplace
from governance.actions.window_measures import Values, Window
from shops.models.measures import MEASURE_COLUMNS

WINDOW_DAYS = 30
CHANGES_IN = 10
"""One shop in so many has other measures on the second day."""


def two_windows(market: Marketplace, on: date) -> tuple[Window, Window]:
    """The windows of two consecutive days; on the second nine shops in ten have the measures of the first."""
    first, second = _window(on), _window(on + timedelta(days=1))
    for number, (shop, agents) in enumerate(market.agents().items()):
        chance = random.Random(number)
        first.shops[shop] = second.shops[shop] = _values(chance, 240)
        for agent in agents:
            first.agents[shop, agent] = second.agents[shop, agent] = _values(chance, 80)
        if number % CHANGES_IN == 0:
            second.shops[shop] = _values(chance, 250)
            second.agents[shop, agents[0]] = _values(chance, 90)
    return first, second


def _window(on: date) -> Window:
    return Window(on, tuple(on - timedelta(days=back) for back in range(WINDOW_DAYS, 0, -1)))


def _values(chance: random.Random, usual_turns: int) -> Values:
    """The measures of a shop or agent of some character: good, middling or poor, busy or quiet."""
    skill = chance.choice((0.99, 0.95, 0.9, 0.75))
    settled = int(usual_turns * chance.choice((0.1, 0.5, 1, 1, 2)) * chance.uniform(0.5, 1.5))

    def some(count: int, share: float) -> int:
        return min(count, round(count * min(1.0, share * chance.uniform(0.95, 1.05))))

    answered = some(settled, skill)
    on_time = some(answered, skill)
    effective = some(on_time, skill)
    brushed_off = some(answered, (1 - skill) / 2)
    off_hours, stars, contacts = settled // 10, settled // 4, settled * 4 // 5
    off_hours_on_time, low = some(off_hours, skill - 0.1), some(stars, 1 - skill)
    resolved = some(contacts, skill - 0.1)
    wait = chance.uniform(20, 60) / skill**6
    row: dict[str, Any] = dict.fromkeys(MEASURE_COLUMNS, 0)
    row |= {
        "turns": settled + off_hours,
        "answered": answered,
        "unanswered": settled - answered,
        "off_hours": off_hours,
        "settled": settled,
        "on_time": on_time,
        "effective_on_time": effective,
        "brushed_off": brushed_off,
        "off_hours_settled": off_hours,
        "off_hours_on_time": off_hours_on_time,
        "contacts": contacts,
        "contacts_settled": contacts,
        "contacts_resolved": resolved,
        "contacts_escalated": contacts // 200,
        "stars_count": stars,
        "stars_sum": 5 * stars - 3 * low,
        "stars_low": low,
        "late_buyers": settled - on_time,
        "unanswered_buyers": settled - answered,
        "ineffective_buyers": settled - effective,
        "brushed_off_buyers": brushed_off,
        "unresolved_buyers": contacts - resolved,
        "low_star_buyers": low,
        "off_hours_late_buyers": off_hours - off_hours_on_time,
    }
    for kind in ("response", "first_response", "effective"):
        for figure, times in (("mean", 1.4), ("p50", 1.0), ("p90", 3.2)):
            row[f"{kind}_{figure}"] = round(wait * times, 3) if answered else None
    for name in ("priced_response_mean", "effective_priced_mean"):
        row[name] = round(min(600.0, wait * 1.6), 3) if settled else None
    return tuple(row[name] for name in MEASURE_COLUMNS)
