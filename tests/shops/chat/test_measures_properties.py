"""measures.sql against a plain recomputation from the turns of the reference, on random logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings

from shops.chat.clock import from_ms
from shops.chat.engine import Connection, connect
from shops.chat.measures import SHOP, OtherWindows, Targets, compute_measures, load_buyers_word
from tests.reference import clock_table
from tests.reference.conversations import Log, logs
from tests.reference.rows import DAY_MS, Contact, Turn
from tests.shops.chat import test_turns
from tests.shops.chat.measuring import ESCALATION_SCHEMA, FEEDBACK_SCHEMA, table_of

TARGETS = Targets(
    target_ms=60_000, cap_ms=600_000, off_hours_ms=600_000, resolution_ms=3 * DAY_MS, bot_is_unanswered=False
)
PEAK = replace(TARGETS, target_ms=300_000, cap_ms=400_000, off_hours_ms=30_000)


def targets_on(day: str) -> Targets:
    """Every second date is a peak with targets of its own."""
    return PEAK if date.fromisoformat(day).toordinal() % 2 else TARGETS


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with connect(threads=1) as connection:
        yield connection


def quantile(values: list[int], share: Fraction) -> float | None:
    """By linear interpolation between the two values beside the place share * (n - 1)."""
    if not values:
        return None
    place = share * (len(values) - 1)
    below = int(place)
    ordered = sorted(values)
    above = ordered[min(below + 1, len(ordered) - 1)]
    return float(ordered[below] + (place - below) * (above - ordered[below]))


def seconds(ms: float | None) -> object:
    return None if ms is None else pytest.approx(ms / 1000, abs=0.0011)


def mean(values: list[int]) -> float | None:
    return fmean(values) if values else None


def expected(turns: list[Turn], contacts: list[Contact]) -> dict[str, object]:
    """The measures of section 5 of these turns and contacts, in words as near to the page as can be."""
    counted = [turn for turn in turns if turn.counted == "counted"]
    answered = [turn for turn in counted if turn.state == "answered"]
    unanswered = [turn for turn in counted if turn.state == "unanswered"]
    off_hours = [turn for turn in turns if turn.counted == "off_hours" and turn.state in {"answered", "unanswered"}]
    waits = [turn.wait_ms for turn in answered]
    real = [turn.effective_wait_ms for turn in answered if turn.effective_wait_ms is not None]
    first = [turn.wait_ms for turn in answered if turn.first_of_contact]
    own = {id(turn): targets_on(turn.local_date) for turn in turns}
    priced = [min(turn.wait_ms, own[id(turn)].cap_ms) for turn in answered]
    priced += [own[id(turn)].cap_ms for turn in unanswered]
    brushed_off = [turn for turn in answered if turn.effective_wait_ms is None]
    real_priced = [min(turn.effective_wait_ms, own[id(turn)].cap_ms) for turn in answered if turn not in brushed_off]
    real_priced += [own[id(turn)].cap_ms for turn in unanswered + brushed_off]
    late = [turn for turn in answered if turn.wait_ms > own[id(turn)].target_ms]
    ineffective = [
        turn for turn in answered if turn.effective_wait_ms is None or turn.effective_wait_ms > own[id(turn)].target_ms
    ]
    soon = [turn for turn in off_hours if turn.wait_ms is not None and turn.wait_ms <= own[id(turn)].off_hours_ms]
    settled = [contact for contact in contacts if contact.settled]
    resolved = [contact for contact in settled if contact.resolved]

    def buyers(of: list) -> int:
        return len({one.buyer_id for one in of})

    return {
        "turns": len(turns),
        "answered": len(answered),
        "unanswered": len(unanswered),
        "bot_served": sum(turn.state == "bot_served" for turn in counted),
        "pending": sum(turn.state == "pending" for turn in counted),
        "off_hours": sum(turn.counted == "off_hours" for turn in turns),
        "stoppage": sum(turn.counted == "stoppage" for turn in turns),
        "closed_soon": sum(turn.counted == "closed_soon" for turn in turns),
        "settled": len(answered) + len(unanswered),
        "on_time": len(answered) - len(late),
        "effective_on_time": len(answered) - len(ineffective),
        "brushed_off": len(brushed_off),
        "off_hours_settled": len(off_hours),
        "off_hours_on_time": len(soon),
        "contacts": len(contacts),
        "contacts_settled": len(settled),
        "contacts_resolved": len(resolved),
        "contacts_escalated": 0,
        "stars_count": 0,
        "stars_sum": 0,
        "stars_low": 0,
        "late_buyers": buyers(late + unanswered),
        "unanswered_buyers": buyers(unanswered),
        "ineffective_buyers": buyers(ineffective + unanswered),
        "brushed_off_buyers": buyers(brushed_off),
        "unresolved_buyers": buyers([contact for contact in settled if not contact.resolved]),
        "low_star_buyers": 0,
        "off_hours_late_buyers": buyers([turn for turn in off_hours if turn not in soon]),
        "response_mean": seconds(mean(waits)),
        "response_p50": seconds(quantile(waits, Fraction(1, 2))),
        "response_p90": seconds(quantile(waits, Fraction(9, 10))),
        "priced_response_mean": seconds(mean(priced)),
        "first_response_mean": seconds(mean(first)),
        "first_response_p50": seconds(quantile(first, Fraction(1, 2))),
        "first_response_p90": seconds(quantile(first, Fraction(9, 10))),
        "effective_mean": seconds(mean(real)),
        "effective_p50": seconds(quantile(real, Fraction(1, 2))),
        "effective_p90": seconds(quantile(real, Fraction(9, 10))),
        "effective_priced_mean": seconds(mean(real_priced)),
    }


def dates_of(log: Log) -> list[date]:
    """Every date that the log can touch in any time zone."""
    times = [message.sent_ms for message in log.messages]
    first, last = from_ms(min(times) - DAY_MS).date(), from_ms(max(times) + DAY_MS).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(log=logs())
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_sql_computes_the_measures_of_the_page(con: Connection, log: Log) -> None:
    test_turns.load(con, log, test_turns.whole(log))
    load_buyers_word(con, table_of([], FEEDBACK_SCHEMA), table_of([], ESCALATION_SCHEMA))
    turns = clock_table.turns(log.messages, log.rules, log.as_of_ms, log.clocks)
    contacts = clock_table.contacts(log.messages, log.rules, log.as_of_ms, log.clocks)
    dates = dates_of(log)
    windows = [*((day, day) for day in dates), *((dates[-1].replace(year=2030), day) for day in dates)]
    first_shop = min(turn.shop_id for turn in turns) if turns else ""
    own = [
        (1, on, day) for on, day in windows if day.toordinal() % 3
    ]  # The first shop's windows lack every third date.
    covers: dict[tuple[str, bool], set[str]] = {}
    for is_first, pairs in ((False, windows), (True, [(on, day) for _group, on, day in own])):
        for on, day in pairs:
            covers.setdefault((on.isoformat(), is_first), set()).add(day.isoformat())
    targets = {day: targets_on(day.isoformat()) for day in dates}

    found = list(compute_measures(con, windows, targets, others=OtherWindows({first_shop: 1}, own)))

    seen = set()
    for row in found:
        on, shop, agent = row.pop("on_date"), row.pop("shop_id"), row.pop("agent_id")
        seen.add((on, shop, agent))
        dates_covered = covers[on, shop == first_shop]
        mine = [t for t in turns if t.shop_id == shop and t.local_date in dates_covered and agent in {SHOP, t.credit}]
        ended = [
            c for c in contacts if c.shop_id == shop and c.local_date in dates_covered and agent in {SHOP, c.agent}
        ]
        assert row == expected(mine, ended)
        parts = ("answered", "unanswered", "bot_served", "pending", "off_hours", "stoppage", "closed_soon")
        assert row["turns"] == sum(row[name] for name in parts)
    wanted = {
        (on, t.shop_id, agent)
        for t in turns
        for on, is_first in covers
        if is_first == (t.shop_id == first_shop) and t.local_date in covers[on, is_first]
        for agent in {SHOP, t.credit}
    }
    wanted |= {
        (on, c.shop_id, agent)
        for c in contacts
        for on, is_first in covers
        if is_first == (c.shop_id == first_shop) and c.local_date in covers[on, is_first]
        for agent in {SHOP, c.agent}
    }
    assert seen == {key for key in wanted if key[2] is not None}
