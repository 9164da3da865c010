"""A policy at work: the document compiled into formulas, asked once per agent, shop and day.

Rows are mappings with the column names of shops.models.measures. Nothing here reads or writes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from governance.formulas.curves import Curve
from governance.formulas.gates import GateFacts, GateRules, GateState, NeedRule, next_gate
from governance.formulas.grades import PROVISIONAL, GradeRules, GradeState, Ladder, next_grade
from governance.formulas.ratings import (
    Aim,
    Dimension,
    FewTurnsRule,
    Rating,
    RatingScheme,
    SmallSampleRule,
    rate_shop,
)
from governance.formulas.scores import Score, ScoreItem, ScorePart, ScoreScheme, score_agent
from governance.policy.catalogue import MEASURES, VIOLATION_POINTS, PointsMeasure, columns_of
from governance.policy.schema import GradePrivileges, PolicyDocument

Row = Mapping[str, Any]


class Judge:
    """Scores agents and rates shops by one policy. Made once per policy (about a millisecond), then cheap per call."""

    __slots__ = (
        "_agent_measures",
        "_aims",
        "_gate_measures",
        "_shop_measures",
        "_takes",
        "document",
        "gates",
        "ladder",
        "rules",
        "scores",
        "shops",
    )

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        self.scores = _score_scheme(document)
        self.shops = _rating_scheme(document)
        self._agent_measures = tuple(MEASURES[item.measure] for part in self.scores.parts for item in part.items)
        self._shop_measures = tuple(MEASURES[dimension.measure] for dimension in self.shops.dimensions)
        self.gates = _gate_rules(document)
        asked = {need.of for gate in self.gates for need in gate.needs} & MEASURES.keys()
        self._gate_measures = {name: MEASURES[name] for name in sorted(asked)}
        self.ladder = Ladder((grade.key, grade.from_points) for grade in document.grades)
        self.rules = GradeRules(
            rise_margin_points=document.shops.rise.margin_points,
            rise_after_days=document.shops.rise.after_days,
            fall_margin_points=document.shops.fall.margin_points,
            fall_after_days=document.shops.fall.after_days,
            new_shop_days=document.shops.new_shop_days,
            min_turns=document.shops.min_turns,
        )
        keys = (PROVISIONAL, *self.ladder.keys)
        self._aims = {key: self.ladder.aims(key, self.rules.rise_margin_points) for key in keys}
        self._takes = {(before, after) for before in keys for after in keys if document.takes_privilege(before, after)}

    @property
    def agent_columns(self) -> tuple[str, ...]:
        """The columns that `score_agent` reads."""
        return tuple(sorted({"settled", *columns_of(self._agent_measures)}))

    @property
    def shop_columns(self) -> tuple[str, ...]:
        """The columns that `rate_shop`, `priors_of` and `next_grade` read."""
        return tuple(sorted({"settled", *columns_of(self._shop_measures)}))

    @property
    def gate_columns(self) -> tuple[str, ...]:
        """The columns that `next_gates` reads."""
        return tuple(sorted({"settled", *columns_of(self._gate_measures.values())}))

    @property
    def uses_points(self) -> bool:
        """True if shops are rated by their violation points too, which rows then hold as "violation_points"."""
        return any(measure.name == VIOLATION_POINTS for measure in self._shop_measures)

    def score_agent(self, row: Row) -> Score:
        """The score of the agent whose window's measures are in `row`.

        Violation points are the shop's and move no agent's score: a decision that is taken back leaves scores as they
        are. A consequence for an agent follows from scores, never the other way.
        """
        return score_agent(self.scores, [measure.sample(row) for measure in self._agent_measures], row["settled"])

    def priors_of(self, totals: Row) -> tuple[float | None, ...]:
        """The peers' means, one per dimension, from the sums of the peers' columns; None where no peer was measured.

        A mean is over the peers' cases, so that a shop counts as much as it has buyers to serve.
        """
        return tuple(measure.sample(totals).value for measure in self._shop_measures)

    def rate_shop(self, row: Row, priors: Sequence[float | None], grade: str | None = None) -> Rating:
        """The rating of the shop whose window's measures are in `row`; `grade` is the one it had the day before.

        The grade moves no points: it only decides which better grade the lines' `raise_to` are about.
        """
        samples = [measure.sample(row) for measure in self._shop_measures]
        return rate_shop(self.shops, samples, priors, self.aims(grade), row["settled"])

    def aims(self, grade: str | None) -> tuple[Aim, ...]:
        """The grades better than `grade` with the points that a rise to them takes, by rising points."""
        return self._aims.get(grade or PROVISIONAL, self._aims[PROVISIONAL])

    def next_grade(
        self, previous: GradeState | None, rating: Rating, *, on: date, opened_on: date | None, turns: int
    ) -> GradeState:
        """The grade that follows on `on` from the state of the day before, the rating and the settled turns."""
        return next_grade(
            previous,
            rating.points,
            on=on,
            ladder=self.ladder,
            rules=self.rules,
            age_days=None if opened_on is None else (on - opened_on).days,
            turns=turns,
            is_proven_below=bool(rating.proven_below),
            takes_privilege=self.takes_privilege,
            is_evaluation_day=self.is_evaluation_day(on),
        )

    def next_gates(
        self,
        previous: Sequence[GateState],
        rating: Rating,
        row: Row,
        *,
        on: date,
        opened_on: date | None,
    ) -> tuple[GateState, ...]:
        """Every gate of the policy on `on`, from their states at the rating before, the rating and its measures.

        States of gates that this policy does not have are forgotten; one that it has newly starts at once.
        """
        if not self.gates:
            return ()
        turns = row["settled"]
        is_judged = turns >= self.rules.min_turns or self.shops.few_turns is not None
        facts = GateFacts(
            points=rating.points if is_judged else None,
            turns=turns,
            age_days=None if opened_on is None else (on - opened_on).days,
            samples={name: measure.sample(row) for name, measure in self._gate_measures.items()},
            is_proven_below=bool(rating.proven_below),
        )
        before = {state.key: state for state in previous}
        is_evaluation_day = self.is_evaluation_day(on)
        return tuple(
            next_gate(before.get(rules.key), rules, facts, on=on, is_evaluation_day=is_evaluation_day)
            for rules in self.gates
        )

    def is_evaluation_day(self, on: date) -> bool:
        """True if grades and gates may change on this day."""
        evaluation = self.document.shops.evaluation
        return evaluation is None or evaluation.falls_on(on)

    def privileges_of(self, grade: str, gates: Sequence[GateState] = ()) -> GradePrivileges:
        """What a shop may do by its grade and its gates."""
        return self.document.privileges_of(grade, {gate.key: gate.is_open for gate in gates})

    def takes_privilege(self, from_grade: str, to_grade: str) -> bool:
        """True if going from one grade (or "provisional") to another makes any privilege smaller."""
        known = from_grade if from_grade in self.ladder else PROVISIONAL
        return (known, to_grade) in self._takes


def _score_scheme(document: PolicyDocument) -> ScoreScheme:
    parts = tuple(
        ScorePart(
            part.key,
            part.weight,
            tuple(
                ScoreItem(
                    measure=item.measure,
                    weight=item.weight,
                    curve=Curve(item.curve) if item.curve else None,
                    line=item.line,
                    higher_is_better=MEASURES[item.measure].higher_is_better,
                    min_sample=item.min_sample,
                )
                for item in part.items
            ),
        )
        for part in document.agents.parts
    )
    return ScoreScheme(parts, document.agents.min_turns)


def _rating_scheme(document: PolicyDocument) -> RatingScheme:
    dimensions = tuple(
        Dimension(
            key=dimension.key,
            measure=dimension.measure,
            weight=dimension.weight,
            curve=Curve(dimension.curve) if dimension.curve else None,
            line=dimension.line,
            target=dimension.target,
            min_sample=dimension.min_sample,
            higher_is_better=MEASURES[dimension.measure].higher_is_better,
            small_sample=SmallSampleRule(**dimension.small_sample.model_dump()) if dimension.small_sample else None,
            is_decided=isinstance(MEASURES[dimension.measure], PointsMeasure),
        )
        for dimension in document.shops.dimensions
    )
    few = document.shops.few_turns
    return RatingScheme(
        dimensions, document.shops.prior_strength, FewTurnsRule(few.below_turns, few.points) if few else None
    )


def _gate_rules(document: PolicyDocument) -> tuple[GateRules, ...]:
    return tuple(
        GateRules(
            key=gate.key,
            needs=tuple(
                NeedRule(
                    of=need.of,
                    at_least=need.at_least,
                    at_most=need.at_most,
                    mean_of_days=need.mean_of_days,
                    buyers_at_most=need.buyers_at_most,
                    or_buyers_at_most=need.or_buyers_at_most,
                    few_cases=(need.few_cases.below_cases, need.few_cases.bad_at_most) if need.few_cases else None,
                    higher_is_better=MEASURES[need.of].higher_is_better if need.of in MEASURES else True,
                )
                for need in gate.needs
            ),
            opens_after_days=gate.opens_after_days,
            closes_after_days=gate.closes_after_days,
            needs_proof=gate.needs_proof,
            narrows=bool(gate.while_closed.named()),
        )
        for gate in document.gates
    )
