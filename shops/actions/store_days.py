"""The measures of days, written into the web database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shops.actions.final_days import find_unmet_pairs
from shops.actions.upsert_rows import upsert_rows
from shops.chat.measures import SHOP
from shops.models import Agent, AgentDay, Shop, ShopDay
from shops.models.measures import MEASURE_COLUMNS


@dataclass(frozen=True)
class Known:
    """The primary keys of shops by their code, and of agents by their shop's code and their own."""

    shops: Mapping[str, int]
    agents: Mapping[tuple[str, str], int]

    @classmethod
    def load(cls) -> Known:
        """Everybody; two queries."""
        agents = Agent.objects.values_list("pk", "shop__code", "code").iterator(20_000)
        return cls(
            dict(Shop.objects.values_list("code", "pk").iterator(20_000)),
            {(shop, code): pk for pk, shop, code in agents},
        )

    def only(self, shops: Iterable[str]) -> Known:
        """Some of the shops, and their agents."""
        wanted = {code: self.shops[code] for code in shops}
        return Known(wanted, {key: pk for key, pk in self.agents.items() if key[0] in wanted})


def store_day_measures(
    measures: Iterable[dict[str, Any]], days: Sequence[date], final: set[date], known: Known
) -> dict[date, list[tuple[str, str]]]:
    """Replace the day rows of `known` on some days; return by day the (shop, agent) pairs that nobody knows.

    Rows that are there already are updated in place, rows without turns any more go. Call it inside a transaction.
    """
    shop_ids, agent_ids = known.shops, known.agents
    unmet = find_unmet_pairs(days[0], days[-1], set(shop_ids.values()))
    unknown: dict[date, list[tuple[str, str]]] = defaultdict(list)
    shop_rows: dict[tuple[int, str], list[Any]] = {}
    agent_rows: dict[tuple[int, str], list[Any]] = {}
    for row in measures:
        on = row["on_date"]
        day = date.fromisoformat(on)
        is_final = day in final and (shop_ids[row["shop_id"]], day) not in unmet
        values = [is_final, *(row[name] for name in MEASURE_COLUMNS)]
        if row["agent_id"] == SHOP:
            shop_rows[shop_ids[row["shop_id"]], on] = values
        elif (row["shop_id"], row["agent_id"]) in agent_ids:
            agent_rows[agent_ids[row["shop_id"], row["agent_id"]], on] = values
        else:
            unknown[day].append((row["shop_id"], row["agent_id"]))
    _remove_others(ShopDay, "shop_id", days, shop_rows, set(shop_ids.values()))
    _remove_others(AgentDay, "agent_id", days, agent_rows, set(agent_ids.values()))
    columns = ("on", "is_final", *MEASURE_COLUMNS)
    upsert_rows(ShopDay, ("shop_id", *columns), _flat(shop_rows), key=("shop_id", "on"))
    upsert_rows(AgentDay, ("agent_id", *columns), _flat(agent_rows), key=("agent_id", "on"))
    return unknown


def _flat(rows: dict[tuple[int, str], list[Any]]) -> Iterator[tuple[Any, ...]]:
    return ((owner, on, *values) for (owner, on), values in rows.items())


def _remove_others(
    model: type[ShopDay] | type[AgentDay],
    owner: str,
    days: Sequence[date],
    kept: dict[tuple[int, str], list[Any]],
    owners: set[int],
) -> None:
    """Delete the rows of these owners and days that were computed once and have no facts any more."""
    stored = model.objects.filter(on__gte=days[0], on__lte=days[-1]).values_list("pk", owner, "on")
    gone = [pk for pk, who, on in stored if who in owners and (who, on.isoformat()) not in kept]
    for start in range(0, len(gone), 500):
        model.objects.filter(pk__in=gone[start : start + 500]).delete()
