"""Judgements in words: names of measures, standings, grades and the reasons behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from governance.formulas import grades
from governance.formulas.standing import AT, BELOW, NO_SAMPLE, NOT_PROVEN
from governance.policy.schema import PolicyDocument

MEASURE_NAMES: Mapping[str, Any] = {
    "answer_rate": gettext_lazy("Answered at all"),
    "on_time_rate": gettext_lazy("Answered on time"),
    "effective_on_time_rate": gettext_lazy("Really answered on time"),
    "brush_off_rate": gettext_lazy("Brushed off"),
    "off_hours_answer_rate": gettext_lazy("Answered after off hours"),
    "resolved_rate": gettext_lazy("Resolved"),
    "satisfied_rate": gettext_lazy("Satisfied buyers"),
    "escalation_rate": gettext_lazy("Taken further by the buyer"),
    "priced_response_seconds": gettext_lazy("Priced mean response"),
    "effective_priced_response_seconds": gettext_lazy("Priced mean real response"),
    "response_seconds_mean": gettext_lazy("Mean response"),
    "response_seconds_p50": gettext_lazy("Median response"),
    "response_seconds_p90": gettext_lazy("90 % answered within"),
    "first_response_seconds_mean": gettext_lazy("Mean first response"),
    "first_response_seconds_p50": gettext_lazy("Median first response"),
    "first_response_seconds_p90": gettext_lazy("90 % first answered within"),
    "effective_response_seconds_mean": gettext_lazy("Mean real response"),
    "effective_response_seconds_p50": gettext_lazy("Median real response"),
    "effective_response_seconds_p90": gettext_lazy("90 % really answered within"),
    "violation_points": gettext_lazy("Violation points in force"),
}

STANDING_NAMES: Mapping[str, Any] = {
    AT: gettext_lazy("at standard"),
    BELOW: gettext_lazy("below standard, proven"),
    NOT_PROVEN: gettext_lazy("not proven either way"),
    NO_SAMPLE: gettext_lazy("too few to judge"),
}
STANDING_TONES: Mapping[str, str] = {AT: "best", BELOW: "worst", NOT_PROVEN: "middle", NO_SAMPLE: "none"}

TONES = ("best", "good", "middle", "poor", "worst")
"""Colours from the best grade to the worst."""

CHART_TONES: Mapping[str, str] = {
    "best": "good", "good": "fair", "middle": "warn", "poor": "poor", "worst": "bad", "none": "none"
}  # fmt: skip
"""The same colours, as charts.js knows them."""


@dataclass(frozen=True, slots=True)
class GradeInWords:
    """A grade as people see it. `tone` is its colour, from best to worst; none for a provisional shop."""

    key: str
    title: str
    tone: str

    @property
    def badge(self) -> str:
        """What stands on the badge: the key of a grade, the title of the provisional one."""
        return self.title if self.key == grades.PROVISIONAL else self.key

    @property
    def is_letter(self) -> bool:
        """True where the badge is short enough to be written large."""
        return len(self.badge) <= 3

    @property
    def chart_tone(self) -> str:
        """The colour, as charts.js knows it."""
        return CHART_TONES[self.tone]


def measure_name(key: str) -> str:
    """The name of a measure; an unknown one is shown by its key."""
    name = MEASURE_NAMES.get(key)
    return key.replace("_", " ") if name is None else str(name)


def tone_of(key: str, keys: Sequence[str]) -> str:
    """The colour of a grade among `keys`, best first; none for a grade that they do not hold."""
    if key not in keys:
        return "none"
    if len(keys) == 1:
        return TONES[0]
    return TONES[round(keys.index(key) * (len(TONES) - 1) / (len(keys) - 1))]


def grade_in_words(key: str, document: PolicyDocument) -> GradeInWords:
    """A grade with its title in the reader's language and its colour; one of a former ladder is shown by its key."""
    keys = [grade.key for grade in document.grades]
    if key in keys or key == grades.PROVISIONAL:
        title = document.title_of(key).in_language(get_language() or "en")
    else:
        title = key
    return GradeInWords(key, title, tone_of(key, keys))


def reason_in_words(
    reason: str,
    *,
    candidate: str,
    candidate_since_on: date | None,
    document: PolicyDocument,
    settled: int,
) -> str:
    """Why the grade is what it is, as a sentence (the codes of governance.formulas.grades)."""
    rules = document.shops
    since = "" if candidate_since_on is None else date_format(candidate_since_on, "Y-m-d")
    figures = {"candidate": candidate, "since": since, "settled": settled, "min_turns": rules.min_turns}
    if reason == grades.NEW_SHOP:
        return ngettext(
            "The shop is new: it gets its first grade once it has been open for %(days)s day.",
            "The shop is new: it gets its first grade once it has been open for %(days)s days.",
            rules.new_shop_days,
        ) % {"days": rules.new_shop_days}
    step = rules.rise if reason in {grades.RISE_WAITING, grades.RISEN} else rules.fall
    days = step.after_days
    figures["days"] = days
    return _sentences(days).get(reason, reason) % figures


def _sentences(days: int) -> dict[str, str]:
    return {
        grades.SAMPLE_TOO_SMALL: _(
            "Too few turns to judge by: %(settled)s of the %(min_turns)s that a grade takes. The grade stays as it was."
        ),
        grades.FIRST_GRADE: _("This is the shop's first grade, given by its points."),
        grades.FIRST_GRADE_NOT_PROVEN: _(
            "This is the shop's first grade. Its points ask for a lower one, but nothing is proven to be below "
            "standard, so nothing is taken away."
        ),
        grades.STEADY: _("The points lie within this grade."),
        grades.RISE_WAITING: ngettext(
            "The points have asked for grade %(candidate)s since %(since)s. "
            "The grade rises after %(days)s day in a row.",
            "The points have asked for grade %(candidate)s since %(since)s. "
            "The grade rises after %(days)s days in a row.",
            days,
        ),
        grades.RISEN: ngettext(
            "The grade rose: the points asked for it for %(days)s day in a row.",
            "The grade rose: the points asked for it for %(days)s days in a row.",
            days,
        ),
        grades.FALL_WAITING: ngettext(
            "The points have asked for grade %(candidate)s since %(since)s. "
            "The grade falls after %(days)s day in a row.",
            "The points have asked for grade %(candidate)s since %(since)s. "
            "The grade falls after %(days)s days in a row.",
            days,
        ),
        grades.FALLEN: ngettext(
            "The grade fell: the points stayed below the former one for %(days)s day in a row.",
            "The grade fell: the points stayed below the former one for %(days)s days in a row.",
            days,
        ),
        grades.NOT_PROVEN: _(
            "The points ask for a lower grade, but nothing is proven to be below standard, so nothing is taken away."
        ),
        grades.BETWEEN_EVALUATIONS: _(
            "The points ask for a change, which waits for the next day on which grades change."
        ),
    }
