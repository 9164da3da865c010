"""GET /policy/ and /policy/<version>/: the rules as anybody may read them, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.formulas.grades import PROVISIONAL
from governance.policy.catalogue import MEASURES
from governance.policy.schema import PolicyDocument
from governance.policy.sections.agents import AgentItem
from governance.policy.sections.shops import ShopDimension, SmallSample
from governance.views.gates import gates_of_rules
from governance.views.policy_changes import changes_in_words
from governance.views.policy_redress import violations_and_redress
from governance.views.policy_versions import Version, list_versions, version_to_show
from governance.views.policy_words import (
    bound_in_words,
    curve_in_words,
    days_in_words,
    key_in_words,
    list_in_words,
    value_in_words,
)
from governance.views.wording import grade_in_words, measure_name
from shops.views.figures import ABSENT, points_in_words

LONG_LISTS = ("courtesies", "holding_phrases")
WIDTH, HEIGHT = 120, 40
"""The box in which curves are drawn, in units of SVG."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A curve in a box of WIDTH x HEIGHT: its corners for SVG's polyline, where line and target stand, its ends."""

    corners: str
    line: float | None
    target: float | None
    starts_at: str
    ends_at: str
    told: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure that counts: what it is, what it asks, what it earns."""

    title: str
    measure: str
    weight: str
    line: str
    target: str
    min_sample: int
    drawing: Drawing | None
    small_sample: str
    only_shown: str


@require_safe
def policy_page(request: HttpRequest, version: int | None = None) -> HttpResponse:
    """The rules in force today, or one version of them. 404 for a version that was not published."""
    versions = list_versions(timezone.localdate())
    shown = version_to_show(versions)
    if version is not None:
        shown = next((known for known in versions if known.policy.version == version), None)
        if shown is None:
            raise Http404
    context: dict[str, Any] = {"versions": versions, "shown": shown, "announced": _announced(versions, shown)}
    if shown is not None:
        context |= describe(shown.policy.rules())
        context["changes"] = changes_in_words(shown.before.rules(), shown.policy.rules()) if shown.before else None
    return render(request, "governance/policy_public.html", context)


def describe(document: PolicyDocument) -> dict[str, Any]:
    """What a page about the rules shows, in the language of the reader."""
    language = get_language() or "en"
    return {
        "document": document,
        "policy_title": document.title.in_language(language),
        "policy_description": document.description.in_language(language),
        "notice": days_in_words(document.notice_days),
        "clock": list(_clock(document)),
        "words": [(key_in_words(name), getattr(document.clock, name)) for name in LONG_LISTS],
        "peaks": [
            (
                peak.title.in_language(language),
                peak.first_on,
                peak.last_on,
                list_in_words([
                    _("%(what)s: %(value)s") % {"what": key_in_words(name), "value": value_in_words(name, value)}
                    for name, value in peak.clock.model_dump(exclude_none=True).items()
                ]),
            )
            for peak in document.peaks
        ],
        "windows": _windows(document),
        "dimensions": [
            _measured(dimension, dimension.title.in_language(language)) for dimension in document.shops.dimensions
        ],
        "parts": [
            (part.title.in_language(language), points_in_words(part.weight, 0), [
                _measured(item, measure_name(item.measure)) for item in part.items
            ])
            for part in document.agents.parts
        ],
        "consequences": [
            (
                consequence.title.in_language(language),
                value_in_words("kind", consequence.kind),
                days_in_words(consequence.lasts_days),
                consequence.automatic,
            )
            for consequence in document.agents.consequences
        ],
        "steps": list(_steps(document)),
        "grades": [
            (grade_in_words(key, document), from_points, privileges)
            for key, from_points, privileges in (
                *((grade.key, grade.from_points, grade.privileges) for grade in document.grades),
                (PROVISIONAL, None, document.provisional.privileges),
            )
        ],
        "gates": gates_of_rules(document),
    } | violations_and_redress(document)  # fmt: skip


def _announced(versions: Sequence[Version], shown: Version | None) -> list[Version]:
    """The versions to come, the next one first; the shown one need not be announced."""
    return [version for version in reversed(versions) if version.state == "to_come" and version is not shown]


def _clock(document: PolicyDocument) -> Iterator[tuple[str, str]]:
    for name in type(document.clock).model_fields:
        value = getattr(document.clock, name)
        if name in LONG_LISTS or value is None:
            continue
        if name == "repeated_reply":
            told = [
                _("%(what)s: %(value)s") % {"what": key_in_words(inner), "value": value_in_words(inner, number)}
                for inner, number in value.model_dump().items()
            ]
            yield key_in_words(name), list_in_words(told)
        else:
            yield key_in_words(name), value_in_words(f"clock.{name}", value)


def _windows(document: PolicyDocument) -> list[str]:
    told = [
        _("Judgements look back on the newest %(days)s whose turns have all settled.")
        % {"days": days_in_words(document.measures_window_days)}
    ]
    longer = document.longer_window
    if longer is not None:
        told.append(
            _("A shop with fewer than %(turns)s settled turns in them is rated by %(days)s instead.")
            % {"turns": longer.below_turns, "days": days_in_words(longer.days)}
        )
    return told


def _steps(document: PolicyDocument) -> Iterator[str]:
    """When a grade comes, rises and falls."""
    rules = document.shops
    yield _("A shop gets its first grade once it is %(days)s old; settled turns needed: %(turns)s.") % {
        "days": days_in_words(rules.new_shop_days),
        "turns": rules.min_turns,
    }
    if rules.few_turns is not None:
        yield _("With fewer than %(turns)s settled turns it has %(points)s points, whatever it did.") % {
            "turns": rules.few_turns.below_turns,
            "points": points_in_words(rules.few_turns.points, 0),
        }
    yield _(
        "It rises once the points are at least %(points)s over the line of a better grade, on %(days)s in a row."
    ) % {
        "points": points_in_words(rules.rise.margin_points),
        "days": days_in_words(rules.rise.after_days),
    }
    yield _(
        "It falls once the points are more than %(points)s under its own line, on %(days)s in a row; a fall that takes "
        "a privilege away needs proof as well."
    ) % {"points": points_in_words(rules.fall.margin_points), "days": days_in_words(rules.fall.after_days)}
    evaluation = rules.evaluation
    if evaluation is None:
        yield _("Grades may change every day.")
    elif evaluation.weekday is not None:
        yield _("Grades and gates change once a week: %(day)s.") % {
            "day": value_in_words("weekday", evaluation.weekday)
        }
    else:
        yield _("Grades and gates change on day %(day)s of a month only.") % {"day": evaluation.day_of_month}
    yield _("Few cases lean on the peers: every estimate starts from %(cases)s cases of the category's mean.") % {
        "cases": points_in_words(rules.prior_strength, 0)
    }


def _measured(entry: ShopDimension | AgentItem, title: str) -> Measured:
    target = entry.target if isinstance(entry, ShopDimension) else None
    rule = entry.small_sample if isinstance(entry, ShopDimension) else None
    reason = MEASURES[entry.measure].shown_only_because
    return Measured(
        title=title,
        measure=measure_name(entry.measure),
        weight=points_in_words(entry.weight, 0),
        line=bound_in_words(entry.line, entry.measure),
        target=bound_in_words(target, entry.measure),
        min_sample=entry.min_sample,
        drawing=_draw(entry, target),
        small_sample=_few(rule) if rule is not None else "",
        only_shown=_("shown only: nobody has decided about it yet") if reason else "",
    )


def _few(rule: SmallSample) -> str:
    told = {"cases": rule.below_cases, "bad": rule.bad_at_most, "points": points_in_words(rule.points, 0)}
    if rule.bad_at_most is None:
        sentence = _("With fewer than %(cases)s cases: %(points)s points") % told
    else:
        sentence = _("With fewer than %(cases)s cases and at most %(bad)s failing ones: %(points)s points") % told
    if rule.points_lost_per_bad:
        sentence = _("%(sentence)s, less %(lost)s for each failing one") % {
            "sentence": sentence,
            "lost": points_in_words(rule.points_lost_per_bad, 0),
        }
    return sentence


def _draw(entry: ShopDimension | AgentItem, target: float | None) -> Drawing | None:
    """The curve, drawn from its first value to its last; a rate's up to its next whole tenth."""
    if entry.curve is None:
        return None
    low, high = entry.curve[0][0], entry.curve[-1][0]

    def x(value: float | None) -> float | None:
        return None if value is None else round(min(1.0, max(0.0, (value - low) / (high - low))) * WIDTH, 2)

    return Drawing(
        corners=" ".join(f"{x(value)},{round(HEIGHT * (1 - points / 100), 2)}" for value, points in entry.curve),
        line=x(entry.line),
        target=x(target),
        starts_at=bound_in_words(low, entry.measure),
        ends_at=bound_in_words(high, entry.measure),
        told=curve_in_words(entry.curve, entry.measure) or ABSENT,
    )
