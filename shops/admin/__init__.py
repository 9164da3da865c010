"""The back office's screens of facts, a file a noun."""

from shops.admin import (
    days,
    deliveries,
    erasures,
    facts,
    intake,
    notices,
    people,
    privileges,
    records,
    shop,
    tokens,
    totals,
    user,
    webhooks,
)

__all__ = [
    "days",
    "deliveries",
    "erasures",
    "facts",
    "intake",
    "notices",
    "people",
    "privileges",
    "records",
    "shop",
    "tokens",
    "totals",
    "user",
    "webhooks",
]
