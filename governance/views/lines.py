"""The lines of a rating or a score, ready to be drawn: figures in words, and where things lie on a scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.policy.catalogue import MEASURES, PointsMeasure
from governance.policy.schema import PolicyDocument
from governance.views.wording import STANDING_NAMES, STANDING_TONES, measure_name
from shops.views.figures import ABSENT, count_in_words, points_in_words, rate_in_words, seconds_in_words

SCALE_STEP = 0.1
"""Rates are drawn on a scale that starts and ends at a whole tenth, so that small differences can be seen."""


@dataclass(frozen=True, slots=True)
class Bullet:
    """Positions on a scale, each a percentage of the width as SVG reads it; None for what is not drawn."""

    starts_at: str
    ends_at: str
    value: str | None
    interval_from: str | None
    interval_width: str | None
    line: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class LineInWords:
    """One measured item with what it earned."""

    title: str
    value: str
    sample: str
    interval: str
    line: str
    target: str
    estimate: str
    peers: str
    points: str
    weight: str
    points_lost: str
    counts: bool
    """False: it adds nothing to the points, because it is only shown or could not be measured."""
    standing: str
    standing_tone: str
    raise_to_target: str
    raise_to_grade: str
    higher_is_better: bool
    bullet: Bullet | None


def lines_of_rating(lines: Sequence[Mapping[str, Any]], document: PolicyDocument, next_grade: str) -> list[LineInWords]:
    """The stored lines of a shop's rating (RatingLine.to_data). `next_grade` is the title that they count up to."""
    language = get_language() or "en"
    titles = {dimension.key: dimension.title.in_language(language) for dimension in document.shops.dimensions}
    return [_line(line, titles.get(line["key"], measure_name(line["measure"])), next_grade) for line in lines]


def lines_of_score(lines: Sequence[Mapping[str, Any]], document: PolicyDocument) -> list[tuple[str, list[LineInWords]]]:
    """The stored lines of an agent's score (ScoreLine.to_data), by the title of their part."""
    language = get_language() or "en"
    titles = {part.key: part.title.in_language(language) for part in document.agents.parts}
    parts: dict[str, list[LineInWords]] = {}
    for line in lines:
        points, weight = line["points"], line["weight"]
        earned = None if points is None else points * weight / 100
        data = {**line, "points": earned, "points_lost": None if earned is None else weight - earned}
        parts.setdefault(titles.get(line["part"], line["part"]), []).append(
            _line(data, measure_name(line["measure"]), "")
        )
    return list(parts.items())


def _line(line: Mapping[str, Any], title: str, next_grade: str) -> LineInWords:
    measure = MEASURES.get(line["measure"])
    is_rate = measure is None or measure.is_rate
    in_words = words_of_values(line["measure"])
    interval, raise_to = line["interval"], line.get("raise_to") or {}
    standing = line["standing"] or ""
    return LineInWords(
        title=title,
        value=in_words(line["value"]),
        sample="" if isinstance(measure, PointsMeasure) else _sample(line["numerator"], line["denominator"]),
        interval=f"{rate_in_words(interval[0])} – {rate_in_words(interval[1])}" if interval else ABSENT,
        line=in_words(line["line"]),
        target=in_words(line.get("target")),
        estimate=in_words(line.get("estimate")),
        peers=in_words(line.get("prior")),
        points=points_in_words(line["points"]),
        weight=points_in_words(line["weight"]),
        points_lost=points_in_words(line["points_lost"]),
        counts=bool(line["weight"]),
        standing=str(STANDING_NAMES.get(standing, "")),
        standing_tone=STANDING_TONES.get(standing, "none"),
        raise_to_target=_raise_to_target(raise_to.get("target")),
        raise_to_grade=_raise_to_grade(raise_to.get("next_grade"), next_grade),
        higher_is_better=measure is None or measure.higher_is_better,
        bullet=_bullet(line, is_rate=is_rate),
    )


def words_of_values(measure: str) -> Callable[[float | None], str]:
    """How values of a measure are said: as rates, as seconds, or, of violation points, as plain numbers."""
    known = MEASURES.get(measure)
    if isinstance(known, PointsMeasure):
        return lambda value: points_in_words(value, 0)
    return rate_in_words if known is None or known.is_rate else seconds_in_words


def _sample(numerator: int | None, denominator: int | None) -> str:
    if numerator is None or denominator is None:
        return ""
    return _("%(numerator)s of %(denominator)s") % {
        "numerator": count_in_words(numerator),
        "denominator": count_in_words(denominator),
    }


def _raise_to_target(cases: int | None) -> str:
    """What would have brought the plain rate to its target; empty where it is there or nothing can be said."""
    if not cases:
        return ""
    return ngettext(
        "%(cases)s more good case would have reached the target.",
        "%(cases)s more good cases would have reached the target.",
        cases,
    ) % {"cases": cases}


def _raise_to_grade(cases: int | None, grade: str) -> str:
    """What would have brought the whole rating to the next grade by this dimension alone; empty where nothing can."""
    if not cases or not grade:
        return ""
    return ngettext(
        "%(cases)s more good case here alone would have made the points of %(grade)s.",
        "%(cases)s more good cases here alone would have made the points of %(grade)s.",
        cases,
    ) % {"cases": cases, "grade": grade}


def _bullet(line: Mapping[str, Any], *, is_rate: bool) -> Bullet | None:
    """Where value, interval, line and target lie between the ends of the scale; None where nothing was measured."""
    value = line["value"]
    if value is None:
        return None
    interval = line["interval"]
    marks = [mark for mark in (value, line["line"], line.get("target"), *(interval or ())) if mark is not None]
    if is_rate:
        low = max(0.0, math.floor((min(marks) - SCALE_STEP / 4) / SCALE_STEP) * SCALE_STEP)
        high = min(1.0, math.ceil((max(marks) + SCALE_STEP / 4) / SCALE_STEP) * SCALE_STEP)
    else:
        low, high = 0.0, max(marks) * 1.2 or 1.0
    in_words = words_of_values(line["measure"])

    def position(mark: float | None) -> str | None:
        return None if mark is None else f"{(mark - low) / (high - low) * 100:.2f}%"

    return Bullet(
        starts_at=in_words(low),
        ends_at=in_words(high),
        value=position(value),
        interval_from=position(interval[0]) if interval else None,
        interval_width=f"{(interval[1] - interval[0]) / (high - low) * 100:.2f}%" if interval else None,
        line=position(line["line"]),
        target=position(line.get("target")),
    )
