"""The data of the charts: plain lists for charts.js, which draws them, and the same figures as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from governance.formulas.grades import PROVISIONAL
from governance.policy.schema import PolicyDocument
from governance.views.wording import grade_in_words
from shops.views.figures import count_in_words, points_in_words, rate_in_words, seconds_in_words


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `key` names its elements on the page, `kind` its drawing in charts.js; `rows` are its table."""

    key: str
    kind: str
    title: str
    data: dict[str, Any]
    headings: list[str]
    rows: list[list[str]]
    note: str = ""
    links: list[str] = field(default_factory=list)
    """Where the rows lead, one each; empty where they lead nowhere."""

    @property
    def source(self) -> str:
        """The id of the element that holds the data."""
        return f"chart-{self.key}"

    @property
    def linked_rows(self) -> list[tuple[list[str], str]]:
        """The rows with their links, empty where there is none."""
        return list(zip(self.rows, self.links or [""] * len(self.rows), strict=True))

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to draw."""
        return not self.rows


class DayOfRates(Protocol):
    """What a chart of rates needs of a day."""

    @property
    def on(self) -> date:
        """The day."""

    @property
    def settled(self) -> int:
        """Turns answered or unanswered."""

    @property
    def answered(self) -> int:
        """Turns answered."""

    @property
    def on_time(self) -> int:
        """Turns answered within the target."""


def history_chart(past: Sequence[tuple[date, float | None, str]], document: PolicyDocument) -> Chart:
    """Points by day with the grades behind them, from (day, points, grade) in order of days."""
    grades = [grade_in_words(grade, document) for _day, _points, grade in past]
    changes = [index > 0 and past[index][2] != past[index - 1][2] for index in range(len(past))]
    known = [points for _day, points, _grade in past if points is not None]
    lowest = max(0, (min(known, default=50) - 8) // 10 * 10)
    return Chart(
        key="history",
        kind="history",
        title=_("Points by day"),
        data={
            "days": [day.isoformat() for day, _points, _grade in past],
            "points": [points for _day, points, _grade in past],
            "grades": [grade.title for grade in grades],
            "tones": [grade.chart_tone for grade in grades],
            "changes": changes,
            "lowest": lowest,
            "rungs": [
                {
                    "name": grade.key,
                    "from_points": grade.from_points,
                    "tone": grade_in_words(grade.key, document).chart_tone,
                }
                for grade in document.grades
            ],
            "names": {"points": _("Points"), "grade": _("Grade")},
        },
        headings=[_("Day"), _("Points"), _("Grade")],
        rows=[
            [day.isoformat(), points_in_words(points, 2), grade.title]
            for (day, points, _grade), grade in zip(past, grades, strict=True)
        ][::-1],
        note=_("A larger dot marks a change of the grade."),
    )


def rates_chart(days: Sequence[DayOfRates]) -> Chart:
    """On-time and answer rate by day over the turns, in order of days."""
    on_time = [day.on_time / day.settled if day.settled else None for day in days]
    answered = [day.answered / day.settled if day.settled else None for day in days]
    lowest = min((rate for rate in on_time if rate is not None), default=0.0)
    return Chart(
        key="rates",
        kind="rates",
        title=_("Answers by day"),
        data={
            "days": [day.on.isoformat() for day in days],
            "on_time": on_time,
            "answered": answered,
            "turns": [day.settled for day in days],
            "lowest": max(0, int(lowest * 10 - 0.5) / 10),
            "names": {"on_time": _("On time"), "answered": _("Answered"), "turns": _("Turns")},
        },
        headings=[_("Day"), _("Turns"), _("On time"), _("Answered")],
        rows=[
            [day.on.isoformat(), count_in_words(day.settled), rate_in_words(punctual), rate_in_words(rate)]
            for day, punctual, rate in zip(days, on_time, answered, strict=True)
        ][::-1],
    )


def waits_chart(bars: Sequence[tuple[int | None, int]], target_seconds: int) -> Chart:
    """How long answers took, from (upper bound in seconds, turns); the bound is None for unanswered turns.

    Bars beyond both the longest wait and the target are left out.
    """
    total = sum(turns for _bound, turns in bars)
    longest = max((bound for bound, turns in bars if bound is not None and turns), default=0)
    bars = [(bound, turns) for bound, turns in bars if bound is None or bound <= max(longest, target_seconds)]
    spans = [
        _("unanswered") if bound is None else _("≤ %(span)s") % {"span": seconds_in_words(bound)}
        for bound, _turns in bars
    ]
    return Chart(
        key="waits",
        kind="waits",
        title=_("How long buyers waited"),
        data={
            "spans": spans,
            "turns": [turns for _bound, turns in bars],
            "tones": [
                "bad" if bound is None else "good" if bound <= target_seconds else "warn" for bound, _turns in bars
            ],
            "total": total,
        },
        headings=[_("Wait"), _("Turns"), _("Share")],
        rows=[
            [span, count_in_words(turns), rate_in_words(turns / total)]
            for span, (_bound, turns) in zip(spans, bars, strict=True)
        ]
        if total
        else [],
        note=_("Green: within the target of %(target)s.") % {"target": seconds_in_words(target_seconds)},
    )


def grades_chart(counts: dict[str, int], document: PolicyDocument, links: dict[str, str]) -> Chart:
    """Shops by grade from best to worst, then the provisional ones and those of a former ladder's grades."""
    keys = [grade.key for grade in document.grades]
    keys += [PROVISIONAL] if counts.get(PROVISIONAL) else []
    keys += sorted(set(counts) - set(keys) - {PROVISIONAL})
    grades = [grade_in_words(key, document) for key in keys]
    names = [grade.badge for grade in grades]
    return Chart(
        key="grades",
        kind="grades",
        title=_("Shops by grade"),
        data={
            "grades": names,
            "shops": [counts.get(key, 0) for key in keys],
            "tones": [grade.chart_tone for grade in grades],
            "links": [links.get(key, "") for key in keys],
            "names": {"shops": _("Shops")},
        },
        headings=[_("Grade"), _("Shops")],
        rows=[[name, count_in_words(counts.get(key, 0))] for key, name in zip(keys, names, strict=True)],
        links=[links.get(key, "") for key in keys],
    )


def intake_chart(hours: Sequence[tuple[str, int, int]]) -> Chart:
    """Messages by the hour, from (name of the hour, kept or repeated, rejected), oldest first."""
    return Chart(
        key="intake",
        kind="hours",
        title=_("Messages by the hour"),
        data={
            "hours": [name for name, _kept, _rejected in hours],
            "kept": [kept for _name, kept, _rejected in hours],
            "rejected": [rejected for _name, _kept, rejected in hours],
            "names": {"kept": _("Kept"), "rejected": _("Rejected")},
        },
        headings=[_("Hour"), _("Kept"), _("Rejected")],
        rows=[[name, count_in_words(kept), count_in_words(rejected)] for name, kept, rejected in hours][::-1],
    )
