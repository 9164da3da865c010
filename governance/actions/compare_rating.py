"""What a published rating would be by the facts as they are known now. The rating itself is never rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from governance.actions.replay_rating import rate_again
from governance.actions.window_measures import LONGEST_SETTLING_DAYS, NO_MEASURES
from governance.models import ShopRating
from governance.policy.judge import Judge
from shops.actions.final_days import unmet_totals
from shops.actions.load_calendars import load_calendars
from shops.actions.load_facts import load_buyers_word_between
from shops.actions.standards import clock_standards
from shops.chat.clock import to_ms
from shops.chat.days import DayFiles
from shops.chat.engine import connect
from shops.chat.log import open_log, shard_of
from shops.chat.measures import SHOP, Targets, compute_measures, keep_only, load_buyers_word
from shops.chat.turns import Span
from shops.chat.turns import load_calendars as put_calendars
from shops.models.measures import MEASURE_COLUMNS

Pair = tuple[Any, Any]
"""As published, and as it would be now."""


@dataclass(frozen=True, slots=True)
class LineDifference:
    """One line of a rating (by its key) whose value, sample or points would be others."""

    key: str
    value: Pair
    points: Pair


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published rating beside what it would be: only what differs. Nothing does where no facts came later."""

    rating: ShopRating
    measures: Mapping[str, Pair]
    """By the name of the measure."""
    dates_found: tuple[date, ...]
    """Dates that the window had to leave out and that are final for the shop now."""
    dates_lost: tuple[date, ...]
    """Dates of the window that are not final for the shop any more."""
    lines: tuple[LineDifference, ...]
    points: Pair
    grade: Pair

    @property
    def is_equal(self) -> bool:
        """True if nothing that came later touches the rating's window."""
        return not self.measures and not self.dates_found and not self.dates_lost

    @property
    def would_change(self) -> bool:
        """True if the points or the grade would be others."""
        return bool(self.points[0] != self.points[1] or self.grade[0] != self.grade[1])


def compare_rating(rating: ShopRating) -> Comparison | None:
    """Rate again by the window's facts as they are known now, under the rating's own policy version.

    Peers, the state before and the instant up to which contacts settle are those of the rating, so that only facts
    about the shop's own window show. None for a rating of a release that did not keep what this takes. Where no day of
    the window was computed again, that is all that is looked at: three queries and a few small files. Else nine more,
    and one shop's turns of the window are read. Raises EngineError where a day is being computed at this moment.
    """
    if rating.as_of is None:
        return None
    document = rating.policy.rules()
    published = _published_dates(rating)
    dates = _present_dates(rating, document.measures_window_days)
    longer = None if document.longer_window is None else _present_dates(rating, document.longer_window.days)
    if published in {dates, longer} and not _is_computed_since(rating, published):
        row = {name: getattr(rating, name) for name in MEASURE_COLUMNS}
        return _compared(rating, row, published, published)
    row = _measure(rating, dates) if dates else _nothing()
    if document.longer_window is not None and longer and row["settled"] < document.longer_window.below_turns:
        longer_row = _measure(rating, longer)
        if longer_row != _nothing():
            row, dates = longer_row, longer
    return _compared(rating, row, published, dates)


def _published_dates(rating: ShopRating) -> tuple[date, ...]:
    left_out = set(map(date.fromisoformat, rating.left_out))
    span = (rating.window_last_on - rating.window_first_on).days + 1
    days = (rating.window_first_on + timedelta(days=number) for number in range(span))
    return tuple(day for day in days if day not in left_out)


def _present_dates(rating: ShopRating, window_days: int) -> tuple[date, ...]:
    """The newest dates, of those that were final as far as turns go, without those whose totals are unmet now."""
    newest = max([rating.window_last_on, *map(date.fromisoformat, rating.left_out)])
    reach = rating.on - timedelta(days=window_days + LONGEST_SETTLING_DAYS)
    unmet = set(unmet_totals(reach, newest).filter(shop=rating.shop_id).values_list("on", flat=True))
    days = (reach + timedelta(days=number) for number in range((newest - reach).days + 1))
    return tuple(day for day in days if day not in unmet)[-window_days:]


def _is_computed_since(rating: ShopRating, dates: tuple[date, ...]) -> bool:
    log = open_log()
    files, shard = DayFiles(log.root), shard_of(rating.shop.code, log.shards)
    manifests = (files.read_manifest(day, shard) for day in dates)
    assert rating.as_of is not None
    as_of_ms = to_ms(rating.as_of)
    return any(manifest is not None and manifest.as_of_ms > as_of_ms for manifest in manifests)


def _measure(rating: ShopRating, dates: tuple[date, ...]) -> dict[str, Any]:
    """The measures of the shop over some dates, from the files of days as they are now."""
    assert rating.as_of is not None
    log, shop = open_log(), rating.shop
    first, last = dates[0], dates[-1]
    spans = clock_standards(first, last)
    targets = {
        day: Targets.from_standard(standard)
        for starts_on, ends_on, standard in spans
        for day in dates
        if starts_on <= day <= ends_on
    }
    book = load_calendars(spans[-1][2], shop)
    starts, ends = book.local_bounds(first, last)
    until = ends + max(standard.resolution_ms for _first, _last, standard in spans) + 1
    with connect(memory_mb=settings.ENGINE_MEMORY_MB, threads=settings.ENGINE_THREADS) as con:
        DayFiles(log.root).attach(con, first, last, shard_of(shop.code, log.shards))
        keep_only(con, shop.code)
        put_calendars(con, book.calendars(starts, until), Span(starts, starts, until, until), 0)
        load_buyers_word(con, *load_buyers_word_between(starts, until, until, shop))
        pairs = [(rating.on, day) for day in dates]
        for row in compute_measures(con, pairs, targets, to_ms(rating.as_of)):
            if row["agent_id"] == SHOP:
                return {name: row[name] for name in MEASURE_COLUMNS}
    return _nothing()


def _nothing() -> dict[str, Any]:
    return dict(zip(MEASURE_COLUMNS, NO_MEASURES, strict=True))


def _compared(
    rating: ShopRating, row: Mapping[str, Any], published: tuple[date, ...], dates: tuple[date, ...]
) -> Comparison:
    again, grade, _gates = rate_again(rating, Judge(rating.policy.rules()), row)
    measures = {
        name: (getattr(rating, name), row[name]) for name in MEASURE_COLUMNS if getattr(rating, name) != row[name]
    }
    lines = []
    stored = {line["key"]: line for line in rating.lines}
    for line in (each.to_data() for each in again.lines):
        before = stored.get(line["key"], {})
        if any(before.get(name) != line[name] for name in ("value", "numerator", "denominator", "points")):
            values, points = (before.get("value"), line["value"]), (before.get("points"), line["points"])
            lines.append(LineDifference(line["key"], values, points))
    return Comparison(
        rating,
        measures,
        tuple(day for day in dates if day.isoformat() in rating.left_out),
        tuple(day for day in published if day not in dates and (not dates or day > dates[0])),
        tuple(lines),
        (rating.points, again.points),
        (rating.grade, grade.grade),
    )
