"""Service hours as written by people: weekly blocks of local time and their text form (interfaces.md).

What the blocks mean in time, with time zones and stoppages, is `shops.chat.clock`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

Blocks = Sequence[tuple[str, str]]
Weekly = Mapping[int, Blocks]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY: Final = 1_440

_BLOCK: Final = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_ITEM: Final = re.compile(
    rf"(?:(?P<days>[a-z][a-z,\s-]*?)\s+)?(?P<blocks>closed|{_BLOCK.pattern}(?:\s*,\s*{_BLOCK.pattern})*)"
)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_hours(text: str) -> dict[int, list[tuple[str, str]]] | None:
    """The weekly blocks that a text such as "mon-fri 09:00-12:00,13:00-18:00; sat 10:00-16:00" says; None if empty.

    Items are separated by ";". Days are "mon", "mon-fri", "sat-mon" or several with "," between; without days an item
    holds every day. "closed" stands for no blocks. Days that are not named are closed; a day named twice has the blocks
    of both. Raises ValueError saying which item is wrong.
    """
    items = [item for part in text.split(";") if (item := part.strip().lower())]
    weekly: dict[int, list[tuple[str, str]]] = {}
    for item in items:
        match = _ITEM.fullmatch(item)
        days = _days(match["days"] or "mon-sun") if match else None
        if match is None or days is None:
            raise ValueError(
                f'Hours "{item}" cannot be read; write days and blocks such as "mon-fri 09:00-12:00,13:00-18:00", '
                f'items separated by ";".'
            )
        blocks: list[tuple[str, str]] = []
        if match["blocks"] != "closed":
            blocks = [(start, end) for start, end in _BLOCK.findall(match["blocks"])]
        minutes_of(blocks, f'in "{item}"')
        for day in days:
            weekly.setdefault(day, []).extend(block for block in blocks if block not in weekly.get(day, ()))
    return weekly or None


def format_hours(weekly: Weekly) -> str:
    """The text that `parse_hours` reads back as the same weekly blocks; "mon-sun closed" if there are none."""
    items: list[str] = []
    day = 0
    while day < 7:
        blocks = list(weekly.get(day, ()))
        last = day
        while last < 6 and list(weekly.get(last + 1, ())) == blocks:
            last += 1
        if blocks:
            days = WEEKDAYS[day] if last == day else f"{WEEKDAYS[day]}-{WEEKDAYS[last]}"
            items.append(f"{days} {','.join(f'{start}-{end}' for start, end in blocks)}")
        day = last + 1
    return "; ".join(items) or "mon-sun closed"


def minutes_of(blocks: Blocks, where: str) -> list[tuple[int, int]]:
    """Blocks as minutes since their date's midnight; the end is greater than the start and may be past 24:00."""
    spans: list[tuple[int, int]] = []
    for start, end in blocks:
        begins, ends = _minute(start, where), _minute(end, where, is_end=True)
        spans.append((begins, ends if ends > begins else ends + MINUTES_A_DAY))
    return spans


def _minute(text: str, where: str, *, is_end: bool = False) -> int:
    if is_end and text == "24:00":
        return MINUTES_A_DAY
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(
            f'"{text}" {where} is not a time of day; use HH:MM from 00:00 to 23:59, or 24:00 for the end of a block.'
        )
    return int(match[1]) * 60 + int(match[2])


def _days(text: str) -> list[int] | None:
    """The weekdays of "mon", "mon-fri" (also across the week's end) or several of them; None if one is unknown."""
    days: list[int] = []
    for part in text.split(","):
        first, _, last = (name.strip() for name in part.partition("-"))
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            return None
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days.extend((start + step) % 7 for step in range((end - start) % 7 + 1))
    return days
