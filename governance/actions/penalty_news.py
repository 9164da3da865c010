"""What shops and other systems are told of a penalty: that it began, was paused or resumed, is over, was taken back."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Final

from governance.models import Penalty
from governance.policy.sections.base import Title
from shops.actions.publish_events import NewEvent, iso
from shops.models import Event, Notice

CHANGES: Final = {
    "begun": Title(en="A penalty begins", zh_hans="处罚开始执行"),
    "held": Title(en="A penalty is held", zh_hans="处罚已暂缓执行"),
    "suspended": Title(en="A penalty is suspended by the appeal", zh_hans="申诉期间处罚中止执行"),
    "resumed": Title(en="A penalty runs on", zh_hans="处罚恢复执行"),
    "corrected": Title(en="Things were put right", zh_hans="整改已完成"),
    "over": Title(en="A penalty is over", zh_hans="处罚已结束"),
    "reversed": Title(en="A penalty was taken back", zh_hans="处罚已撤销"),
}


def tell_penalty(penalty: Penalty, change: str, at: datetime) -> None:
    """Tell the shop of one change. Two of the same kind at different times are two notices."""
    span, title = span_in_words(penalty), CHANGES[change]
    Notice.objects.create(
        shop_id=penalty.shop_id,
        kind=Notice.Kind.PENALTY,
        reference=f"{penalty.code}:{change}:{at.timestamp():.0f}",
        title_en=f"{title.en}: {penalty.title_en}"[:200],
        title_zh_hans=f"{title.zh_hans}：{penalty.title_zh_hans}"[:200],
        text_en=f"Penalty {penalty.code} of decision {penalty.decision.code}: {penalty.title_en}. {span.en}",
        text_zh_hans=f"决定 {penalty.decision.code} 的处罚 {penalty.code}：{penalty.title_zh_hans}。{span.zh_hans}",
        created_at=at,
    )


def span_in_words(penalty: Penalty) -> Title:
    """From when to when, in the shop's own time."""
    zone = zoneinfo.ZoneInfo(penalty.shop.timezone)

    def local(instant: datetime) -> str:
        return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    starts = local(penalty.starts_at)
    if penalty.paused_at is not None:
        return Title(en="It has no effect at present.", zh_hans="目前不生效。")
    if penalty.ends_at is None:
        text = Title(en=f"From {starts}, until it is taken back.", zh_hans=f"自 {starts} 起，直至撤销。")
    else:
        ends = local(penalty.ends_at)
        text = Title(en=f"From {starts} to {ends}.", zh_hans=f"自 {starts} 起至 {ends} 止。")
    if penalty.needs_correction and penalty.corrected_at is None:
        return Title(
            en=f"{text.en} It does not end before things were put right.",
            zh_hans=f"{text.zh_hans}完成整改之前不会结束。",
        )
    return text


def penalty_event(penalty: Penalty, change: str, at: datetime) -> NewEvent:
    """What other systems are told (docs/webhooks.md)."""
    return NewEvent(
        Event.Type.PENALTY_CHANGED,
        penalty.shop_id,
        at,
        {
            "penalty": penalty.code,
            "change": change,
            "decision": penalty.decision.code,
            "shop_id": penalty.shop.code,
            "kind": penalty.kind,
            "limits": penalty.limits(),
            "starts_at": iso(penalty.starts_at),
            "ends_at": iso(penalty.ends_at),
            "is_paused": penalty.paused_at is not None,
        },
    )
