"""Who is rated and scored, and the state that each shop has reached: what a day's judgement starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from governance.formulas.gates import GateState
from governance.formulas.grades import GradeState
from governance.models import PointEntry, Policy, RatingCorrection, ShopRating
from governance.policy.catalogue import VIOLATION_POINTS
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
    violation_points: int = 0
    """What the newest rating counted; 0 where its policy counts none."""

    def is_last_word(self, policy: Policy, violation_points: int = 0) -> bool:
        """True if nothing new can be said of a shop without facts.

        So it is if it had none before, no other policy judges it, no change is due, and its points are the same.
        """
        is_waiting = self.state.candidate_since_on is not None or any(
            gate.waiting_since_on is not None for gate in self.gates
        )
        is_same = self.policy_id == policy.pk and self.violation_points == violation_points
        return is_same and not self.had_facts and not is_waiting


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
    """What some ratings say, or their newest corrections. One query, and two more where any was corrected or counted.

    Points are looked for only in ratings of shops that ever had any: lines are long, and most shops have none.
    """
    columns = ("pk", "shop_id", "policy_id", "gates", *STATE_COLUMNS, "turns", "contacts", "stars_count")
    marked = ratings.annotate(
        is_corrected=Exists(RatingCorrection.objects.filter(rating=OuterRef("pk"))),
        may_have_points=Exists(PointEntry.objects.filter(shop=OuterRef("shop_id"))),
    )
    rows = list(marked.values_list(*columns, "is_corrected", "may_have_points"))
    corrections = _newest_corrections([row[0] for row in rows if row[-2]])
    counted = _counted_points([row[0] for row in rows if row[-1]])
    for pk, shop_id, policy_id, kept_gates, *rest in rows:
        correction = corrections.get(pk)
        if correction is None:
            state, gates, points = _state_of(rest[:5]), kept_gates, counted.get(pk, 0)
        else:
            state = _state_of([getattr(correction, name) for name in STATE_COLUMNS])
            gates, points = correction.gates, points_in(correction.lines)
        yield shop_id, Standpoint(state, policy_id, any(rest[5:8]), tuple(map(GateState.from_data, gates)), points)


def points_in(lines: Iterable[Mapping[str, Any]]) -> int:
    """The violation points that the lines of a rating counted."""
    values = (line["value"] for line in lines if line["measure"] == VIOLATION_POINTS)
    return int(next(values, None) or 0)


def _newest_corrections(ratings: Sequence[int]) -> dict[int, RatingCorrection]:
    return {
        each.rating_id: each
        for some in in_chunks(ratings)
        for each in RatingCorrection.objects.filter(rating__in=some).order_by("pk")
    }


def _counted_points(ratings: Sequence[int]) -> dict[int, int]:
    return {
        pk: points_in(lines)
        for some in in_chunks(ratings)
        for pk, lines in ShopRating.objects.filter(pk__in=some).values_list("pk", "lines")
    }


def _state_of(values: Sequence[Any]) -> GradeState:
    """The state that values of STATE_COLUMNS say."""
    grade, since_on, candidate, candidate_since_on, reason = values
    return GradeState(grade, since_on, candidate or None, candidate_since_on, reason)
