"""Complaints of the demo's buyers and what came of them: each way that a complaint can take is there to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from complaints.actions.deciding import Verdict, decide_complaint, decide_matter
from complaints.actions.desk import take_complaint
from complaints.actions.filing import NewComplaint, file_complaint
from complaints.actions.grouping import group_complaints
from complaints.actions.hearing import hear_shop, shop_replies
from complaints.models import Complaint
from governance.actions.appeals import decide_appeal, draw_appeal, file_appeal
from governance.config.demo.accounts import store_shopkeeper
from governance.config.demo.plan import Plan
from governance.models import Policy
from governance.policy.reasons import Statement
from shops.chat.reading import TurnRow, failing_turns
from shops.models import Shop, ShopDay, User

SHOPS: Final = 14
"""Shops that somebody complains about: those that answered least on time."""
LOOK_BACK: Final = timedelta(days=14)
"""How old the turns are at most that somebody complains about."""
BEGINS: Final = timedelta(days=5)
"""How long before the end of the demo the first complaint is filed."""
TEXTS: Final = (
    ("narrowing", "unanswered", "我申请退款之后，店铺就不再回复我的消息了。", "answer"),
    ("no_answer", "unanswered", "我问了商品的问题，店铺一直没有回复，是不是把我屏蔽了？", "answer"),
    ("brush_off", "brushed_off", "客服只让我稍等，之后再也没有人理我。", "apology"),
)
FACTS: Final = Statement(
    "The chat log shows that the buyer's question was never really answered within the answer window.",
    "聊天记录显示，买家的问题在答复时限内始终未得到实质回复。",
)
WHY: Final = Statement(
    "The shop was open, no outage is known, and it gave no reason. Buyers who ask get an answer.",
    "当时店铺处于服务时段，平台无故障，店铺亦未说明理由。买家的咨询应当得到回复。",
)
NOTHING: Final = Statement(
    "The question was answered, later than the buyer hoped but within the answer window.",
    "该问题已在答复时限内得到回复，只是晚于买家的期待。",
)
REPLY: Final = "抱歉，当天客服排班不足，我们已补充人手并会尽快回复买家。"
ASKED: Final = "请在期限内说明未回复的原因，并提供相关材料。"
APPEAL: Final = "该时段我们的客服系统出现故障，请复核并撤销处罚。"
ACCEPTED: Final = Statement(
    "The shop has shown that its system failed that day through no fault of its own.",
    "店铺已证明当日系统故障并非其过错所致。",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works at the demo's desk, who answers for the shops, and the end of the demo."""

    investigator: User
    reviewer: User
    shopkeeper: User
    as_of: datetime


def store_complaints(plan: Plan) -> Mapping[str, int]:
    """File complaints about turns that went badly and take each some way; return how many stand in which state."""
    shops, last_on = _worst_shops(plan), plan.calendar.last_on
    people = User.objects.in_bulk(["investigator", "reviewer"], field_name="username")
    desk = Desk(people["investigator"], people["reviewer"], store_shopkeeper(shops), plan.calendar.as_of)
    until = last_on - BEGINS
    filed = [list(_file(shop, desk, until - LOOK_BACK, until)) for shop in shops]
    for number, complaints in enumerate(filter(None, filed)):
        WAYS[number % len(WAYS)](complaints, desk)
    states = Complaint.objects.filter(shop__code__in=[shop.code for shop in plan.shops])
    counts: dict[str, int] = {}
    for state in states.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def _worst_shops(plan: Plan) -> list[Shop]:
    """Those with most late and missing answers on the newest days, most first."""
    newest = ShopDay.objects.filter(on__gt=plan.calendar.last_on - LOOK_BACK, settled__gt=0)
    lost: dict[int, int] = {}
    for shop_id, settled, on_time in newest.values_list("shop_id", "settled", "effective_on_time"):
        lost[shop_id] = lost.get(shop_id, 0) + settled - on_time
    worst = sorted(lost, key=lambda shop_id: (-lost[shop_id], shop_id))[:SHOPS]
    shops = Shop.objects.in_bulk(worst)
    return [shops[pk] for pk in worst]


def _file(shop: Shop, desk: Desk, first_on: object, last_on: object) -> Iterator[Complaint]:
    """Two complaints for each way in which a turn can go badly, about the newest such turns of different buyers."""
    at = desk.as_of - BEGINS
    buyers: set[str] = set()
    for kind, failing, text, wish in TEXTS:
        found = 0
        turns: list[TurnRow] = failing_turns(shop.code, first_on, last_on, kind=failing, limit=20)  # type: ignore[arg-type]
        for turn in turns:
            if turn.buyer_id in buyers or turn.opened_at > at or found == 2:
                continue
            buyers.add(turn.buyer_id)
            found += 1
            new = NewComplaint(
                shop=shop,
                kind=kind,
                text=text,
                buyer_id=turn.buyer_id,
                language="zh-hans",
                conversation_id=turn.conversation_id,
                message_id=turn.opened_by_message,
                wish=wish,
                happened_at=turn.opened_at,
            )
            yield file_complaint(new, at=at)
            at += timedelta(minutes=17)


