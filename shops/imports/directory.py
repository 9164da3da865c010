"""Which shops and agents messages may name: looked up, remembered, and created where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from shops.chat.messages import MAX_ID_LENGTH
from shops.imports.shops import FIRST_DAY
from shops.models import Agent, ServiceHours, Shop

SEPARATOR: Final = "\x1f"
"""Between a shop and its agent in one key; ids hold no control characters."""
ASKED_AT_ONCE: Final = 500

T = TypeVar("T")


@dataclass(frozen=True)
class NewShops:
    """With what the shops are created that messages name and nobody knows."""

    timezone: str = "Asia/Shanghai"
    hours: str = ""  # "": the policy's
    category: str = ""


class Directory:
    """The shops and agents that are known, by code and by key (shop, SEPARATOR, agent).

    What a batch names is looked up here: to make hash tables of everybody anew for each batch would cost more than all
    else.
    """

    def __init__(self, shop_ids: dict[str, int], agents: set[str]) -> None:
        self.shop_ids = shop_ids
        self.agents = agents

    @property
    def shops(self) -> pa.Array:
        """The codes of all shops."""
        return pa.array(list(self.shop_ids), pa.string())

    def shops_among(self, codes: pa.Array) -> pa.Array:
        """Those of some codes that are shops, each once."""
        return pa.array([code for code in pc.unique(codes).to_pylist() if code in self.shop_ids], pa.string())

    @classmethod
    def load(cls) -> Directory:
        """Everybody; two queries."""
        shop_ids = dict(Shop.objects.values_list("code", "pk").iterator(20_000))
        pairs = Agent.objects.values_list("shop__code", "code").iterator(20_000)
        return cls(shop_ids, {f"{shop}{SEPARATOR}{agent}" for shop, agent in pairs})

    def look_again(self, codes: pa.Array) -> None:
        """Learn of shops that came in since the directory was loaded; a query per 500 codes that it does not know.

        What can be no shop's code (check_messages says why) is not looked up: databases refuse a NUL.
        """
        named = pc.unique(codes).to_pylist()
        unknown = [code for code in named if code is not None and code not in self.shop_ids and _may_be_code(code)]
        for some in _in_chunks(unknown):
            self._learn(dict(Shop.objects.filter(code__in=some).values_list("code", "pk")))

    def create_shops(self, good: pa.Table, new: NewShops) -> int:
        """Create the shops of checked messages that nobody knows; return how many."""
        codes = [code for code in pc.unique(good["shop_id"]).to_pylist() if code not in self.shop_ids]
        if not codes:
            return 0
        with transaction.atomic():
            Shop.objects.bulk_create(
                [Shop(code=code, name=code, timezone=new.timezone, category=new.category) for code in codes],
                ignore_conflicts=True,
                batch_size=5_000,
            )
            found: dict[str, int] = {}
            for some in _in_chunks(codes):
                found |= dict(Shop.objects.filter(code__in=some).values_list("code", "pk"))
            if new.hours:
                hours = [ServiceHours(shop_id=found[code], starts_on=FIRST_DAY, weekly=new.hours) for code in codes]
                ServiceHours.objects.bulk_create(hours, ignore_conflicts=True, batch_size=5_000)
        self._learn(found)
        return len(codes)

    def unknown_agents(self, good: pa.Table) -> pa.Array:
        """The keys of agents in checked messages that nobody knows; bots have no record."""
        shop, agent = good["shop_id"].combine_chunks(), good["agent_id"].combine_chunks()
        keys = pc.binary_join_element_wise(shop, agent, SEPARATOR)
        keys = pc.unique(keys.filter(pc.and_(pc.is_valid(keys), pc.not_equal(good["sender"].combine_chunks(), "bot"))))
        return pa.array([key for key in keys.to_pylist() if key not in self.agents], pa.string())

    def create_agents(self, keys: pa.Array) -> int:
        """Create agents by their keys; return how many."""
        if not len(keys):
            return 0
        pairs = [key.split(SEPARATOR) for key in keys.to_pylist()]
        Agent.objects.bulk_create(
            [Agent(shop_id=self.shop_ids[shop], code=agent) for shop, agent in pairs],
            ignore_conflicts=True,
            batch_size=5_000,
        )
        self.agents.update(keys.to_pylist())
        return len(keys)

    def _learn(self, found: dict[str, int]) -> None:
        self.shop_ids |= found


def _may_be_code(text: str) -> bool:
    return len(text) <= MAX_ID_LENGTH and text.isprintable()


def _in_chunks(values: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, ASKED_AT_ONCE)):
        yield some
