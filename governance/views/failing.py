"""The turns that went badly, for the pages that explain a judgement."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from django.utils.translation import gettext as _

from shops.chat.reading import TurnRow, failing_turns

Kind = Literal["unanswered", "slowest", "brushed_off"]

OF_A_SHOP: Final[tuple[Kind, ...]] = ("slowest", "unanswered", "brushed_off")
OF_AN_AGENT: Final[tuple[Kind, ...]] = ("unanswered", "slowest")


def list_failing(
    kinds: tuple[Kind, ...], shop_code: str, first_on: date, last_on: date, *, limit: int, agent_code: str | None = None
) -> list[tuple[str, list[TurnRow]]]:
    """(title, turns) for each kind, worst first. Each kind is one look into the turn files."""
    titles: dict[Kind, str] = {
        "slowest": _("Slowest answers"),
        "unanswered": _("Unanswered turns"),
        "brushed_off": _("Brushed-off turns"),
    }
    return [
        (titles[kind], failing_turns(shop_code, first_on, last_on, kind=kind, limit=limit, agent_code=agent_code))
        for kind in kinds
    ]
