"""Everything that the pages about one shop show: its rating, why, since when, and what would raise it.

The back office's page and the members' scorecard are drawn from the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.formulas.grades import Ladder
from governance.models import AgentScore, ShopRating
from governance.policy.schema import PolicyDocument
from governance.views.charts import Chart, history_chart, rates_chart, waits_chart
from governance.views.lines import LineInWords, lines_of_rating
from governance.views.wording import (
    STANDING_NAMES,
    STANDING_TONES,
    GradeInWords,
    grade_in_words,
    reason_in_words,
)
from shops.chat.reading import wait_histogram
from shops.models import Privileges, PrivilegesChange, Shop, ShopDay
from shops.models.measures import MeasureColumns
from shops.views.figures import count_in_words, points_in_words, rate_in_words, seconds_in_words, share_in_words
from shops.views.privileges import PrivilegeInWords, privilege_names, privileges_in_words

HISTORY_DAYS = 180
RATES_DAYS = 60
AGENTS_SHOWN = 200
CHANGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its name and the sample behind it."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A grade on the drawn ladder of points; positions are percentages of the width."""

    grade: GradeInWords
    from_points: str
    starts_at: str
    width: str
    middle: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent in the table of a shop's agents."""

    score: AgentScore
    points: str
    on_time: str
    median: str
    standing: str
    tone: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of the shop's privileges in words."""

    on: date
    previous: GradeInWords
    grade: GradeInWords
    taken: str
    granted: str


@dataclass(frozen=True, slots=True)
class ShopPicture:
    """One shop as judged on one day."""

    shop: Shop
    rating: ShopRating
    document: PolicyDocument
    policy_title: str
    grade: GradeInWords
    candidate: GradeInWords | None
    points: str
    mark: str | None
    reason: str
    rungs: list[Rung]
    next_grade: str
    next_points: str
    tiles: list[Tile]
    lines: list[LineInWords]
    history: Chart
    rates: Chart
    waits: Chart
    privileges: list[PrivilegeInWords]
    changes: list[ChangeRow]
    agents: list[AgentRow]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts whose data the page must carry."""
        return (self.history, self.rates, self.waits)

    @property
    def raises(self) -> list[LineInWords]:
        """The lines with something to say about what would have raised the grade."""
        return [line for line in self.lines if line.raise_to_grade or line.raise_to_target]


def draw_shop(shop: Shop, on: date | None = None) -> ShopPicture | None:
    """The newest picture of a shop, or that of one rated day; None where there is no such rating.

    A handful of queries, however many agents and days there are, and one look into the turn files.
    """
    ratings = ShopRating.objects.filter(shop=shop).select_related("policy")
    rating = ratings.filter(on=on).first() if on else ratings.order_by("-on").first()
    if rating is None:
        return None
    document = rating.policy.rules()
    grade = grade_in_words(rating.grade, document)
    candidate = grade_in_words(rating.candidate, document) if rating.candidate else None
    past = _past(shop, rating)
    # The lines count up to the grade above the one of the day before: that is what they were computed against.
    before = past[-2][2] if len(past) > 1 else rating.grade
    aimed_at, _points = _next_grade(before, rating.points, document)
    next_grade, next_points = _next_grade(rating.grade, rating.points, document)
    window = (rating.window_first_on, rating.window_last_on)
    return ShopPicture(
        shop=shop,
        rating=rating,
        document=document,
        policy_title=document.title.in_language(get_language() or "en"),
        grade=grade,
        candidate=candidate,
        points=points_in_words(rating.points, 2),
        mark=None if rating.points is None else f"{rating.points:.2f}%",
        reason=reason_in_words(
            rating.reason,
            candidate=candidate.title if candidate else "",
            candidate_since_on=rating.candidate_since_on,
            document=document,
            settled=rating.settled,
        ),
        rungs=_rungs(rating.grade, document),
        next_grade=next_grade,
        next_points=next_points,
        tiles=figures_of(rating),
        lines=lines_of_rating(rating.lines, document, aimed_at),
        history=history_chart(past, document),
        rates=rates_chart(_days(shop, rating.window_last_on)),
        waits=waits_chart(wait_histogram(shop.code, *window), document.clock.target_seconds),
        privileges=privileges_in_words(Privileges.objects.filter(shop=shop).first()),
        changes=_changes(shop, rating.on, document),
        agents=_agents(shop, rating.on),
    )


def figures_of(row: MeasureColumns) -> list[Tile]:
    """The figures that open a page about a shop or an agent, from the window's measures."""
    stars = row.stars_sum / row.stars_count if row.stars_count else None
    return [
        Tile(_("Answered on time"), share_in_words(row.on_time, row.settled), _of_turns(row.settled)),
        Tile(_("Answered at all"), share_in_words(row.answered, row.settled), _of_turns(row.settled)),
        Tile(_("Median response"), seconds_in_words(row.response_p50), _("half came sooner")),
        Tile(_("90 % answered within"), seconds_in_words(row.response_p90), _("of the answered turns")),
        Tile(
            _("Resolved"),
            share_in_words(row.contacts_resolved, row.contacts_settled),
            _("of %(count)s contacts") % {"count": count_in_words(row.contacts_settled)},
        ),
        Tile(
            _("Buyers' stars"),
            points_in_words(stars, 2),
            _("from %(count)s ratings") % {"count": count_in_words(row.stars_count)},
        ),
    ]


