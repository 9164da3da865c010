"""The facts of decisions: the figure that is worst, its counts by day, and the turns that went badly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from governance.formulas.standing import BELOW
from governance.models import AgentScore
from governance.policy.catalogue import MEASURES, columns_of
from governance.policy.reasons import Figures
from shops.chat.log import open_log, shard_of
from shops.chat.reading import TurnRow
from shops.chat.samples import failing_samples
from shops.models import AgentDay

TURNS_KEPT = 10
"""How many of the turns that went badly a decision keeps as its sample."""
CHUNK = 10_000
"""Ids in one query; SQLite knows no more than 32,766."""

DayCounts = list[list[Any]]
"""[ISO date, numerator, denominator] of each final date of the window, rising."""


@dataclass(slots=True)
class Facts:
    """What one score says against an agent. `lines` are all lines proven below, the worst first."""

    agent_id: int
    shop_id: int
    shop_code: str
    agent_code: str
    timezone: str
    figures: Figures
    lines: list[dict[str, Any]]
    days: DayCounts = field(default_factory=list)
    turns: list[TurnRow] = field(default_factory=list)

    def to_sample(self) -> dict[str, Any]:
        """The part that is kept as JSON: ids of conversations and messages, no buyer and no text."""
        names = ("part", "measure", "numerator", "denominator", "interval", "line")
        return {
            "days": self.days,
            "lines": [{name: line[name] for name in names} for line in self.lines],
            "turns": [
                {
                    "conversation_id": turn.conversation_id,
                    "opened_by_message": turn.opened_by_message,
                    "opened_at": turn.opened_at.isoformat(),
                    "answered_at": turn.answered_at and turn.answered_at.isoformat(),
                    "wait_seconds": turn.wait_seconds,
                }
                for turn in self.turns
            ],
        }


def gather_facts(on: date, parts: Mapping[int, str], *, target_seconds: int) -> dict[int, Facts]:
    """By agent the facts of its score of `on`; `parts` gives each agent a part of the score, or "" for any.

    An agent without a line proven below has none. Two queries for every ten thousand agents, and one look into the turn
    files for each shard.
    """
    found: dict[int, Facts] = {}
    for ids in in_chunks(sorted(parts)):
        for score in AgentScore.objects.filter(on=on, agent__in=ids).select_related("agent__shop"):
            facts = _facts_of(score, parts[score.agent_id])
            if facts is not None:
                found[facts.agent_id] = facts
    by_window: dict[tuple[date, date], list[Facts]] = defaultdict(list)
    for facts in found.values():
        by_window[facts.figures.window_first_on, facts.figures.window_last_on].append(facts)
    for (first_on, last_on), group in by_window.items():
        days = count_days({facts.agent_id: facts.figures.measure for facts in group}, first_on, last_on)
        for facts in group:
            facts.days = days.get(facts.agent_id, [])
        _add_turns(group, first_on, last_on, target_seconds)
    return found


def count_days(measures: Mapping[int, str], first_on: date, last_on: date) -> dict[int, DayCounts]:
    """By agent the counts of its measure on each final date from `first_on` to `last_on` (included), as of now."""
    found: dict[int, DayCounts] = defaultdict(list)
    columns = ("agent_id", "on", *columns_of(MEASURES[name] for name in set(measures.values())))
    for ids in in_chunks(sorted(measures)):
        days = AgentDay.objects.filter(agent__in=ids, on__gte=first_on, on__lte=last_on, is_final=True)
        for row in days.order_by("agent_id", "on").values(*columns).iterator(20_000):
            sample = MEASURES[measures[row["agent_id"]]].sample(row)
            found[row["agent_id"]].append([row["on"].isoformat(), sample.numerator, sample.denominator])
    return found


def figure_columns(figures: Figures) -> dict[str, Any]:
    """The figures as columns of a decision."""
    return {
        "window_first_on": figures.window_first_on,
        "window_last_on": figures.window_last_on,
        "measure": figures.measure,
        "numerator": figures.numerator,
        "denominator": figures.denominator,
        "interval_low": figures.interval[0],
        "interval_high": figures.interval[1],
        "line": figures.line,
        "affected_buyers": figures.affected_buyers,
    }


def _facts_of(score: AgentScore, part: str) -> Facts | None:
    lines = [line for line in score.lines if line["standing"] == BELOW and (not part or line["part"] == part)]
    if not lines:
        return None
    lines.sort(key=_severity, reverse=True)
    worst, agent = lines[0], score.agent
    measure = MEASURES[worst["measure"]]
    affected = getattr(measure, "affected", None)
    figures = Figures(
        measure=measure.name,
        numerator=worst["numerator"],
        denominator=worst["denominator"],
        interval=(worst["interval"][0], worst["interval"][1]),
        line=worst["line"],
        affected_buyers=getattr(score, affected) if affected else 0,
        window_first_on=score.window_first_on,
        window_last_on=score.window_last_on,
        higher_is_better=measure.higher_is_better,
    )
    return Facts(
        agent_id=agent.pk,
        shop_id=agent.shop_id,
        shop_code=agent.shop.code,
        agent_code=agent.code,
        timezone=agent.shop.timezone,
        figures=figures,
        lines=lines,
    )


def _severity(line: Mapping[str, Any]) -> float:
    """How far the whole interval lies beyond the line."""
    low, high = line["interval"]
    return float(line["line"] - high if MEASURES[line["measure"]].higher_is_better else low - line["line"])


def _add_turns(group: Sequence[Facts], first_on: date, last_on: date, target_seconds: int) -> None:
    log = open_log()
    by_shard: dict[int, list[Facts]] = defaultdict(list)
    for facts in group:
        by_shard[shard_of(facts.shop_code, log.shards)].append(facts)
    for shard, mine in by_shard.items():
        wanted = [(facts.shop_code, facts.agent_code, facts.figures.measure) for facts in mine]
        samples = failing_samples(
            log, shard, first_on, last_on, wanted, target_seconds=target_seconds, limit=TURNS_KEPT
        )
        for facts in mine:
            facts.turns = samples.get((facts.shop_code, facts.agent_code), [])


def in_chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    """Ids in groups that fit into one query."""
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
