"""Decisions in words: for the back office that judges them, for the agents and shops whom they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.actions.take_effect import title_of
from governance.formulas.standing import BELOW, NO_SAMPLE
from governance.models import AgentScore, Decision
from governance.policy.catalogue import MEASURES
from governance.views.charts import Chart
from governance.views.wording import CHART_TONES, STANDING_NAMES, STANDING_TONES, measure_name
from shops.chat.reading import TurnRow
from shops.models import Agent, Shop
from shops.views.figures import count_in_words, rate_in_words

HISTORY_DAYS = 120
"""How far back a decision's chart goes from its facts, and how far on."""
SHOWN = 30

KIND_TONES: Mapping[str, str] = {
    Decision.Kind.COACHING_NOTICE: "middle",
    Decision.Kind.TRAINING_REQUIRED: "poor",
    Decision.Kind.OFF_DUTY: "worst",
    Decision.Kind.FULFILMENT: "good",
    Decision.Kind.WITHDRAWAL: "none",
}

WAITING, DISMISSED, IN_FORCE, OVER, RECORDED = "waiting", "dismissed", "in_force", "over", "recorded"
STATES: Mapping[str, tuple[Any, str]] = {
    WAITING: (gettext_lazy("waits for a person"), "middle"),
    DISMISSED: (gettext_lazy("dismissed"), "none"),
    IN_FORCE: (gettext_lazy("in force"), "brand"),
    OVER: (gettext_lazy("over"), "none"),
    RECORDED: (gettext_lazy("recorded"), "none"),
    Decision.Kind.WITHDRAWAL: (gettext_lazy("withdrawn"), "none"),
    Decision.Kind.FULFILMENT: (gettext_lazy("training completed"), "good"),
    "replaced": (gettext_lazy("replaced"), "none"),
}


@dataclass(frozen=True, slots=True)
class DecisionInWords:
    """One decision as a row or an entry of a page. Instants are in the shop's own time by the template."""

    decision: Decision
    title: str
    tone: str
    state: str
    state_tone: str
    is_in_force: bool
    reasons: list[str]
    figures: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One line of the score that is proven below standard."""

    measure: str
    value: str
    sample: str
    interval: str
    line: str


def with_overrides(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """The decisions, each with the kind of the decision in effect that overrides it, if any (`overridden_kind`)."""
    later = Decision.objects.filter(overrides=OuterRef("pk"), effective_at__isnull=False)
    return decisions.annotate(overridden_kind=Subquery(later.values("kind")[:1]))


def decisions_about(owner: Agent | Shop, at: datetime) -> list[DecisionInWords]:
    """What took effect about an agent, or about the agents of a shop, the newest first. One query."""
    mine = Decision.objects.filter(agent=owner) if isinstance(owner, Agent) else Decision.objects.filter(shop=owner)
    told = with_overrides(mine.filter(effective_at__lte=at)).select_related("policy", "agent", "overrides")
    return [in_words(decision, at) for decision in told.order_by("-effective_at", "-pk")[:SHOWN]]


def in_words(decision: Decision, at: datetime) -> DecisionInWords:
    """A decision in the reader's language; it comes from `with_overrides` with its policy fetched."""
    language = get_language() or "en"
    state = state_of(decision, at)
    name, tone = STATES[state]
    return DecisionInWords(
        decision=decision,
        title=title_of(decision).in_language(language),
        tone=KIND_TONES.get(decision.kind, "none"),
        state=str(name),
        state_tone=tone,
        is_in_force=state == IN_FORCE,
        reasons=decision.reasons_in(language).splitlines(),
        figures=figures_in_words(decision),
    )


def state_of(decision: Decision, at: datetime) -> str:
    """A key of STATES: where the decision stands at an instant. Queries nothing after `with_overrides`."""
    if decision.waits():
        return WAITING
    if decision.effective_at is None:
        return DISMISSED
    if decision.ends_another():
        return RECORDED
    overridden = getattr(decision, "overridden_kind", None)
    if overridden:
        return overridden if overridden in Decision.ENDINGS else "replaced"
    return IN_FORCE if decision.ends_at is None or at < decision.ends_at else OVER


def figures_in_words(decision: Decision) -> str:
    """The rate that the decision rests on, with its sample and the standard; empty where it rests on none."""
    if not decision.measure or not decision.denominator or decision.numerator is None:
        return ""
    return _("%(measure)s: %(rate)s of %(count)s, standard %(line)s") % {
        "measure": measure_name(decision.measure),
        "rate": rate_in_words(decision.numerator / decision.denominator),
        "count": count_in_words(decision.denominator),
        "line": rate_in_words(decision.line),
    }


