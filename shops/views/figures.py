"""How figures are put into words: rates, seconds, points. Absent is a dash, never 0."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

ABSENT = "–"


def decimal_in_words(number: float, decimals: int) -> str:
    """A number rounded to a fixed number of decimals; Django's own formatting cuts them off."""
    return number_format(f"{number:.{decimals}f}", decimals)


def rate_in_words(rate: float | None) -> str:
    """A rate (0 to 1) as a percentage with one decimal; a dash where nothing could be measured."""
    return ABSENT if rate is None else f"{decimal_in_words(rate * 100, 1)}%"


def share_in_words(numerator: int | None, denominator: int | None) -> str:
    """A numerator over its denominator as a percentage; a dash for a denominator of 0."""
    return rate_in_words(numerator / denominator if numerator is not None and denominator else None)


def seconds_in_words(seconds: float | None) -> str:
    """Seconds for people, in at most two units: `42.5 s`, `3 min`, `2 h 10 min`, `3 d 4 h`; a dash for None."""
    if seconds is None:
        return ABSENT
    if seconds < 60:
        whole = float(seconds).is_integer()
        return _("%(count)s s") % {"count": decimal_in_words(seconds, 0 if whole else 1)}
    total = round(seconds)
    days, rest = divmod(total, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = [
        (days, _("%(count)s d")),
        (hours, _("%(count)s h")),
        (minutes, _("%(count)s min")),
        (left, _("%(count)s s")),
    ]
    first = next(index for index, (count, _unit) in enumerate(units) if count)
    told = [unit % {"count": count} for count, unit in units[first : first + 2] if count]
    return told[0] if len(told) == 1 else _("%(larger)s %(smaller)s") % {"larger": told[0], "smaller": told[1]}


def count_in_words(count: int) -> str:
    """A count with its thousands grouped."""
    return number_format(count, force_grouping=True)


def points_in_words(points: float | None, decimals: int = 1) -> str:
    """Points with a fixed number of decimals; a dash for None."""
    return ABSENT if points is None else decimal_in_words(points, decimals)
