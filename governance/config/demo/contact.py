"""One visit of a buyer to a demo shop, told message by message."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from governance.config.demo import texts
from governance.config.demo.manner import Manner, Outcome
from governance.config.demo.people import CITIES, COURIERS, DAYS_GONE_BY, DAYS_TO_COME
from governance.config.demo.plan import DemoShop, Person

Row = tuple[str, str, str, str, str | None, str, str, int, str | None, str]
"""message_id, conversation_id, shop_id, buyer_id, agent_id, sender, kind, sent_at (UTC ms), text, delivery."""


CHANGING = {"w": DAYS_TO_COME, "y": DAYS_GONE_BY, "c": COURIERS}


class Slots(dict[str, str]):
    """What a contact's texts are about: fixed product, size and city; figures, days and couriers new each time."""

    def __init__(self, rng: Random, shop: DemoShop) -> None:
        super().__init__(
            p=rng.choice(shop.category.products),
            s=rng.choice(shop.category.sizes),
            city=rng.choice(CITIES),
            shop=shop.name,
        )
        self.rng = rng

    def __missing__(self, slot: str) -> str:
        """The text of a slot that changes with every use."""
        if slot == "n":
            return str(2 + int(self.rng.random() * 7))
        return self.rng.choice(CHANGING[slot])


@dataclass
class Impression:
    """What the buyer will remember of the contact."""

    longest_wait_ms: int = 0
    was_ignored: bool = False
    was_brushed_off: bool = False
    agent: Person | None = None
    """Who answered last."""


