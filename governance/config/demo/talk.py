"""What happens at the demo's shops, a local date at a time: contacts, returning buyers, stars and after-sales cases."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from governance.config.demo.chance import dice, poisson
from governance.config.demo.contact import Contact, Impression, Row
from governance.config.demo.manner import Manner
from governance.config.demo.plan import DemoShop, Plan
from governance.config.demo.rhythm import DAY_MS, EPOCH_ORDINAL, HOUR_MS, HOURS_SO_FAR, MINUTE_MS, Span

BUYERS = 60_000
REPEATED_AT_ONCE = 0.004
REPEATED_LATER = 0.002
CASE_KINDS = ("refund", "return", "exchange", "missing_item", "quality")


@dataclass(frozen=True)
class Stars:
    """A buyer's feedback on one conversation."""

    shop_code: str
    agent_code: str | None
    conversation_id: str
    buyer_id: str
    rated_ms: int
    stars: int


@dataclass(frozen=True)
class Case:
    """An after-sales case that a buyer opened."""

    code: str
    shop_code: str
    buyer_id: str
    kind: str
    opened_ms: int
    closed_ms: int


class ShopTalk:
    """The talk of one shop. `speak` is called with every date in turn; each date has its own random numbers."""

    def __init__(self, plan: Plan, shop: DemoShop) -> None:
        self.plan = plan
        self.shop = shop
        self.manner = Manner(shop, plan.calendar)
        self.stars: list[Stars] = []
        self.cases: list[Case] = []
        self.buyers_so_far = 0
        self.known: list[str] = []
        self.case_spans: dict[str, Span] = {}
        """When each buyer's newest case is open."""
        self.returns: dict[date, list[tuple[str, int]]] = defaultdict(list)
        """Buyers who come back, by date, with the minute of the day."""

    def speak(self, index: int, day: date) -> list[Row]:
        """Every message that begins with a contact of this local date, some of them sent on later dates."""
        rows: list[Row] = []
        if day < self.shop.first_on:
            return rows
        rng = dice(self.plan.seed, self.shop.number, index)
        self.manner.begin(day)
        message_ids = (f"m{self.shop.number:04d}-{index:03d}-{number:05d}" for number in range(1, 100_000))
        visits = [*self.returns.pop(day, ()), *self._new_visits(rng, day)]
        for buyer_id, minute in sorted(visits, key=lambda visit: visit[1]):
            starts_ms = self.manner.midnight_ms + minute * MINUTE_MS + int(rng.random() * MINUTE_MS)
            has_case = buyer_id in self.case_spans and self.case_spans[buyer_id].covers(starts_ms)
            contact = Contact(rng, self.shop, self.manner, buyer_id, starts_ms, has_case, message_ids, rows)
            seen = contact.hold()
            self._rate(rng, contact, seen)
            self._complain(rng, contact, seen, has_case=has_case)
        self._remind(rng, message_ids, rows)
        return rows

    def _new_visits(self, rng: Random, day: date) -> Iterator[tuple[str, int]]:
        """Buyer and minute of the local date for the contacts that nothing earlier led to."""
        for _number in range(poisson(rng, self.shop.contacts_a_day * self.plan.calendar.demand_factor(day))):
            if len(self.known) > 5 and rng.random() < 0.15:
                buyer_id = self.known[-1 - int(rng.random() * min(len(self.known), 80))]
            else:
                self.buyers_so_far += 1
                buyer_id = f"b{(self.shop.number * 9_973 + self.buyers_so_far * 17) % BUYERS:05d}"
                self.known.append(buyer_id)
            hour = bisect_left(HOURS_SO_FAR, rng.random() * HOURS_SO_FAR[-1])
            yield buyer_id, hour * 60 + int(rng.random() * 60)

    def _rate(self, rng: Random, contact: Contact, seen: Impression) -> None:
        """Perhaps the buyer leaves stars, fewer for waits, silence and brush-offs."""
        is_cross = seen.was_ignored or seen.was_brushed_off
        if rng.random() > (0.16 if is_cross else 0.09):
            return
        minutes = seen.longest_wait_ms / MINUTE_MS
        mood = 5.2 - 0.5 * math.log1p(minutes) - 2.6 * seen.was_ignored - 1.5 * seen.was_brushed_off
        self.stars.append(
            Stars(
                self.shop.code,
                seen.agent.code if seen.agent else None,
                contact.conversation_id,
                contact.buyer_id,
                contact.now_ms + int(60_000 + rng.random() * 3_000_000),
                min(5, max(1, round(mood + rng.gauss(0, 0.7)))),
            )
        )

    def _complain(self, rng: Random, contact: Contact, seen: Impression, *, has_case: bool) -> None:
        """Perhaps the buyer opens an after-sales case, and comes back to ask about it; the ignored come back anyway."""
        chance = self.shop.character.cases * (2.5 if seen.was_ignored or seen.was_brushed_off else 1)
        if not has_case and rng.random() < chance:
            opened_ms = contact.now_ms + int((0.2 + rng.random() * 30) * HOUR_MS)
            closed_ms = opened_ms + int((2 + rng.random() * 10) * DAY_MS)
            self.case_spans[contact.buyer_id] = Span(opened_ms, closed_ms)
            code = f"{self.shop.code}-case-{len(self.cases) + 1:04d}"
            kind = rng.choice(CASE_KINDS)
            self.cases.append(Case(code, self.shop.code, contact.buyer_id, kind, opened_ms, closed_ms))
            for _visit in range(1 + int(rng.random() * 3)):
                self._come_back(rng, contact.buyer_id, opened_ms, days=4)
        elif seen.was_ignored and rng.random() < 0.4:
            self._come_back(rng, contact.buyer_id, contact.now_ms, days=2)

    def _come_back(self, rng: Random, buyer_id: str, after_ms: int, *, days: int) -> None:
        """The buyer writes again on one of the dates after an instant."""
        ahead = 1 + (after_ms - self.manner.midnight_ms) // DAY_MS + int(rng.random() * days)
        day = self.manner.day + timedelta(days=ahead)
        self.returns[day].append((buyer_id, 9 * 60 + int(rng.random() * 720)))

    def _remind(self, rng: Random, message_ids: Iterator[str], rows: list[Row]) -> None:
        """Messages that agents send without having been asked: they are no answers."""
        for _number in range(poisson(rng, self.shop.contacts_a_day * 0.05)):
            if not self.known:
                return
            at_ms = self.manner.midnight_ms + int((9 + rng.random() * 12) * HOUR_MS)
            contact = Contact(
                rng,
                self.shop,
                self.manner,
                rng.choice(self.known),
                at_ms,
                has_case=False,
                message_ids=message_ids,
                rows=rows,
            )
            contact.remind()


