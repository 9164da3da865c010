"""How an agent of a demo shop deals with one question: whether and when the answer comes. No texts, no rows."""

from __future__ import annotations

import math
from datetime import date
from enum import Enum
from random import Random
from zoneinfo import ZoneInfo

from governance.config.demo.plan import DemoShop, Person
from governance.config.demo.rhythm import MINUTE_MS, NIGHT_HOURS, RUSH_HOURS, Calendar, Span, midnight_ms
from shops.chat.clock import parse_hours

DAY_MINUTES = 1_440
LONGEST_WAIT_SECONDS = 6 * 3_600


class Outcome(Enum):
    """What becomes of one question of a buyer."""

    ANSWER = "answer"
    HOLD = "hold"
    HOLD_ONLY = "hold_only"
    CANNED = "canned"
    DEFLECTION = "deflection"
    SILENCE = "silence"


class Manner:
    """One shop's way of answering on one local date; `begin` moves it to the next date."""

    def __init__(self, shop: DemoShop, calendar: Calendar) -> None:
        self.character = shop.character
        self.calendar = calendar
        self.zone = ZoneInfo(shop.timezone)
        self.works_on_holiday = shop.works_on_holiday
        self.outages: tuple[Span, ...] = (calendar.outage,)
        if shop.hit_by_local_outage:
            self.outages = (calendar.outage, calendar.local_outage)
        weekly = parse_hours(shop.hours) or {}
        self.openings = [[(_minute(start), _minute(end)) for start, end in weekly.get(day, ())] for day in range(7)]
        self.day = calendar.first_on
        self.midnight_ms = 0
        self.weekday = 0
        self.trend = 1.0
        self.is_sale = False
        self.days_to_holiday = 0

    def begin(self, day: date) -> None:
        """Move to a local date."""
        self.day = day
        self.midnight_ms = midnight_ms(day, self.zone)
        self.weekday = day.weekday()
        first, last = self.character.trend
        share = (day - self.calendar.first_on).days / max(1, self.calendar.days - 1)
        self.trend = first * (last / first) ** share
        self.is_sale = day == self.calendar.sale_on
        self.days_to_holiday = (self.calendar.holiday_on - day).days

    def is_open(self, instant_ms: int) -> bool:
        """True where the shop's own hours say that somebody is there; on the holiday only where the shop works."""
        ahead, minute = divmod((instant_ms - self.midnight_ms) // MINUTE_MS, DAY_MINUTES)
        return any(start <= minute < end for start, end in self._blocks(ahead))

    def next_opening_ms(self, instant_ms: int) -> int:
        """The start of the first block after the instant."""
        ahead, minute = divmod((instant_ms - self.midnight_ms) // MINUTE_MS, DAY_MINUTES)
        for later in range(8):
            for start, _end in self._blocks(ahead + later):
                if later or start > minute:
                    return self.midnight_ms + ((ahead + later) * DAY_MINUTES + start) * MINUTE_MS
        return instant_ms

    def outage_at(self, instant_ms: int) -> Span | None:
        """The outage that hits this shop at the instant."""
        return next((span for span in self.outages if span.covers(instant_ms)), None)

    def slowdown(self, instant_ms: int) -> float:
        """The factor on waits at an instant: hour of the day, sale, and the shop's trend."""
        character = self.character
        hour = (instant_ms - self.midnight_ms) // (60 * MINUTE_MS) % 24
        factor = self.trend
        if hour in NIGHT_HOURS:
            factor *= character.night_factor
        if hour in RUSH_HOURS:
            factor *= character.rush_factor
        if self.is_sale:
            factor *= character.sale_factor
        return factor

    def outcome(self, rng: Random, person: Person, asked_ms: int, *, has_case: bool) -> Outcome:
        """What becomes of a question asked at an instant of this person."""
        character = self.character
        draw = rng.random()
        if has_case and draw < character.narrowing:
            return Outcome.SILENCE if draw < character.narrowing * 0.65 else Outcome.DEFLECTION
        draw = rng.random()
        if self.is_open(asked_ms):
            load = self.slowdown(asked_ms) / self.trend
            silence = character.silence * self.trend * max(1.0, math.sqrt(load) - 0.3) + (0.25 if person.is_bad else 0)
        else:
            silence = 1 - character.off_hours_answers
        if draw < silence:
            return Outcome.SILENCE
        draw = rng.random()
        hold = character.hold + (0.3 if person.is_bad else 0)
        if draw < hold:
            only = max(character.hold_then_silence, 0.5 if person.is_bad else 0)
            return Outcome.HOLD_ONLY if draw < hold * only else Outcome.HOLD
        return Outcome.CANNED if draw < hold + character.canned else Outcome.ANSWER

    def answered_ms(self, rng: Random, person: Person, asked_ms: int) -> int:
        """When this person answers what was asked at an instant; after the next opening where the shop is shut."""
        start_ms = asked_ms
        outage = self.outage_at(start_ms)
        if outage is not None:
            start_ms = outage.ends_ms
        if not self.is_open(start_ms):
            start_ms = self.next_opening_ms(start_ms)
        median = self.character.median_seconds * person.pace * self.slowdown(start_ms)
        seconds = min(max(1.5, median * math.exp(rng.gauss(0, self.character.spread))), LONGEST_WAIT_SECONDS)
        answered_ms = start_ms + int(seconds * 1000)
        if not self.is_open(answered_ms - 10 * MINUTE_MS) and seconds > 600:
            answered_ms = self.next_opening_ms(answered_ms) + int(rng.random() * 1_200_000)
        return answered_ms

    def _blocks(self, days_ahead: int) -> list[tuple[int, int]]:
        """The blocks, in minutes of local time, of the date so many days after the present one."""
        if days_ahead == self.days_to_holiday and not self.works_on_holiday:
            return []
        return self.openings[(self.weekday + days_ahead) % 7]


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
