"""A synthetic marketplace in the web database."""

from __future__ import annotations

from datetime import date

from benchmarks.made.marketplace import Marketplace
from shops.actions.upsert_rows import upsert_rows
from shops.models import Agent, Shop

CATEGORIES = ("home", "fashion", "food", "electronics", "beauty", "toys", "books", "sports")


def fill_shops(market: Marketplace) -> None:
    """Store the shops, opened long ago, in eight categories, and their agents."""
    opened_on = date(2020, 1, 1).isoformat()
    upsert_rows(
        Shop,
        ("code", "name", "category", "timezone", "opened_on"),
        (
            (code, code, CATEGORIES[number % len(CATEGORIES)], "Asia/Shanghai", opened_on)
            for number, code in enumerate(market.shops)
        ),
        key=("code",),
    )
    ids = dict(Shop.objects.values_list("code", "pk"))
    agents = ((ids[shop], agent, agent) for shop, names in market.agents().items() for agent in names)
    upsert_rows(Agent, ("shop_id", "code", "name"), agents, key=("shop_id", "code"))