def fact_rows(decision: Decision) -> list[FactRow]:
    """Every line that was proven below, the worst first."""
    return [
        FactRow(
            measure=measure_name(line["measure"]),
            value=rate_in_words(line["numerator"] / line["denominator"] if line["denominator"] else None),
            sample=_("%(numerator)s of %(denominator)s")
            % {
                "numerator": count_in_words(line["numerator"]),
                "denominator": count_in_words(line["denominator"]),
            },
            interval=f"{rate_in_words(line['interval'][0])} – {rate_in_words(line['interval'][1])}",
            line=rate_in_words(line["line"]),
        )
        for line in decision.sample.get("lines", [])
    ]


def sample_turns(decision: Decision, agent: Agent) -> list[TurnRow]:
    """The turns that the decision keeps as its sample, as the tables of turns show them."""
    return [
        TurnRow(
            conversation_id=turn["conversation_id"],
            buyer_id="",
            opened_at=datetime.fromisoformat(turn["opened_at"]),
            opened_by_message=turn["opened_by_message"],
            answered_at=datetime.fromisoformat(turn["answered_at"]) if turn["answered_at"] else None,
            answered_by=agent.code if turn["answered_at"] else None,
            wait_seconds=turn["wait_seconds"],
            effective_answered_at=None,
            effective_wait_seconds=None,
            owner=agent.code,
            state="answered" if turn["answered_at"] else "unanswered",
            counted="counted",
            first_of_contact=False,
            on=datetime.fromisoformat(turn["opened_at"]).date(),
        )
        for turn in decision.sample.get("turns", [])
    ]


def score_chart(decision: Decision, agent: Agent) -> Chart:
    """The rate that the decision rests on, score by score around its facts, with the standard as a line.

    Without such a rate, the points of the scores.
    """
    around = timedelta(days=HISTORY_DAYS)
    scores = AgentScore.objects.filter(
        agent=agent, on__gt=decision.facts_last_on - around, on__lt=decision.facts_last_on + around
    )
    rows = [
        _scored(decision.measure, *row)
        for row in scores.order_by("on").values_list("on", "points", "standing", "lines")
    ]
    known = [value for _day, value, _standing in rows if value is not None]
    line = decision.line * 100 if decision.line is not None and decision.measure else None
    lowest = min([*known, line if line is not None else 50], default=50)
    name = measure_name(decision.measure) if decision.measure else _("Score")
    unit = "%" if decision.measure else ""
    standings = [str(STANDING_NAMES.get(standing, standing)) for _day, _value, standing in rows]
    return Chart(
        key="history",
        kind="history",
        title=_("%(measure)s by scored day") % {"measure": name},
        data={
            "days": [day.isoformat() for day, _value, _standing in rows],
            "points": [value for _day, value, _standing in rows],
            "grades": standings,
            "tones": [CHART_TONES[STANDING_TONES.get(standing, "none")] for _day, _value, standing in rows],
            "changes": [day == decision.facts_last_on for day, _value, _standing in rows],
            "lowest": max(0, (lowest - 8) // 10 * 10),
            "rungs": [] if line is None else [{"name": f"{line:g}", "from_points": line, "tone": "bad"}],
            "names": {"points": name, "grade": _("Standing")},
        },
        headings=[_("Day"), name, _("Standing")],
        rows=[
            [day.isoformat(), "–" if value is None else f"{value:.1f}{unit}", standing]
            for (day, value, _standing), standing in zip(rows, standings, strict=True)
        ][::-1],
        note=_("Each day counts the turns of its window. The larger dot is the newest day of the facts."),
    )


def _scored(
    measure: str, day: Any, points: float | None, standing: str, lines: Sequence[Mapping[str, Any]]
) -> tuple[Any, float | None, str]:
    """(day, value, standing) of one score: of the measure in percent, or of all of it."""
    if not measure or measure not in MEASURES:
        return day, points, standing
    line = next((line for line in lines if line["measure"] == measure), None)
    if line is None or line["value"] is None:
        return day, None, NO_SAMPLE
    return day, round(line["value"] * 100, 2), line["standing"] or (BELOW if standing == BELOW else NO_SAMPLE)
