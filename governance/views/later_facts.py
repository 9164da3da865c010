"""Facts that came after a rating was published, in words that a shop understands: what they would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.actions.compare_rating import Comparison, Pair, compare_rating
from governance.models import ShopRating
from governance.policy.schema import PolicyDocument
from governance.views.lines import words_of_values
from governance.views.wording import GradeInWords, grade_in_words, measure_name
from shops.chat.engine import EngineError
from shops.views.figures import points_in_words

POINTS_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line of the rating as published and with what is known now."""

    title: str
    published: str
    present: str
    published_points: str
    present_points: str


@dataclass(frozen=True, slots=True)
class LaterFacts:
    """What came later, and what it would change. The published rating stays."""

    facts: list[str]
    lines: list[ChangedLine]
    published_points: str
    present_points: str
    published_grade: GradeInWords
    present_grade: GradeInWords
    would_change: bool


def later_facts(rating: ShopRating) -> LaterFacts | None:
    """What came later than a rating; None where nothing did or nothing can be said. See compare_rating for the cost."""
    try:
        comparison = compare_rating(rating)
    except EngineError:
        return None  # A day of the window is being computed right now; the next look finds it whole.
    if comparison is None or comparison.is_equal:
        return None
    document = rating.policy.rules()
    return LaterFacts(
        facts=_facts(comparison),
        lines=_lines(comparison, document),
        published_points=points_in_words(comparison.points[0], POINTS_DECIMALS),
        present_points=points_in_words(comparison.points[1], POINTS_DECIMALS),
        published_grade=grade_in_words(comparison.grade[0], document),
        present_grade=grade_in_words(comparison.grade[1], document),
        would_change=comparison.would_change,
    )


def _facts(comparison: Comparison) -> list[str]:
    """Which facts, as far as the measures tell; at least one. Other dates bring other counts, which tell nothing."""
    said = []
    if not comparison.dates_found and not comparison.dates_lost:
        said = [
            in_words(abs(after - before), after > before)
            for name, in_words in FACTS.items()
            for before, after in [comparison.measures.get(name, (0, 0))]
            if before != after
        ]
    if comparison.dates_found:
        days = ", ".join(day.isoformat() for day in comparison.dates_found)
        said.append(_("messages of %(days)s, which the window had to leave out") % {"days": days})
    if comparison.dates_lost:
        days = ", ".join(day.isoformat() for day in comparison.dates_lost)
        said.append(_("control totals of %(days)s that are not met") % {"days": days})
    return said or [_("other times or states of the same turns")]


def _turns(count: int, is_more: bool) -> str:
    if is_more:
        return ngettext("%(count)s more turn", "%(count)s more turns", count) % {"count": count}
    return ngettext("%(count)s turn fewer", "%(count)s turns fewer", count) % {"count": count}


def _stopped(count: int, is_more: bool) -> str:
    if is_more:
        text = ngettext("an outage or holiday over %(count)s turn", "an outage or holiday over %(count)s turns", count)
    else:
        text = ngettext(
            "no outage or holiday any more over %(count)s turn",
            "no outage or holiday any more over %(count)s turns",
            count,
        )
    return text % {"count": count}


def _stars(count: int, is_more: bool) -> str:
    if is_more:
        return ngettext("%(count)s more rating by buyers", "%(count)s more ratings by buyers", count) % {"count": count}
    return ngettext("%(count)s rating by buyers fewer", "%(count)s ratings by buyers fewer", count) % {"count": count}


FACTS: Final[Mapping[str, Callable[[int, bool], str]]] = {"turns": _turns, "stoppage": _stopped, "stars_count": _stars}
"""By measure how a change of it is told."""


def _lines(comparison: Comparison, document: PolicyDocument) -> list[ChangedLine]:
    language = get_language() or "en"
    titles = {dimension.key: dimension.title.in_language(language) for dimension in document.shops.dimensions}
    of = {dimension.key: dimension.measure for dimension in document.shops.dimensions}
    lines = []
    for line in comparison.lines:
        published, present = _values(of.get(line.key, line.key), line.value)
        points = [points_in_words(value, POINTS_DECIMALS) for value in line.points]
        lines.append(ChangedLine(titles.get(line.key, measure_name(line.key)), published, present, *points))
    return lines


def _values(measure: str, values: Pair) -> tuple[str, str]:
    in_words = words_of_values(measure)
    return in_words(values[0]), in_words(values[1])