def talk_by_utc_day(plan: Plan, talks: list[ShopTalk]) -> Iterator[tuple[int, list[Row]]]:
    """UTC day number and its messages, oldest day first; a few come twice, some of those with the next day's.

    Nothing is sent at or after the calendar's as_of. A UTC day is handed out once all shops have spoken the local date
    after it: no local date starts more than 14 hours before its UTC day, so no later one can add to it.
    """
    waiting: dict[int, list[Row]] = defaultdict(list)
    again: list[Row] = []
    last_ms = plan.calendar.as_of_ms
    dates = plan.calendar.dates()
    next_day = dates[0].toordinal() - EPOCH_ORDINAL - 1
    final_day = (last_ms - 1) // DAY_MS
    for index in range(len(dates) + 1):
        if index < len(dates):
            for talk in talks:
                for row in talk.speak(index, dates[index]):
                    if row[7] < last_ms:
                        waiting[row[7] // DAY_MS].append(row)
        told = next_day if index < len(dates) else final_day
        while next_day <= told:
            rows = waiting.pop(next_day, [])
            rng = dice(plan.seed, "repeats", next_day)
            at_once = [row for row in rows if rng.random() < REPEATED_AT_ONCE]
            next_time = [row for row in rows if rng.random() < REPEATED_LATER]
            rows += at_once + again
            again = next_time
            if rows:
                yield next_day, rows
            next_day += 1
