"""The back office's screens of facts, a file a noun."""

from shops.admin import days, facts, people, privileges, records, shop, user

__all__ = ["days", "facts", "people", "privileges", "records", "shop", "user"]
