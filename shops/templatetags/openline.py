"""Template filters for figures and instants, and the icons of the pages."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.utils import formats

from shops.views import figures

register = template.Library()

register.filter("rate", figures.rate_in_words)
register.filter("seconds", figures.seconds_in_words)
register.filter("points", figures.points_in_words)
register.filter("share_of", figures.share_in_words)


@register.filter
def at_shop(instant: datetime | None, timezone: str) -> str:
    """An instant as date and time of day, to the second, in a shop's own time zone; a dash for None."""
    if instant is None:
        return figures.ABSENT
    local = instant.astimezone(zoneinfo.ZoneInfo(timezone))
    return f"{formats.date_format(local, 'Y-m-d')} {formats.time_format(local, 'H:i:s')}"


@register.simple_tag
def querystring_of(conversation: str, turn: str, at: datetime, answered: datetime | None) -> str:
    """The query that opens a conversation at a turn; instants in milliseconds since the epoch."""
    query = {"conversation": conversation, "turn": turn, "at": round(at.timestamp() * 1000)}
    if answered is not None:
        query["answered"] = round(answered.timestamp() * 1000)
    return urlencode(query)


@register.filter
def is_mapping(value: object) -> bool:
    """True for the object of a JSON document."""
    return isinstance(value, dict)


@register.filter
def is_list(value: object) -> bool:
    """True for the array of a JSON document."""
    return isinstance(value, list)


@register.filter
def is_list_of_plain(value: object) -> bool:
    """True for an array of texts and numbers, or of pairs of them: one that fits on a line."""
    if not isinstance(value, list):
        return False
    return all(not isinstance(inner, dict) and (not isinstance(inner, list) or len(inner) <= 2) for inner in value)


@register.filter
def is_deep(value: object) -> bool:
    """True for what needs the whole width: a mapping, or a list of them, or a long list."""
    return isinstance(value, dict) or (isinstance(value, list) and (not is_list_of_plain(value) or len(value) > 12))


@register.filter
def as_words(name: str) -> str:
    """A key of a document as words."""
    return name.replace("_", " ")


@register.filter
def pairs(mapping: dict[str, object]) -> list[tuple[str, object]]:
    """The names and values of a mapping; `mapping.items` in a template would read a key of that name."""
    return list(mapping.items())