@dataclass
class Contact:
    """The dialogue. `hold` tells all of it into `rows`, in the order of time for each speaker."""

    rng: Random
    shop: DemoShop
    manner: Manner
    buyer_id: str
    starts_ms: int
    has_case: bool
    message_ids: Any
    """An iterator of new message ids."""
    rows: list[Row]
    seen: Impression = field(default_factory=Impression)

    def __post_init__(self) -> None:
        self.conversation_id = f"{self.shop.code}-{self.buyer_id}"
        self.now_ms = self.starts_ms
        self.person = self.rng.choice(self.shop.people)
        self.owner: str | None = self.person.code
        self.slots = Slots(self.rng, self.shop)
        self.topic = texts.AFTER_SALES if self.has_case else self.rng.choice(texts.TOPICS)

    def hold(self) -> Impression:
        """Say everything, from the opening message to the farewell."""
        rng = self.rng
        meets_bot = rng.random() < self.shop.character.bot
        if meets_bot:
            self.owner = None
        if not self._open():
            return self.seen
        if self.shop.greets and not meets_bot:
            self._say("agent", rng.choice(texts.GREETINGS), self.now_ms + 200, kind="auto_reply")
        if meets_bot and not self._talk_to_bot():
            return self.seen
        questions = 1 + (rng.random() < 0.5) + (rng.random() < 0.3) + (rng.random() < 0.12)
        for number in range(questions):
            if number:
                self._pause(12, 90)
                self._ask(rng.choice(self.topic.further))
            if not self._deal_with(self.now_ms):
                break
        else:
            self._part()
        if rng.random() < 0.3:
            self._say("system", None, self.now_ms + int(300_000 + rng.random() * 1_500_000), kind="close")
        return self.seen

    def remind(self) -> None:
        """A message that the agent sends without having been asked."""
        self._say("agent", self.rng.choice(texts.REMINDERS), self.now_ms)

    def _open(self) -> bool:
        """The opening message; False where it never reached the shop and the buyer gave up."""
        rng = self.rng
        if rng.random() < self.shop.character.interception * (3 if self.has_case else 1):
            self._say("buyer", rng.choice(texts.FORBIDDEN), self.now_ms, delivery="intercepted")
            if rng.random() < 0.5:
                self.seen.was_ignored = True
                return False
            self._pause(15, 90)
        outage = self.manner.outage_at(self.now_ms)
        if outage is not None and rng.random() < 0.65:
            delivery = "failed" if rng.random() < 0.7 else "platform_blocked"
            self._say("buyer", rng.choice(self.topic.questions), self.now_ms, delivery=delivery)
            if rng.random() < 0.5:
                return False
            self.now_ms = outage.ends_ms
            self._pause(30, 2_400)
        self._ask(rng.choice(self.topic.questions))
        return True

    def _ask(self, template: str) -> None:
        self._say("buyer", template, self.now_ms)
        if self.rng.random() < 0.22:
            self._pause(2, 15)
            self._say("buyer", self.rng.choice(texts.SECOND_LINES), self.now_ms)

    def _talk_to_bot(self) -> bool:
        """The bot's part; True where a person takes over."""
        rng = self.rng
        self._bot_replies()
        if rng.random() < self.shop.character.handoff:
            self._pause(6, 40)
            self._say("buyer", rng.choice(texts.ASKS_FOR_A_PERSON), self.now_ms)
            self._pause(1, 3)
            self.owner = self.person.code
            self._say("system", None, self.now_ms, kind="handoff")
            return True
        if rng.random() < 0.45:
            return False
        for _again in range(1 + int(rng.random() * 2)):
            self._pause(8, 60)
            self._say("buyer", rng.choice((*texts.ASKS_FOR_A_PERSON, *self.topic.further)), self.now_ms)
            self._bot_replies()
        self.seen.was_ignored = True
        if rng.random() < 0.35:
            self._pause(10, 120)
            self._say("buyer", rng.choice(texts.NUDGES), self.now_ms)
        return False

    def _bot_replies(self) -> None:
        self._pause(0.8, 2.0)
        self._say("bot", self.rng.choice(texts.BOT_REPLIES), self.now_ms)

    def _deal_with(self, asked_ms: int) -> bool:
        """The shop's part for one question; False where the talk ends there."""
        rng = self.rng
        outcome = self.manner.outcome(rng, self.person, asked_ms, has_case=self.has_case)
        if outcome is Outcome.SILENCE:
            self.seen.was_ignored = True
            self._nudge(0.55, 900)
            return False
        answered_ms = self.manner.answered_ms(rng, self.person, asked_ms)
        wait_ms = answered_ms - asked_ms
        if len(self.shop.people) > 1 and rng.random() < 0.03:
            self.person = rng.choice([person for person in self.shop.people if person is not self.person])
            self.owner = self.person.code
            self._say("system", None, asked_ms + int(wait_ms * 0.4), kind="transfer")
        if wait_ms > 150_000 and rng.random() < 0.4:
            self._say("buyer", rng.choice(texts.NUDGES), asked_ms + int(wait_ms * (0.4 + 0.4 * rng.random())))
        self.now_ms = answered_ms
        # Who writes while nobody is there expects to wait.
        felt_ms = wait_ms if self.manner.is_open(asked_ms) else wait_ms // 10
        self.seen.longest_wait_ms = max(self.seen.longest_wait_ms, felt_ms)
        self.seen.agent = self.person
        return self._answer(outcome)

    def _answer(self, outcome: Outcome) -> bool:
        """What the agent says; False where the buyer gives up over it."""
        rng = self.rng
        if outcome is Outcome.ANSWER:
            self._say("agent", rng.choice(self.topic.answers) + rng.choice(texts.WARM_ANSWER_TAILS), self.now_ms)
            if rng.random() < 0.1:
                self._pause(5, 25)
                self._say("agent", rng.choice(self.topic.answers), self.now_ms)
            return True
        if outcome is Outcome.HOLD:
            self._say("agent", rng.choice(texts.HOLDING), self.now_ms)
            self._pause(30, 240)
            self._say("agent", rng.choice(self.topic.answers), self.now_ms)
            return True
        self.seen.was_brushed_off = True
        if outcome is Outcome.HOLD_ONLY:
            self._say("agent", rng.choice(texts.HOLDING), self.now_ms)
        elif outcome is Outcome.CANNED:
            self._say("agent", texts.CANNED[self.person.canned_text], self.now_ms)
        else:
            self._say("agent", rng.choice(texts.DEFLECTIONS), self.now_ms)
        if rng.random() < 0.35:
            self._pause(240, 900)
            self._say("buyer", rng.choice(texts.NUDGES), self.now_ms)
            if rng.random() < 0.5:
                self.now_ms = self.manner.answered_ms(rng, self.person, self.now_ms)
                self._say("agent", texts.CANNED[self.person.canned_text], self.now_ms)
        return outcome is Outcome.CANNED

    def _nudge(self, chance: float, within_seconds: float) -> None:
        """Ask whether anybody is there, perhaps twice."""
        while self.rng.random() < chance:
            self._pause(60, within_seconds)
            self._say("buyer", self.rng.choice(texts.NUDGES), self.now_ms)
            chance /= 2

    def _part(self) -> None:
        if self.rng.random() < 0.55:
            self._pause(4, 60)
            self._say("buyer", self.rng.choice(texts.COURTESIES), self.now_ms)
            if self.rng.random() < 0.6:
                self._pause(3, 40)
                self._say("agent", self.rng.choice(texts.FAREWELLS), self.now_ms)

    def _pause(self, low_seconds: float, high_seconds: float) -> None:
        self.now_ms += int((low_seconds + (high_seconds - low_seconds) * self.rng.random()) * 1000)

    def _say(
        self, sender: str, template: str | None, at_ms: int, *, kind: str = "message", delivery: str = "delivered"
    ) -> None:
        text = template.format_map(self.slots) if template and "{" in template else template
        agent_id = self.person.code if sender == "agent" else None if sender == "bot" else self.owner
        self.rows.append(
            (
                next(self.message_ids),
                self.conversation_id,
                self.shop.code,
                self.buyer_id,
                agent_id,
                sender,
                kind,
                at_ms,
                text,
                delivery,
            )
        )
