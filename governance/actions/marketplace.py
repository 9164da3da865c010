"""Who is rated and scored, and the state that each shop has reached: what a day's judgement starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import QuerySet

from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState
from governance.models import Policy, ShopRating
from shops.chat.log import shard_of
from shops.models import Agent, Shop

STATE_COLUMNS = ("grade", "since_on", "candidate", "candidate_since_on", "reason")
ASKED_AT_ONCE = 10_000
"""Shops that one query may name."""


@dataclass(frozen=True, slots=True)
class RatedShop:
    """What rating needs to know of a shop beside its measures."""

    pk: int
    category: str
    opened_on: date | None


@dataclass(frozen=True, slots=True)
class Standpoint:
    """In what state a shop comes into a day: its grade, the policy of its newest rating, and whether that had facts."""

    state: GradeState
    policy_id: int
    had_facts: bool
    gates: tuple[GateState, ...] = ()

    def is_last_word(self, policy: Policy) -> bool:
        """True if nothing new can be said of a shop without facts: no facts before, no other policy, no change due."""
        is_waiting = self.state.candidate_since_on is not None or any(
            gate.waiting_since_on is not None for gate in self.gates
        )
        return not self.had_facts and self.policy_id == policy.pk and not is_waiting


@dataclass(frozen=True)
class Roster:
    """The shops and agents by their codes, of the whole marketplace or of one shard."""

    shops: Mapping[str, RatedShop]
    agents: Mapping[tuple[str, str], int]
    is_whole: bool = True

    @classmethod
    def load(cls) -> Roster:
        """Everybody; two queries."""
        shops = {
            code: RatedShop(pk, category, opened_on)
            for code, pk, category, opened_on in Shop.objects.values_list(
                "code", "pk", "category", "opened_on"
            ).iterator(20_000)
        }
        agents = Agent.objects.values_list("shop__code", "code", "pk").iterator(20_000)
        return cls(shops, {(shop, code): pk for shop, code, pk in agents})

    def by_shard(self, shards: int) -> Sequence[Roster]:
        """The roster cut into shards, as the chat log cuts the shops."""
        if shards == 1:
            return [self]
        shard_by_shop = {code: shard_of(code, shards) for code in self.shops}
        parts = [Roster({}, {}, is_whole=False) for _ in range(shards)]
        shops: list[dict[str, RatedShop]] = [{} for _ in parts]
        agents: list[dict[tuple[str, str], int]] = [{} for _ in parts]
        for code, shop in self.shops.items():
            shops[shard_by_shop[code]][code] = shop
        for key, agent_id in self.agents.items():
            if key[0] in shard_by_shop:
                agents[shard_by_shop[key[0]]][key] = agent_id
        return [Roster(*part, is_whole=False) for part in zip(shops, agents, strict=True)]

    def ratings(self, among: QuerySet[ShopRating]) -> Iterator[QuerySet[ShopRating]]:
        """Those of some ratings that are of these shops, in a few queries where these are not all shops."""
        if self.is_whole:
            yield among
        else:
            for keys in in_chunks(shop.pk for shop in self.shops.values()):
                yield among.filter(shop_id__in=keys)

    def standpoints(self, among: QuerySet[ShopRating]) -> dict[int, Standpoint]:
        """The standpoints that some ratings of these shops say, by the shop's key."""
        return {pk: standpoint for chunk in self.ratings(among) for pk, standpoint in _standpoints(chunk)}


@dataclass
class Marketplace:
    """The shops and agents to be judged, and the state that each shop has reached: carried from day to day."""

    roster: Roster
    standpoints: dict[int, Standpoint]

    @classmethod
    def load(cls, before: date, roster: Roster | None = None) -> Marketplace:
        """The states as of the newest ratings before a day; one query, and two for a roster that is not given."""
        roster = roster or Roster.load()
        return cls(roster, roster.standpoints(ShopRating.objects.newest_per_shop(before=before)))


def in_chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    """Keys, so many at a time that a query may name them."""
    rest = iter(keys)
    while chunk := list(islice(rest, ASKED_AT_ONCE)):
        yield chunk


def _standpoints(ratings: QuerySet[ShopRating]) -> Iterator[tuple[int, Standpoint]]:
    columns = ("shop_id", "policy_id", "gates", *STATE_COLUMNS, "turns", "contacts", "stars_count")
    for shop_id, policy_id, gates, grade, since, candidate, candidate_since, reason, *facts in ratings.values_list(
        *columns
    ):
        state = GradeState(grade, since, candidate or None, candidate_since, reason)
        yield shop_id, Standpoint(state, policy_id, any(facts), tuple(map(GateState.from_data, gates)))