def _received(_filed: list[Complaint], _desk: Desk) -> None:
    """They wait in the queue."""


def _heard(filed: list[Complaint], desk: Desk) -> None:
    """The shop is asked about each and has not replied yet."""
    for complaint in filed:
        _hear(complaint, desk, desk.as_of - timedelta(hours=30))


def _replied(filed: list[Complaint], desk: Desk) -> None:
    """The shop has replied; somebody has to decide."""
    for complaint in filed:
        _hear_and_reply(complaint, desk)


def _decided(gravity: int) -> Callable[[list[Complaint], Desk], None]:
    """The first complaint is decided so gravely (0: mild); the others wait."""

    def decide(filed: list[Complaint], desk: Desk) -> None:
        _decide(_hear_and_reply(filed[0], desk), desk, gravity)

    return decide


def _appealed(filed: list[Complaint], desk: Desk) -> None:
    """A grave decision, against which the shop appeals."""
    _appeal(filed[0], desk)


def _won(filed: list[Complaint], desk: Desk) -> None:
    """A grave decision that another person takes back after an appeal."""
    appeal_id = _appeal(filed[0], desk)
    at = desk.as_of - timedelta(hours=4)
    draw_appeal(appeal_id, by=desk.reviewer, at=at)
    decide_appeal(appeal_id, accept=True, answer=ACCEPTED, by=desk.reviewer, at=at + timedelta(minutes=9))


def _no_ground(filed: list[Complaint], desk: Desk) -> None:
    """No violation is found; the buyer gets an answer all the same."""
    complaint = _hear_and_reply(filed[0], desk)
    verdict = Verdict(facts=NOTHING, words=NOTHING, remedy_kind="answer")
    at = desk.as_of - timedelta(hours=20)
    take_complaint(complaint.pk, by=desk.investigator, at=at)
    complaint.refresh_from_db()
    decide_complaint(complaint.pk, version=complaint.version, verdict=verdict, by=desk.investigator, at=at)


def _together(filed: list[Complaint], desk: Desk) -> None:
    """All of them are one matter, decided together."""
    if len(filed) < 2:
        return _decided(1)(filed, desk)
    for complaint in filed:
        _hear_and_reply(complaint, desk)
    at = desk.as_of - timedelta(hours=18)
    title = f"{filed[0].shop.name}: 多位买家未获回复"
    matter = group_complaints([each.pk for each in filed], title=title, by=desk.investigator, at=at)
    take_complaint(filed[0].pk, by=desk.investigator, at=at)
    verdict = _verdict(filed[0], 1, at)
    decide_matter(matter.pk, verdict=verdict, by=desk.investigator, at=at + timedelta(minutes=20))
    return None


WAYS: Final[tuple[Callable[[list[Complaint], Desk], None], ...]] = (
    _together,
    _appealed,
    _decided(2),
    _heard,
    _won,
    _received,
    _no_ground,
    _decided(1),
    _replied,
    _decided(0),
)


def _hear(complaint: Complaint, desk: Desk, at: datetime) -> Complaint:
    complaint = take_complaint(complaint.pk, by=desk.investigator, at=at)
    return hear_shop(complaint.pk, version=complaint.version, words=ASKED, by=desk.investigator, at=at)


def _hear_and_reply(complaint: Complaint, desk: Desk) -> Complaint:
    complaint = _hear(complaint, desk, desk.as_of - timedelta(hours=60))
    at = desk.as_of - timedelta(hours=40)
    return shop_replies(complaint, version=complaint.version, text=REPLY, by=desk.shopkeeper, at=at)


def _decide(complaint: Complaint, desk: Desk, gravity: int) -> Complaint:
    at = desk.as_of - timedelta(hours=22)
    complaint = take_complaint(complaint.pk, by=desk.investigator, at=at)
    verdict = _verdict(complaint, gravity, at)
    return decide_complaint(complaint.pk, version=complaint.version, verdict=verdict, by=desk.investigator, at=at)


def _verdict(complaint: Complaint, gravity: int, at: datetime) -> Verdict:
    """The clause that such a complaint is usually about, as grave as asked for."""
    policy = Policy.objects.in_force_on(at.date())
    assert policy is not None  # the demo has published one
    document = policy.rules()
    clause = document.clause(document.redress.complaint_rules(complaint.kind).clauses[0])
    assert clause is not None  # a sound policy names clauses that it has
    return Verdict(
        facts=FACTS, words=WHY, clause=clause.key, gravity=clause.gravities[gravity].key, remedy_kind="answer"
    )


def _appeal(complaint: Complaint, desk: Desk) -> int:
    decided = _decide(_hear_and_reply(complaint, desk), desk, 1)
    assert decided.decision is not None  # it was just decided
    at = desk.as_of - timedelta(hours=8)
    return file_appeal(decided.decision, who="shop", text=APPEAL, by=desk.shopkeeper, at=at).pk
