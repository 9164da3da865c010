"""The back office's screens of facts, a file a noun."""

from shops.admin import days, facts, intake, people, privileges, records, shop, tokens, user

__all__ = ["days", "facts", "intake", "people", "privileges", "records", "shop", "tokens", "user"]
