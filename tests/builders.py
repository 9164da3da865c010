"""A named cast and short ways to make it talk: policies, shops, agents and messages in the chat log.

The day is Monday 2026-05-04 and the time zone UTC unless a test says otherwise. Tea house and book nook are shops, Ann
and Bea their agents; buyers are called after what they write about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pyarrow as pa

from governance.actions.publish_policy import publish_policy
from governance.models import AgentScore, Policy, ShopRating
from governance.policy.reading import load_preset
from governance.policy.schema import PolicyDocument
from shops.chat.clock import to_ms
from shops.chat.log import Appended, open_log
from shops.chat.messages import STORED_SCHEMA
from shops.chat.text import text_key
from shops.models import Agent, AgentDay, ComputedDay, Privileges, PrivilegesChange, ServiceHours, Shop, ShopDay
from shops.models.measures import MEASURE_COLUMNS

TEA, BOOKS = "tea-house", "book-nook"
ANN, BEA = "ann", "bea"
MONDAY = date(2026, 5, 4)
LONG_AFTER = datetime(2026, 7, 1, tzinfo=UTC)
"""An as_of by which everything of May has settled."""

Message = dict[str, Any]


def on(days: int) -> date:
    """The date so many days after the Monday."""
    return MONDAY + timedelta(days=days)


def at(time: str, day: int = 0) -> datetime:
    """An instant in UTC: "10:00", "10:00:30" or "10:00:30.500", so many days after the Monday."""
    return datetime.fromisoformat(f"{on(day)}T{time}+00:00")


@cache
def _preset() -> dict[str, Any]:
    return load_preset("default").to_data()


def policy_document(
    *, clock: Mapping[str, Any] = {}, shops: Mapping[str, Any] = {}, agents: Mapping[str, Any] = {}, **top: Any
) -> PolicyDocument:
    """The default preset with other values at the top, in its clock, its rules for shops and those for agents."""
    data = deepcopy(_preset())
    data["clock"] |= clock
    data["shops"] |= shops
    data["agents"] |= agents
    return PolicyDocument.from_json(data | top)


def make_policy(starts_on: date = date(2020, 1, 1), **changes: Any) -> Policy:
    """Publish the default preset with changes (see policy_document)."""
    return publish_policy(policy_document(**changes), starts_on=starts_on)


def make_shop(
    code: str = TEA,
    *,
    agents: Sequence[str] = (ANN, BEA),
    hours: str | None = None,
    timezone: str = "UTC",
    opened_on: date | None = date(2024, 1, 1),
    category: str = "food",
) -> Shop:
    """A shop with its agents; without hours it has the policy's, 08:00 to 23:00."""
    shop = Shop.objects.create(code=code, name=code.title(), timezone=timezone, opened_on=opened_on, category=category)
    if hours is not None:
        ServiceHours.objects.create(shop=shop, weekly=hours)
    for agent in agents:
        make_agent(shop, agent)
    return shop


def make_agent(shop: Shop, code: str) -> Agent:
    """An agent of the shop."""
    return Agent.objects.create(shop=shop, code=code, name=code.title())


def message(
    sender: str,
    sent_at: datetime,
    *,
    buyer: str = "bo",
    shop: str = TEA,
    conversation: str | None = None,
    agent: str | None = None,
    text: str | None = None,
    kind: str = "message",
    delivery: str = "delivered",
    message_id: str | None = None,
) -> Message:
    """One row of the log. A buyer has one conversation with a shop unless it is named; ids follow from the content."""
    conversation = conversation or f"{buyer}@{shop}"
    sent_ms = to_ms(sent_at)
    return {
        "message_id": message_id or f"{conversation}:{sender}:{kind}:{sent_ms}",
        "conversation_id": conversation,
        "shop_id": shop,
        "buyer_id": buyer,
        "agent_id": agent,
        "sender": sender,
        "kind": kind,
        "sent_ms": sent_ms,
        "text": text,
        "text_key": text_key(text),
        "delivery": delivery,
    }


def asks(sent_at: datetime, buyer: str = "bo", **rest: Any) -> Message:
    """A buyer's message."""
    return message("buyer", sent_at, buyer=buyer, **rest)


def answers(sent_at: datetime, buyer: str = "bo", agent: str | None = ANN, **rest: Any) -> Message:
    """An agent's message to the buyer."""
    return message("agent", sent_at, buyer=buyer, agent=agent, **rest)


def turn(
    opened_at: datetime, wait_seconds: float | None, buyer: str = "bo", agent: str = ANN, **rest: Any
) -> list[Message]:
    """A question that the agent owned, answered after so many seconds, or never (None)."""
    question = asks(opened_at, buyer, agent=agent, **rest)
    if wait_seconds is None:
        return [question]
    return [question, answers(opened_at + timedelta(seconds=wait_seconds), buyer, agent, **rest)]


def turns(
    day: int, waits: Iterable[float | None], *, shop: str = TEA, agent: str = ANN, hour: int = 10
) -> list[Message]:
    """Turns of different buyers on one day, a minute apart from `hour`:00 on."""
    made: list[Message] = []
    for number, wait in enumerate(waits):
        opened_at = at(f"{hour:02d}:00", day) + timedelta(minutes=number)
        made += turn(opened_at, wait, f"buyer-{day}-{hour}-{number}", agent, shop=shop)
    return made


def as_table(messages: Iterable[Message]) -> pa.Table:
    """Messages as intake hands them to the log."""
    return pa.Table.from_pylist(list(messages), schema=STORED_SCHEMA)


def store(*messages: Message, received_at: datetime | None = None) -> Appended:
    """Append the messages to the chat log as one batch, received a second after the last of them unless said."""
    table = as_table(messages)
    newest_ms = max(row["sent_ms"] for row in messages)
    return open_log().append(table, to_ms(received_at) if received_at else newest_ms + 1_000)


def days_stored() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the measures of days, by natural keys and without ids and digests of files."""
    columns = ("on", "is_final", *MEASURE_COLUMNS)
    return {
        "shop days": list(ShopDay.objects.order_by("shop__code", "on").values_list("shop__code", *columns)),
        "agent days": list(
            AgentDay.objects.order_by("agent__shop__code", "agent__code", "on").values_list(
                "agent__shop__code", "agent__code", *columns
            )
        ),
        "days": list(ComputedDay.objects.order_by("shard", "on").values_list("on", "is_final", "turns")),
    }


def judgements_stored() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of scores, ratings and privileges, by natural keys and without ids."""

    def rows(model: type[Any], owner: str, *key: str) -> list[tuple[Any, ...]]:
        left_out = {"id", "shop", "agent", "policy", "changed_at"}
        names = [field.name for field in model._meta.concrete_fields if field.name not in left_out]
        names += ["policy__version"] if hasattr(model, "policy") else []
        return list(model.objects.order_by(*key).values_list(owner, *names))

    return {
        "ratings": rows(ShopRating, "shop__code", "shop__code", "on"),
        "scores": rows(AgentScore, "agent__code", "agent__shop__code", "agent__code", "on"),
        "privileges": rows(Privileges, "shop__code", "shop__code"),
        "changes": rows(PrivilegesChange, "shop__code", "shop__code", "on"),
    }


def all_stored() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a scoring run writes into the web database."""
    return days_stored() | judgements_stored()