def _of_turns(turns: int) -> str:
    return _("of %(count)s turns") % {"count": count_in_words(turns)}


def _next_grade(grade: str, points: float | None, document: PolicyDocument) -> tuple[str, str]:
    """The title of the grade above by points, and the points that it takes; both empty at the top or without points."""
    if points is None:
        return "", ""
    ladder = Ladder((rung.key, rung.from_points) for rung in document.grades)
    for aim in ladder.aims(grade, document.shops.rise.margin_points):
        if aim.points > points:
            return grade_in_words(aim.grade, document).title, points_in_words(aim.points)
    return "", ""


def _rungs(present: str, document: PolicyDocument) -> list[Rung]:
    """The ladder from the worst grade to the best, as stretches of a line from 0 to 100 points."""
    rungs: list[Rung] = []
    ends_at = 100.0
    for grade in document.grades:
        width = max(0.0, ends_at - grade.from_points)
        rungs.append(
            Rung(
                grade_in_words(grade.key, document),
                points_in_words(grade.from_points, 0 if float(grade.from_points).is_integer() else 1),
                f"{grade.from_points:.2f}%",
                f"{width:.2f}%",
                f"{grade.from_points + width / 2:.2f}%",
                grade.key == present,
            )
        )
        ends_at = grade.from_points
    return rungs[::-1]


def _past(shop: Shop, rating: ShopRating) -> list[tuple[date, float | None, str]]:
    """(day, points, grade) up to the rating, oldest first."""
    past = ShopRating.objects.filter(shop=shop, on__gt=rating.on - timedelta(days=HISTORY_DAYS), on__lte=rating.on)
    return list(past.order_by("on").values_list("on", "points", "grade"))


def _days(shop: Shop, last_on: date) -> Sequence[ShopDay]:
    days = ShopDay.objects.filter(shop=shop, on__gt=last_on - timedelta(days=RATES_DAYS), on__lte=last_on)
    return list(days.order_by("on").only("on", "settled", "answered", "on_time"))


def _changes(shop: Shop, on: date, document: PolicyDocument) -> list[ChangeRow]:
    changes = PrivilegesChange.objects.filter(shop=shop, on__lte=on).order_by("-on", "-id")[:CHANGES_SHOWN]
    return [
        ChangeRow(
            change.on,
            grade_in_words(change.previous_grade, document),
            grade_in_words(change.grade, document),
            privilege_names(change.taken),
            privilege_names(change.granted),
        )
        for change in changes
    ]


def _agents(shop: Shop, on: date) -> list[AgentRow]:
    scores = AgentScore.objects.filter(agent__shop=shop, on=on).select_related("agent").defer("lines")
    ordered: Any = scores.order_by("-settled", "agent__code")[:AGENTS_SHOWN]
    return [agent_row(score) for score in ordered]


def agent_row(score: AgentScore) -> AgentRow:
    """An agent's score as a row of a table. The score's agent must have been fetched."""
    return AgentRow(
        score,
        points_in_words(score.points),
        rate_in_words(score.on_time / score.settled if score.settled else None),
        seconds_in_words(score.response_p50),
        str(STANDING_NAMES.get(score.standing, score.standing)),
        STANDING_TONES.get(score.standing, "none"),
    )
