"""A conversation ready to be drawn: bubbles by day, in the shop's own time."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from shops.chat.reading import MessageRow


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. `classes` say on which side it stands and whether it is the turn's question or answer."""

    message_id: str
    day: str
    time: str
    who: str
    remark: str
    mark: str
    text: str
    classes: str


def draw_talk(
    rows: Iterable[MessageRow], *, timezone: str, turn: str, answered_ms: int | None
) -> list[tuple[str, list[Bubble]]]:
    """The bubbles of each local day, oldest first; `turn` is the message that opened the turn to be marked."""
    zone = zoneinfo.ZoneInfo(timezone)
    bubbles = [_bubble(row, zone, turn, answered_ms) for row in rows]
    return [(day, list(group)) for day, group in groupby(bubbles, key=lambda bubble: bubble.day)]


def _bubble(row: MessageRow, zone: zoneinfo.ZoneInfo, turn: str, answered_ms: int | None) -> Bubble:
    local = row.sent_at.astimezone(zone)
    classes = [f"is-{row.sender}"]
    mark = ""
    if row.message_id == turn:
        classes.append("is-turn")
        mark = _("the turn opens")
    elif row.sender == "agent" and round(row.sent_at.timestamp() * 1000) == answered_ms:
        classes.append("is-answer")
        mark = _("its answer")
    if row.delivery != "delivered":
        classes.append("is-undelivered")
    return Bubble(
        message_id=row.message_id,
        day=date_format(local, "Y-m-d"),
        time=time_format(local, "H:i:s"),
        who=_who(row),
        remark=_remark(row),
        mark=mark,
        text=_text(row),
        classes=" ".join(classes),
    )


def _who(row: MessageRow) -> str:
    names = {"buyer": _("Buyer"), "agent": row.agent_id or _("Agent"), "bot": _("Bot"), "system": ""}
    return names.get(row.sender, row.sender)


def _remark(row: MessageRow) -> str:
    kinds = {"auto_reply": _("automatic reply"), "note": _("internal note")}
    deliveries = {
        "intercepted": _("stopped by the shop's rules"),
        "failed": _("not delivered"),
        "platform_blocked": _("blocked by the platform"),
    }
    return deliveries.get(row.delivery, "") or kinds.get(row.kind, "")


def _text(row: MessageRow) -> str:
    if row.sender == "system" and row.kind != "message":
        told = {
            "handoff": _("Handed over to a person"),
            "transfer": _("Transferred to %(agent)s") % {"agent": row.agent_id or "–"},
            "close": _("Conversation closed"),
        }
        return told.get(row.kind, row.kind)
    return row.text if row.text is not None else _("(the text was not kept)")
