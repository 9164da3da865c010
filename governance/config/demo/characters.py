"""The characters of demo shops: how each treats its buyers, in figures. The rest of the demo only carries them out."""

from __future__ import annotations

from dataclasses import dataclass

LONG_DAY = "mon-sun 08:00-23:00"
SHORT_DAY = "mon-fri 09:00-12:00,13:30-20:00; sat-sun 10:00-16:00"
CHINA = ("Asia/Shanghai",)


@dataclass(frozen=True, kw_only=True)
class Character:
    """One way of running customer service. Shares are 0-1, times are seconds, factors multiply waits."""

    code: str
    weight: float
    """How common the character is among the shops, in any unit."""
    median_seconds: float
    """Half of the answers come sooner, in a calm hour in the middle of the demo."""
    spread: float = 0.8
    """Standard deviation of the logarithm of the wait."""
    silence: float = 0.02
    """Share of turns inside the hours that nobody ever answers."""
    contacts_a_day: tuple[float, float] = (3.5, 9.0)
    agents: tuple[int, int] = (2, 5)
    hours: str = LONG_DAY
    timezones: tuple[str, ...] = CHINA
    night_factor: float = 1.2
    """From 20:00 to 08:00 of local time."""
    rush_factor: float = 1.3
    """In the busy hours of the day."""
    sale_factor: float = 1.8
    """On the day of the big sale, on top of the others."""
    trend: tuple[float, float] = (1.0, 1.0)
    """Factor on waits and on silence on the first and on the last day."""
    hold: float = 0.04
    """Share of answers that begin with a holding phrase."""
    hold_then_silence: float = 0.05
    """Share of those after which nothing follows."""
    canned: float = 0.0
    """Share of answers that are the agent's one short all-purpose text."""
    bot: float = 0.0
    """Share of contacts that a bot greets first."""
    handoff: float = 1.0
    """Share of those contacts in which a person is asked for and comes."""
    cases: float = 0.015
    """Share of contacts after which the buyer opens an after-sales case."""
    narrowing: float = 0.0
    """Share of turns of a buyer with an open case that get silence or a brush-off."""
    interception: float = 0.004
    """Share of contacts whose opening message a rule of the shop stops."""
    off_hours_answers: float = 0.85
    """Share of messages off hours that are answered after the next opening."""
    opened_days_ago: tuple[int, int] | None = None
    """From and to, for a shop that opened during the demo."""
    bad_agent: float = 0.0
    """Chance that one of three or more agents is far worse than the others."""


CHARACTERS: tuple[Character, ...] = (
    Character(code="excellent", weight=26, median_seconds=22, spread=0.7, silence=0.003, hold=0.02, rush_factor=1.1,
              sale_factor=1.3, contacts_a_day=(5, 13), agents=(3, 8), cases=0.008, off_hours_answers=0.97),
    Character(code="declining", weight=12, median_seconds=70, silence=0.02, trend=(0.35, 5.0), contacts_a_day=(5, 10)),
    Character(code="improving", weight=12, median_seconds=70, silence=0.02, trend=(5.0, 0.35), contacts_a_day=(5, 10)),
    Character(code="brush_off", weight=12, median_seconds=18, spread=0.6, silence=0.02, hold=0.55,
              hold_then_silence=0.65, canned=0.3, cases=0.03),
    Character(code="understaffed", weight=13, median_seconds=120, spread=1.0, silence=0.07, rush_factor=2.0,
              sale_factor=4.0, contacts_a_day=(7, 14), agents=(1, 2), off_hours_answers=0.6, cases=0.03),
    Character(code="steady", weight=42, median_seconds=45, spread=0.75, silence=0.012, bad_agent=0.35),
    Character(code="slow_at_night", weight=15, median_seconds=38, spread=0.7, silence=0.015, night_factor=8.0),
    Character(code="overwhelmed", weight=14, median_seconds=35, silence=0.015, rush_factor=5.0, sale_factor=6.0,
              contacts_a_day=(7, 14)),
    Character(code="narrowing", weight=10, median_seconds=40, silence=0.012, cases=0.14, narrowing=0.85,
              interception=0.03),
    Character(code="gatekeeper", weight=6, median_seconds=45, silence=0.02, interception=0.16, cases=0.03),
    Character(code="bot_with_handoff", weight=10, median_seconds=40, bot=0.8, handoff=0.55, contacts_a_day=(7, 14)),
    Character(code="bot_wall", weight=7, median_seconds=60, silence=0.05, bot=0.85, handoff=0.06, cases=0.03,
              contacts_a_day=(7, 14)),
    Character(code="copy_paste", weight=3, median_seconds=15, spread=0.6, hold=0.05, canned=0.75, cases=0.02,
              contacts_a_day=(30, 38), agents=(1, 1)),
    Character(code="brand_new", weight=7, median_seconds=45, opened_days_ago=(6, 50), agents=(1, 3)),
    Character(code="tiny", weight=10, median_seconds=60, contacts_a_day=(0.15, 0.5), agents=(1, 1)),
    Character(code="part_time", weight=10, median_seconds=50, hours=SHORT_DAY, agents=(1, 3), off_hours_answers=0.9),
    Character(code="far_away", weight=10, median_seconds=45,
              timezones=("Asia/Urumqi", "Asia/Tokyo", "Europe/Berlin", "Asia/Singapore", "Asia/Bangkok")),
)  # fmt: skip


def deal(shops: int) -> list[Character]:
    """The characters of so many shops, grouped, in the order above: by weight, each at least once where there is room.

    With fewer shops than characters the first ones, which have most to show, are taken.
    """
    if shops <= len(CHARACTERS):
        return list(CHARACTERS[:shops])
    total = sum(character.weight for character in CHARACTERS)
    exact = [character.weight * (shops - len(CHARACTERS)) / total for character in CHARACTERS]
    counts = [1 + int(value) for value in exact]
    by_remainder = sorted(range(len(CHARACTERS)), key=lambda index: (int(exact[index]) - exact[index], index))
    for index in by_remainder[: shops - sum(counts)]:
        counts[index] += 1
    return [character for character, count in zip(CHARACTERS, counts, strict=True) for _ in range(count)]
