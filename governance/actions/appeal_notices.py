"""What shops, agents and other systems are told of appeals. Never what a buyer wrote: only staff read that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from governance.actions.privileges_notices import NAMES
from governance.models import Appeal
from governance.policy.reasons import Statement
from governance.policy.sections.base import Title
from shops.actions.publish_events import NewEvent, iso, publish_events
from shops.models import Event, Notice

WHO: Final[Mapping[str, Title]] = {
    Appeal.Who.SHOP: Title(en="the shop", zh_hans="店铺"),
    Appeal.Who.AGENT: Title(en="the agent", zh_hans="客服"),
    Appeal.Who.BUYER: Title(en="the buyer", zh_hans="买家"),
}
TITLES: Final[Mapping[str, Title]] = {
    Appeal.State.OPEN: Title(en="Appeal filed", zh_hans="已提出申诉"),
    Appeal.State.ACCEPTED: Title(en="Appeal accepted", zh_hans="申诉成立"),
    Appeal.State.REJECTED: Title(en="Appeal rejected", zh_hans="申诉不成立"),
    Appeal.State.WITHDRAWN: Title(en="Appeal withdrawn", zh_hans="申诉已撤回"),
}


def tell_appeal(appeal: Appeal, *, at: datetime) -> None:
    """Tell the shop, the agent whom it concerns, and other systems of an appeal's present state.

    The last step of the transaction that changed it; `appeal` has its decision, agent and shop fetched. One notice to
    each reader and state, so that a rerun tells nobody twice.
    """
    agent_id = appeal.agent_id or appeal.decision.agent_id
    readers: list[int | None] = [None] if agent_id is None else [None, agent_id]
    title, text = TITLES[appeal.state], _text_of(appeal)
    Notice.objects.bulk_create(
        [
            Notice(
                shop_id=appeal.shop_id,
                agent_id=reader,
                kind=Notice.Kind.APPEAL,
                reference=appeal.code if appeal.is_open() else f"{appeal.code} {appeal.state}",
                title_en=f"{title.en}: {appeal.decision.code}",
                title_zh_hans=f"{title.zh_hans}：{appeal.decision.code}",
                text_en=text.en,
                text_zh_hans=text.zh_hans,
                created_at=at,
            )
            for reader in readers
        ],
        ignore_conflicts=True,
    )
    publish_events([NewEvent(Event.Type.APPEAL_CHANGED, appeal.shop_id, at, event_data(appeal))])


def event_data(appeal: Appeal) -> dict[str, Any]:
    """What receivers of webhooks are sent: no text of anybody, of people only the agent's id."""
    return {
        "appeal": appeal.code,
        "decision": appeal.decision.code,
        "shop_id": appeal.shop.code,
        "agent_id": appeal.agent.code if appeal.agent is not None else None,
        "who": appeal.who,
        "number": appeal.number,
        "state": appeal.state,
        "filed_at": iso(appeal.filed_at),
        "due_at": iso(appeal.due_at),
        "decided_at": iso(appeal.decided_at),
        "outcome": appeal.outcome.code if appeal.outcome is not None else None,
        "cannot_be_undone": appeal.cannot_be_undone,
    }


def _text_of(appeal: Appeal) -> Statement:
    code, who = appeal.decision.code, WHO[appeal.who]
    due = timezone.localtime(appeal.due_at, timezone.get_default_timezone()).strftime("%Y-%m-%d %H:%M")
    if appeal.state == Appeal.State.OPEN:
        return Statement(
            en=f"Appeal {appeal.code} of {who.en} against decision {code} was filed. Another person than decided "
            f"answers it by {due}.",
            zh_hans=f"{who.zh_hans}已对决定 {code} 提出申诉（编号 {appeal.code}），将由原决定人以外的人员在 {due} "
            "前作出答复。",
        )
    if appeal.state == Appeal.State.WITHDRAWN:
        return Statement(
            en=f"Appeal {appeal.code} of {who.en} against decision {code} was withdrawn. The decision stands.",
            zh_hans=f"{who.zh_hans}已撤回对决定 {code} 的申诉（编号 {appeal.code}），该决定继续有效。",
        )
    if appeal.state == Appeal.State.REJECTED:
        return Statement(
            en=f"Appeal {appeal.code} of {who.en} was rejected; decision {code} stands.\n{appeal.answer_en}",
            zh_hans=f"{who.zh_hans}的申诉 {appeal.code} 不成立，决定 {code} 继续有效。\n{appeal.answer_zh_hans}",
        )
    lost = [_lost(entry) for entry in appeal.cannot_be_undone]
    english = [
        f"Appeal {appeal.code} of {who.en} was accepted. Decision {code} is taken back.",
        "Its points, its penalties and everything else that followed from it have no effect any more.",
        appeal.answer_en,
        *(["This cannot be given back:", *(each.en for each in lost)] if lost else []),
    ]
    chinese = [
        f"{who.zh_hans}的申诉 {appeal.code} 成立。决定 {code} 已撤回：由其产生的扣分、处罚及其他后果均不再有效。",
        appeal.answer_zh_hans,
        *(["以下已无法恢复：", *(each.zh_hans for each in lost)] if lost else []),
    ]
    return Statement(en="\n".join(english), zh_hans="\n".join(chinese))


def _lost(entry: Mapping[str, Any]) -> Statement:
    """The line of one penalty that had run."""
    names = [NAMES[name] for name in entry["privileges"]]
    english = ", ".join(name.en for name in names) or entry["title_en"]
    chinese = "、".join(name.zh_hans for name in names) or entry["title_zh_hans"]
    days = f"{entry['days']:g}"
    return Statement(
        en=f"{entry['penalty']}: {days} {'day' if days == '1' else 'days'} ({english})",
        zh_hans=f"{entry['penalty']}：{days} 天（{chinese}）",
    )
