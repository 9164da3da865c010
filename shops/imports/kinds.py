"""The kinds of files that can be imported, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from shops.chat import messages
from shops.chat.columns import Column
from shops.chat.standard import ClockStandard, read_clock_standard
from shops.imports.calendar import Holidays, Outages
from shops.imports.events import Cases, FeedbackFacts
from shops.imports.facts import Kind
from shops.imports.people import Agents, Members
from shops.imports.shops import Shops
from shops.imports.totals import Totals
from shops.models import Standard

CHAT: Final = "chat"
COLUMNS: Final[dict[str, Sequence[Column]]] = {
    "shops": Shops.columns,
    "agents": Agents.columns,
    "members": Members.columns,
    CHAT: messages.COLUMNS,
    "feedback": FeedbackFacts.columns,
    "cases": Cases.columns,
    "outages": Outages.columns,
    "holidays": Holidays.columns,
    "totals": Totals.columns,
}


def make_kind(name: str, now: datetime, standard: ClockStandard) -> Kind[Any]:
    """The kind of facts of that name (not chat), ready for one run. Looks up known shops and agents where needed."""
    tolerance = timedelta(milliseconds=standard.future_tolerance_ms)
    makers: dict[str, Callable[[], Kind[Any]]] = {
        "shops": lambda: Shops(now, standard.minimum_hours_per_week),
        "agents": Agents,
        "members": Members,
        "feedback": lambda: FeedbackFacts(now, tolerance),
        "cases": lambda: Cases(now, tolerance),
        "outages": Outages,
        "holidays": Holidays,
        "totals": lambda: Totals(now),
    }
    return makers[name]()


def clock_standard_at(instant: datetime) -> ClockStandard:
    """The clock standard in force on the UTC date of an instant; the defaults where none is published. One query."""
    standard = Standard.objects.in_force_on(instant.date(), Standard.Section.CLOCK)
    return read_clock_standard(standard.document) if standard else ClockStandard()
